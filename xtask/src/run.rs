//! `cargo xtask run`: the shop, served from its own folder until interrupted.

use std::time::Duration;

use crate::error::Result;
use crate::program::{Program, must};
use crate::terminal::say;
use crate::{project, shop, storefront};

/// How long a build from nothing may take.
pub(crate) const BUILD_LIMIT: Duration = Duration::from_secs(1800);

/// Builds, sets up the storefront and serves; further `arguments` go to `underpin dev`.
pub(crate) fn run(arguments: &[&str]) -> Result<bool> {
    build()?;
    let folder = project::shop();
    let underpin = project::built("debug", "underpin");
    storefront::library(&folder)?;
    storefront::configuration(&folder, &shop::keys(&underpin, &folder)?)?;
    say("serving examples/shop; the storefront is the address below in a browser");
    Err(Program::new(&underpin)
        .arguments(["dev", "examples/shop"])
        .arguments(arguments)
        .within(&project::root())
        .replace())
}

/// Builds the program.
pub(crate) fn build() -> Result<()> {
    let built = Program::new("cargo")
        .arguments(["build", "--package", "underpin-server", "--bin", "underpin"])
        .within(&project::root())
        .watch(BUILD_LIMIT)?;
    must(&built, "cargo build")
}
