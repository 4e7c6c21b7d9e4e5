//! Backups: a copy of the file as it is at one moment, made while others write; and the way back.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection as Raw, OpenFlags};
use underpin_base::{Code, Error, Result};
use underpin_schema::catalog::Catalog;

use super::connection::{Access, Connection};
use crate::settings::SqliteSettings;

/// Writes a copy of the database to `path`, which must not exist. Writers go on meanwhile; the copy is of the moment at which it
/// began, is checked, and is on the disk when this returns.
///
/// # Errors
/// `io` when `path` exists or cannot be written.
pub(super) fn write(settings: &SqliteSettings, catalog: &Catalog, path: &Path) -> Result<()> {
    if path.exists() {
        return Err(Error::new(
            Code::IO,
            format!("{} exists already", path.display()),
        ));
    }
    let partial = partial_path(path);
    let copied = copy(settings, catalog, &partial)
        .and_then(|()| check(&partial))
        .and_then(|()| settle(&partial, path));
    if copied.is_err() {
        std::fs::remove_file(&partial).ok();
    }
    copied
}

/// Returns where the copy grows until it is whole: beside its place, so that it can be renamed.
fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}

fn copy(settings: &SqliteSettings, catalog: &Catalog, partial: &Path) -> Result<()> {
    if partial.exists() {
        std::fs::remove_file(partial).map_err(|cause| unusable(partial, cause))?;
    }
    let text = partial.to_str().ok_or_else(|| {
        Error::new(
            Code::IO,
            format!("the path {} is not Unicode", partial.display()),
        )
    })?;
    // One statement is one snapshot, however long it takes; SQLite's copying by pages would start over at each write.
    let connection = Connection::open(settings, Access::Write, catalog)?;
    connection
        .raw()
        .execute("VACUUM INTO ?1", [text])
        .map_err(|cause| unusable(partial, cause))?;
    Ok(())
}

/// Reads the whole copy.
///
/// # Errors
/// `io` when it is damaged.
pub(super) fn check(path: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let found: rusqlite::Result<String> = Raw::open_with_flags(path, flags).and_then(|raw| {
        super::functions::register(&raw, &super::deadline::Deadline::never())?;
        raw.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    });
    match found.as_deref() {
        Ok("ok") => Ok(()),
        Ok(damage) => Err(unusable(path, damage)),
        Err(cause) => Err(unusable(path, cause)),
    }
}

/// Flushes the copy and gives it its name.
fn settle(partial: &Path, path: &Path) -> Result<()> {
    let flushed = File::open(partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(partial, path));
    flushed.map_err(|cause| unusable(path, cause))?;
    // The name is on the disk once its folder is; where folders cannot be opened, the system sees to it.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or_else(|| Path::new("."))) {
        folder.sync_all().ok();
    }
    Ok(())
}

/// Puts the copy at `path` in the place of the database that `connection` is open on, as one transaction.
pub(super) fn restore(connection: &mut Connection, path: &Path) -> Result<()> {
    check(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Raw::open_with_flags(path, flags).map_err(|cause| unusable(path, cause))?;
    connection.recorder().pause(true);
    let copied = copy_pages(&source, connection);
    connection.recorder().pause(false);
    copied
}

fn copy_pages(source: &Raw, connection: &mut Connection) -> Result<()> {
    let raw = connection.raw_mut();
    raw.flush_prepared_statement_cache();
    let backup = Backup::new(source, raw).map_err(Error::internal)?;
    match backup.step(-1).map_err(Error::internal)? {
        StepResult::Done => Ok(()),
        _ => Err(Error::new(
            Code::OVERLOADED,
            "the database is in use and cannot be replaced now",
        )),
    }
}

fn unusable(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::new(
        Code::IO,
        format!("{} is not a usable copy of the database", path.display()),
    )
    .cause(cause)
}
