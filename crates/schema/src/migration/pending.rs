//! [`plan`]: which migration files are to be applied, given those that were.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use underpin_base::{Code, Error, Result};

use super::File;

/// A migration that was applied, as the database remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// The checksum of its text when it was applied.
    pub checksum: String,
}

/// The migrations to apply, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// The files, by ascending version.
    pub files: Vec<File>,
}

/// Compares the migrations that were applied with the files, and returns the files that are yet to be applied.
///
/// # Errors
/// `migration_refused` when two files have one version, an applied file was edited or is missing, or a new file's version is
/// lower than that of an applied one.
pub fn plan(applied: &[Applied], files: &[File]) -> Result<Pending> {
    let mut files: Vec<&File> = files.iter().collect();
    files.sort_by(|first, second| compare(&first.version, &second.version));
    refuse_duplicates(&files)?;
    let by_version: BTreeMap<&str, &File> = files
        .iter()
        .map(|file| (file.version.as_str(), *file))
        .collect();
    for migration in applied {
        match by_version.get(migration.version.as_str()) {
            None => return Err(missing(migration)),
            Some(file) if file.checksum() != migration.checksum => return Err(edited(file)),
            Some(_) => {}
        }
    }
    let done: BTreeSet<&str> = applied.iter().map(|it| it.version.as_str()).collect();
    let last = applied
        .iter()
        .map(|migration| migration.version.as_str())
        .max_by(|first, second| compare(first, second));
    let pending: Vec<File> = files
        .into_iter()
        .filter(|file| !done.contains(file.version.as_str()))
        .cloned()
        .collect();
    if let (Some(first), Some(last)) = (pending.first(), last)
        && compare(&first.version, last) == Ordering::Less
    {
        return Err(out_of_order(first, last));
    }
    Ok(Pending { files: pending })
}

/// Compares two versions as numbers of any length.
fn compare(first: &str, second: &str) -> Ordering {
    let (first, second) = (
        first.trim_start_matches('0'),
        second.trim_start_matches('0'),
    );
    first.len().cmp(&second.len()).then(first.cmp(second))
}

fn refuse_duplicates(files: &[&File]) -> Result<()> {
    for (first, second) in files.iter().zip(files.iter().skip(1)) {
        if compare(&first.version, &second.version) == Ordering::Equal {
            return Err(Error::new(
                Code::MIGRATION,
                format!("{} and {} have the same version", first.path, second.path),
            )
            .hint("Give one of them a later version."));
        }
    }
    Ok(())
}

fn missing(migration: &Applied) -> Error {
    Error::new(
        Code::MIGRATION,
        format!(
            "the applied migration {}_{}.sql is missing",
            migration.version, migration.name
        ),
    )
    .hint("Bring the file back; to undo a migration, write a new one that does the opposite.")
}

fn edited(file: &File) -> Error {
    Error::new(
        Code::MIGRATION,
        format!("the applied migration {} was edited", file.path),
    )
    .hint(
        "Take the edit back and write it as a new migration; in development, `underpin reset` starts over.",
    )
    .at(&file.path, 1)
}

fn out_of_order(file: &File, last: &str) -> Error {
    Error::new(
        Code::MIGRATION,
        format!(
            "{} comes before version {last}, which is already applied",
            file.path
        ),
    )
    .hint("Rename the file to a later version, so that every database applies the same order.")
    .at(&file.path, 1)
}
