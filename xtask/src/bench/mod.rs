//! `cargo xtask bench rest`: Underpin beside a bare handler and PocketBase, in one run on one machine.
//!
//! Each contender has the same rows, index and predicate, is driven by `wrk` with the same number of connections, and pays
//! for its requests in processor time read from the kernel, which says more on a shared machine than requests per second.

mod bare;
mod beside;
mod bulk;
mod cluster;
mod contender;
mod load;
mod mysql;
mod place;
mod pocketbase;
mod postgres;
mod processor;
mod report;
mod underpin;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Context, Result};
use crate::program::{Program, must};
use crate::run::BUILD_LIMIT;
use crate::terminal::say;
use crate::{project, tools};

pub(crate) use bulk::bulk;
use contender::{Contender, Scenario};
pub(crate) use mysql::mysql;
pub(crate) use postgres::postgres;
use report::Report;

/// The variable of the setting that tells when SQLite flushes.
const SYNCHRONOUS: &str = "UNDERPIN_DATABASE__SYNCHRONOUS";

/// How many items each contender has.
const ROWS: u32 = 100_000;

/// Measures every contender in every scenario and prints the table.
pub(crate) fn rest() -> Result<bool> {
    let wrk = tools::find_or_install(&["wrk"], "wrk")?;
    let python = tools::python("bench", &project::root().join("benches/requirements.txt"))?;
    build("underpin-bench-bare")?;
    let folder = folder(&project::target())?;
    let contenders: [(&str, Start); 4] = [
        ("Underpin", |folder, python| {
            underpin::start(folder, python, &[(SYNCHRONOUS, "normal")])
        }),
        ("Underpin, synchronous=full", |folder, python| {
            underpin::start(folder, python, &[(SYNCHRONOUS, "full")])
        }),
        ("bare axum + rusqlite", |folder, _| bare::start(folder)),
        ("PocketBase", pocketbase::start),
    ];
    let mut report = Report::default();
    for (name, start) in contenders {
        let place = folder.join(name.replace([' ', ',', '+', '='], "-"));
        fs::create_dir_all(&place).context("make a folder")?;
        say(&format!("\n== {name}: filling {ROWS} rows"));
        let mut contender = start(&place, &python)?;
        report.started(name, &contender);
        for scenario in Scenario::all() {
            if !contender.knows(scenario) {
                continue;
            }
            let measured = load::measure(&wrk, &place, &mut contender, scenario)?;
            say(&format!("{:<10} {measured}", scenario.name()));
            report.add(name, scenario, measured);
        }
        report.stopped(name, &contender);
    }
    let _ = fs::remove_dir_all(&folder);
    say(&report.markdown());
    Ok(true)
}

/// Starts a contender whose files are in the first folder; the second is a Python that may be needed.
type Start = fn(&Path, &Path) -> Result<Contender>;

/// Builds the server and `beside`, which is another package.
fn build(beside: &str) -> Result<()> {
    let built = Program::new("cargo")
        .arguments([
            "build",
            "--release",
            "--package",
            "underpin-server",
            "--package",
            beside,
        ])
        .within(&project::root())
        .watch(BUILD_LIMIT)?;
    must(&built, "cargo build --release")
}

/// Makes a folder of this run's own in `parent`.
fn folder(parent: &Path) -> Result<PathBuf> {
    let folder = parent.join(format!("bench-{}", std::process::id()));
    fs::create_dir_all(&folder).context("make a folder")?;
    Ok(folder)
}

/// How long a contender may take to make its rows.
const FILL_LIMIT: Duration = Duration::from_secs(300);
