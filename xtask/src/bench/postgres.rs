//! `cargo xtask bench postgres`: Underpin on PostgreSQL with policies on, beside handlers that enforce nothing, on one server and one
//! set of tables.

use std::fs;
use std::path::Path;

use super::beside::{BARE_SERVER, Results, bare, markdown, rounds, serve};
use super::cluster::Cluster;
use super::{build, folder, place, underpin};
use crate::error::{Context, Error, Result};
use crate::program::Program;
use crate::terminal::say;
use crate::{project, tools};

/// The contender that the others are compared with.
const BARE: &str = "bare axum + tokio-postgres";

/// Measures every contender in every scenario and prints the table.
pub(crate) fn postgres() -> Result<bool> {
    let wrk = tools::find_or_install(&["wrk"], "wrk")?;
    let python = tools::python("bench", &project::root().join("benches/requirements.txt"))?;
    tools::npm(&project::root().join("benches/express"))?;
    build(BARE_SERVER)?;
    // Where the user that PostgreSQL runs as may go, too.
    let folder = folder(&std::env::temp_dir())?;
    let measured = measure(&wrk, &python, &folder);
    let _ = fs::remove_dir_all(&folder);
    say(&markdown(&measured?, "PostgreSQL", BARE));
    Ok(true)
}

fn measure(wrk: &Path, python: &Path, folder: &Path) -> Result<Results> {
    let cluster = Cluster::start(&folder.join("postgres"))?;
    say("== filling the tables");
    let project = folder.join("underpin");
    fs::create_dir_all(&project).context("make a folder")?;
    let settings = [
        ("UNDERPIN_DATABASE__URL", cluster.url.as_str()),
        // The others log nothing.
        ("UNDERPIN_LOG__LEVEL", "warn"),
    ];
    let mut underpin = underpin::start(&project, python, &settings)?;
    underpin.database = Some(cluster.process);
    let start = |program, log| serve(&cluster.url, cluster.process, program, &folder.join(log));
    let bare = start(bare(), "bare.log")?;
    let express = start(express_program()?, "express.log")?;
    let mut contenders = [
        ("Underpin", underpin),
        (BARE, bare),
        ("Express + pg", express),
    ];
    rounds(wrk, folder, &mut contenders)
}

fn express_program() -> Result<Program> {
    let node = tools::find("node").ok_or_else(|| Error::new("node is not on the path"))?;
    Ok(place::pinned(&node)
        .arguments([project::root().join("benches/express/server.js")])
        .variable("NODE_ENV", "production"))
}
