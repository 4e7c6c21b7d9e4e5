//! PocketBase, with the same rules and a user's token.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::contender::Contender;
use super::place;
use crate::error::{Context, Result};
use crate::program::{Program, must};
use crate::project;
use crate::shop::{answers, free_port};

pub(super) fn start(folder: &Path, python: &Path) -> Result<Contender> {
    let benches = project::root().join("benches");
    let migrations = folder.join("pb_migrations");
    fs::create_dir_all(&migrations).context("make a folder")?;
    let name = "1700000000_items.js";
    fs::copy(benches.join("pocketbase").join(name), migrations.join(name))
        .context("copy the collections")?;
    let program = place::pocketbase(python)?;
    let serve = |port: u16| {
        place::pinned(&program)
            .arguments(["serve", "--http", &format!("127.0.0.1:{port}"), "--dir"])
            .arguments([folder.join("pb_data")])
            .arguments(["--migrationsDir"])
            .arguments([&migrations])
            .start(Some(&folder.join("pocketbase.log")))
    };
    let port = free_port()?;
    let mut running = serve(port)?;
    answers(&mut running, port, "/api/health")?;
    drop(running);
    let mut running = serve(port)?;
    let ready = answers(&mut running, port, "/api/health")?;
    let token = Program::new(python)
        .arguments([benches.join("login.py")])
        .arguments([format!("http://127.0.0.1:{port}")])
        .quietly(Duration::from_secs(20))?;
    must(&token, "login.py")?;
    Ok(Contender {
        running,
        database: None,
        port,
        ready,
        headers: vec![("authorization", token.output.trim().to_owned())],
        one: "/api/collections/items/records/item%011d",
        list: "/api/collections/items/records?filter=category%%3D%d&sort=id&perPage=20&skipTotal=1",
        count: "/api/collections/items/records?filter=category%%3D%d&sort=id&perPage=20",
        embed: "/api/collections/items/records?filter=category%%3D%d&sort=id&perPage=20&skipTotal=1&expand=owner",
        total: "/api/collections/items/records?sort=id&perPage=20",
        children: None,
        search: None,
        count_header: None,
        insert: "/api/collections/items/records",
        owner: "\"owner\":\"person000000007\",\"status\":\"active\"",
    })
}
