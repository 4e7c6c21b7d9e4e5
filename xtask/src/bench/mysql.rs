//! `cargo xtask bench mysql`: Underpin on MariaDB with policies on, beside a handler that enforces nothing, on one server and one set of
//! tables.

use std::fs;
use std::path::Path;

use super::beside::{BARE_SERVER, Results, bare, markdown, rounds, serve};
use super::{build, folder, place, underpin};
use crate::error::{Context, Result};
use crate::mariadb::Mariadb;
use crate::terminal::say;
use crate::{project, tools};

/// The contender that the other is compared with.
const BARE: &str = "bare axum + mysql_async";

/// Measures both in every scenario and prints the table.
pub(crate) fn mysql() -> Result<bool> {
    let wrk = tools::find_or_install(&["wrk"], "wrk")?;
    let python = tools::python("bench", &project::root().join("benches/requirements.txt"))?;
    build(BARE_SERVER)?;
    let folder = folder(&std::env::temp_dir())?;
    let measured = measure(&wrk, &python, &folder);
    let _ = fs::remove_dir_all(&folder);
    say(&markdown(&measured?, "MariaDB", BARE));
    Ok(true)
}

fn measure(wrk: &Path, python: &Path, folder: &Path) -> Result<Results> {
    let server = Mariadb::start_as(place::pinned)?;
    let url = server.database("bench")?;
    say("== filling the tables");
    let project = folder.join("underpin");
    fs::create_dir_all(&project).context("make a folder")?;
    let settings = [
        ("UNDERPIN_DATABASE__URL", url.as_str()),
        // The other logs nothing.
        ("UNDERPIN_LOG__LEVEL", "warn"),
    ];
    let mut underpin = underpin::start(&project, python, &settings)?;
    underpin.database = Some(server.process());
    let bare = serve(&url, server.process(), bare(), &folder.join("bare.log"))?;
    rounds(wrk, folder, &mut [("Underpin", underpin), (BARE, bare)])
}
