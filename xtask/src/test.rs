//! `cargo xtask test`: everything that must hold before a change lands.

use std::time::Duration;

use crate::error::Result;
use crate::program::Program;
use crate::suite::{Counts, Tally};
use crate::{clients, project, run, tidy, tools};

/// How long one cargo command may take, from nothing.
const CARGO_LIMIT: Duration = Duration::from_secs(1800);

/// Runs every check and prints `N passed, N failed` last.
pub(crate) fn run() -> Result<bool> {
    let mut tally = Tally::default();
    tally.one(
        "formatting",
        cargo(&["fmt", "--all", "--check"]),
        CARGO_LIMIT,
    );
    tally.one(
        "lints",
        cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]),
        CARGO_LIMIT,
    );
    tally.one(
        "documentation",
        cargo(&["doc", "--quiet", "--workspace", "--no-deps"])
            .variable("RUSTDOCFLAGS", "--deny warnings"),
        CARGO_LIMIT,
    );
    tally.note("tidiness", tidy::run().map(Counts::whole));
    tally.note(
        "PostgreSQL is installed",
        tools::postgresql().map(|()| Counts::whole(true)),
    );
    tally.note(
        "MariaDB is installed",
        tools::mariadb().map(|_| Counts::whole(true)),
    );
    tally.many(
        "cargo test",
        cargo(&["test", "--quiet", "--workspace", "--no-fail-fast"]),
        CARGO_LIMIT,
        Counts::of_cargo,
    );
    match run::build() {
        Ok(()) => clients::run(&mut tally),
        Err(error) => tally.note("build", Err(error)),
    }
    Ok(tally.finish())
}

fn cargo(arguments: &[&str]) -> Program {
    Program::new("cargo")
        .arguments(arguments)
        .within(&project::root())
}
