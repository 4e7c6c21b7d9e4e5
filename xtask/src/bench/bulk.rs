//! `cargo xtask bench bulk`: what memory Underpin uses while large bodies come and go.

use std::fs;
use std::time::Duration;

use super::{build, folder};
use crate::error::{Context, Result};
use crate::program::{Program, must};
use crate::shop::{answers, free_port, keys};
use crate::terminal::say;
use crate::{project, tools};

/// How long everything may take.
const LIMIT: Duration = Duration::from_secs(600);

/// What a project that takes and gives large bodies sets.
const SETTINGS: [&str; 6] = [
    "limits.body_bytes_max=100000000",
    "limits.insert_rows_max=1000000",
    "limits.statement_timeout_ms=120000",
    "server.body_timeout_s=120",
    "api.max_rows=1000000",
    "log.level=warn",
];

/// Measures and prints the table.
pub(crate) fn bulk() -> Result<bool> {
    let python = tools::python("bench", &project::root().join("benches/requirements.txt"))?;
    build("underpin-bench-bare")?;
    let folder = folder(&project::target())?;
    let benches = project::root().join("benches");
    fs::create_dir_all(folder.join("migrations")).context("make a folder")?;
    for file in ["underpin.toml", "migrations/20260101000000_items.sql"] {
        fs::copy(benches.join("underpin").join(file), folder.join(file))
            .context("copy the project")?;
    }
    let program = project::built("release", "underpin");
    let port = free_port()?;
    let mut running = Program::new(&program)
        .arguments(["serve"])
        .arguments([&folder])
        .arguments(["--listen", &format!("127.0.0.1:{port}"), "--migrate"])
        .arguments(SETTINGS.iter().flat_map(|setting| ["--set", setting]))
        .start(Some(&folder.join("server.log")))?;
    answers(&mut running, port, "/readyz")?;
    let keys = keys(&program, &folder)?;
    let measured = Program::new(&python)
        .arguments([benches.join("bulk.py")])
        .arguments([
            format!("http://127.0.0.1:{port}"),
            keys.secret,
            running.id().to_string(),
        ])
        .quietly(LIMIT)?;
    drop(running);
    let _ = fs::remove_dir_all(&folder);
    must(&measured, "bulk.py")?;
    say(&measured.output);
    Ok(true)
}
