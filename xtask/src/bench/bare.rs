//! The bare handler.

use std::path::Path;

use super::contender::Contender;
use super::{ROWS, place};
use crate::error::Result;
use crate::project;
use crate::shop::{answers, free_port};

pub(super) fn start(folder: &Path) -> Result<Contender> {
    let file = folder.join("bare.db");
    let serve = |port: u16| {
        place::pinned(&project::built("release", "underpin-bench-bare"))
            .arguments([&file])
            .arguments([port.to_string(), ROWS.to_string()])
            .start(Some(&folder.join("bare.log")))
    };
    // The first start fills; the second is the one that is timed.
    let port = free_port()?;
    let mut running = serve(port)?;
    answers(&mut running, port, "/readyz")?;
    drop(running);
    let mut running = serve(port)?;
    let ready = answers(&mut running, port, "/readyz")?;
    Ok(Contender {
        running,
        database: None,
        port,
        ready,
        headers: Vec::new(),
        one: "/items/%d",
        list: "/items?category=%d",
        count: "/items?category=%d&count=true",
        embed: "/items?category=%d&owner=true",
        total: "/items?count=true",
        children: None,
        search: None,
        count_header: None,
        insert: "/items",
        owner: "\"status\":\"active\"",
    })
}
