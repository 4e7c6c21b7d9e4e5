//! [`Installed`]: a PostgreSQL that is on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use underpin_base::{Code, Error, Result};

/// The programs of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// The folder of the programs.
    pub(super) programs: PathBuf,
    /// The major version, such as 15.
    pub(super) version: u32,
}

/// Folders of installations whose names hold a version: what is before it, and what comes after.
const FOLDERS: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

impl Installed {
    /// Returns an installation of version `needed`, or of the newest when nothing is needed.
    ///
    /// # Errors
    /// `settings_invalid`, which tells what to install.
    pub(super) fn find(needed: Option<u32>, data: &Path) -> Result<Self> {
        let mut found: Vec<_> = candidates()
            .iter()
            .filter_map(|path| Self::at(path))
            .collect();
        // Stable: what stands in PATH comes before others of its version.
        found.sort_by_key(|installed| std::cmp::Reverse(installed.version));
        let chosen = found
            .iter()
            .find(|installed| needed.is_none_or(|needed| installed.version == needed));
        match (chosen, needed, found.first()) {
            (Some(chosen), ..) => Ok(chosen.clone()),
            (None, Some(needed), Some(newest)) => Err(Error::new(
                Code::SETTINGS,
                format!(
                    "the data in {} are of PostgreSQL {needed}, and PostgreSQL {} is installed",
                    data.display(),
                    newest.version
                ),
            )
            .hint(format!(
                "Install PostgreSQL {needed}, or move the data with pg_upgrade or pg_dump."
            ))),
            (None, ..) => Err(Error::new(
                Code::SETTINGS,
                "database.url is postgres:local, and no PostgreSQL is installed",
            )
            .hint(
                "Install it (Debian: apt install postgresql; Red Hat: dnf install postgresql-server; macOS: brew install postgresql), \
                 or put the folder of its programs into PATH.",
            )),
        }
    }

    /// Returns the installation whose programs are in `programs`, if there is one.
    fn at(programs: &Path) -> Option<Self> {
        let whole = ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|program| programs.join(program).is_file());
        if !whole {
            return None;
        }
        let output = Command::new(programs.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        Some(Self {
            programs: programs.to_owned(),
            version: parse_version(&String::from_utf8_lossy(&output.stdout))?,
        })
    }
}

/// Returns the folders where an installation may be, without looking whether there is one.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect();
    for (parent, prefix, programs) in FOLDERS {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        let named = entries.filter(|entry| {
            let name = entry.file_name();
            name.to_str()
                .and_then(|name| name.strip_prefix(prefix))
                .is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        });
        folders.extend(named.map(|entry| entry.path().join(programs)));
    }
    folders
}

/// Returns the major version in what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0)`.
pub(super) fn parse_version(output: &str) -> Option<u32> {
    let version = output.split_once("(PostgreSQL) ")?.1;
    let digits = version
        .split(|character: char| !character.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}
