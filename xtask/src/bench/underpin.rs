//! Underpin, with policies on and a user's token.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::contender::Contender;
use super::{FILL_LIMIT, place};
use crate::error::{Context, Result};
use crate::program::{Program, must};
use crate::project;
use crate::shop::{answers, free_port, keys};

/// The secret of the token; `benches/sign_token.py` signs with it.
const JWT_SECRET: &str = "a-secret-of-the-benchmark-and-long-enough";

/// Starts a project in `folder` with `settings`, as variables of its environment, and fills it through its own API.
pub(super) fn start(folder: &Path, python: &Path, settings: &[(&str, &str)]) -> Result<Contender> {
    let benches = project::root().join("benches");
    fs::create_dir_all(folder.join("migrations")).context("make a folder")?;
    for file in ["underpin.toml", "migrations/20260101000000_items.sql"] {
        fs::copy(benches.join("underpin").join(file), folder.join(file))
            .context("copy the project")?;
    }
    let program = project::built("release", "underpin");
    let serve = |port: u16, more: &[&str]| {
        let program = place::pinned(&program)
            .arguments(["serve"])
            .arguments([folder])
            .arguments(["--listen", &format!("127.0.0.1:{port}")])
            .arguments(more)
            .variable("UNDERPIN_KEYS__JWT_SECRET", JWT_SECRET);
        let set = |program: Program, (name, value): &(&str, &str)| program.variable(name, value);
        settings
            .iter()
            .fold(program, set)
            .start(Some(&folder.join("server.log")))
    };
    let port = free_port()?;
    let mut running = serve(port, &["--migrate"])?;
    answers(&mut running, port, "/readyz")?;
    let keys = keys(&program, folder)?;
    let filled = Program::new(python)
        .arguments([benches.join("fill.py")])
        .arguments([
            format!("http://127.0.0.1:{port}"),
            keys.secret,
            super::ROWS.to_string(),
        ])
        .quietly(FILL_LIMIT)?;
    must(&filled, "fill.py")?;
    drop(running);
    let token = Program::new(python)
        .arguments([benches.join("sign_token.py")])
        .arguments([JWT_SECRET])
        .quietly(Duration::from_secs(20))?;
    must(&token, "sign_token.py")?;
    let mut running = serve(port, &[])?;
    let ready = answers(&mut running, port, "/readyz")?;
    Ok(Contender {
        running,
        database: None,
        port,
        ready,
        headers: vec![
            ("apikey", keys.publishable),
            ("authorization", format!("Bearer {}", token.output.trim())),
        ],
        one: "/rest/v1/items?id=eq.%d",
        list: "/rest/v1/items?category=eq.%d&order=id&limit=20",
        count: "/rest/v1/items?category=eq.%d&order=id&limit=20",
        embed: "/rest/v1/items?category=eq.%d&order=id&limit=20&select=*,people(name)",
        total: "/rest/v1/items?order=id&limit=20",
        children: Some(
            "/rest/v1/people?order=id&limit=20&select=name,documents(id,title)&documents.order=id&documents.limit=20&id=gte.00000000-0000-4000-8000-%012d",
        ),
        search: Some("/rest/v1/documents?words=fts.topic%d&select=id,title,body&limit=20"),
        count_header: Some(("prefer", "count=exact")),
        insert: "/rest/v1/items",
        owner: "\"status\":\"active\"",
    })
}
