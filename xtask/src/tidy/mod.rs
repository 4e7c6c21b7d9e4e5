//! `cargo xtask tidy`: the rules about crates and files that the compiler does not know.
//!
//! Each rule is a function from what is in the checkout to sentences about what breaks it.

mod arrows;
mod files;

use std::path::{Path, PathBuf};

use crate::error::{Context, Error, Result};
use crate::program::{Program, must};
use crate::project;
use crate::terminal::say;

/// What a rule found.
#[derive(Default)]
pub(crate) struct Findings {
    /// What breaks a rule.
    errors: Vec<String>,
    /// What will soon.
    warnings: Vec<String>,
}

/// A file that git knows, or would.
pub(crate) struct File {
    /// Its path from the top of the checkout.
    path: PathBuf,
    /// Its text; empty when it is not text.
    text: String,
}

/// Checks every rule and tells whether all hold.
pub(crate) fn run() -> Result<bool> {
    say("\n== tidiness");
    let mut findings = Findings::default();
    arrows::check(&arrows::metadata()?, &mut findings);
    files::check(&all_files()?, &mut findings);
    for warning in &findings.warnings {
        say(&format!("warning: {warning}"));
    }
    for error in &findings.errors {
        say(&format!("error: {error}"));
    }
    say(&format!("{} broken rules", findings.errors.len()));
    Ok(findings.errors.is_empty())
}

fn all_files() -> Result<Vec<File>> {
    let listed = Program::new("git")
        .arguments(["ls-files", "--cached", "--others", "--exclude-standard"])
        .within(&project::root())
        .quietly(std::time::Duration::from_secs(60))?;
    must(&listed, "git ls-files")?;
    let files = listed
        .output
        .lines()
        .map(PathBuf::from)
        .filter_map(|path| read(&path).transpose())
        .collect::<Result<Vec<_>>>()?;
    if files.is_empty() {
        return Err(Error::new("git ls-files named no file"));
    }
    Ok(files)
}

/// Reads a file; nothing when it was removed and git does not know yet.
fn read(path: &Path) -> Result<Option<File>> {
    let full = project::root().join(path);
    if !full.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(&full).context(&format!("read {}", path.display()))?;
    Ok(Some(File {
        path: path.to_path_buf(),
        text: String::from_utf8(bytes).unwrap_or_default(),
    }))
}
