//! Migrations. What was applied is kept in the file with its text, and the catalog is those texts folded again.
//!
//! A run reads every pending file and translates all of it before anything runs. Each file is one transaction, which also records it.
//! The catalog that requests see changes only after the commit.

mod apply;
mod drift;
mod history;
pub(crate) mod writable;

use underpin_base::{Code, Error, Result};
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{self, File, Operation};
use underpin_schema::platform;

use self::apply::Translated;
use self::history::History;
use super::change_log;
use super::connection::Connection;
use crate::migration::{FileReport, MigrationReport, MigrationStatus};
use crate::settings::Clock;

/// Makes what the engine itself keeps in the file, applies the platform's own migrations that are pending, and returns the catalog.
///
/// # Errors
/// `schema_drift` when somebody else changed the schema; `migration_refused` when the file is of a later version of the program.
pub(super) fn open(connection: &Connection, clock: Clock) -> Result<Catalog> {
    connection
        .raw()
        .execute_batch(&format!("{}; {};", history::CREATE, change_log::CREATE))
        .map_err(|cause| connection.convert(cause))?;
    let history = History::read(connection)?;
    let mut catalog = history.applied.catalog()?;
    connection.use_catalog(&catalog)?;
    drift::check(connection, &history)?;
    for file in platform::files() {
        if !history.applied.has_platform(&file.version) {
            let translated = Translated::platform(&catalog, file.clone())?;
            apply::run(connection, &translated, position(connection)?, clock)?;
            catalog = translated.catalog;
        }
    }
    Ok(catalog)
}

/// Returns the catalog that the file's migrations make.
pub(super) fn catalog(connection: &Connection) -> Result<Catalog> {
    let history = History::read(connection)?;
    let catalog = history.applied.catalog()?;
    connection.use_catalog(&catalog)?;
    drift::check(connection, &history)?;
    Ok(catalog)
}

/// Returns the position of the last migration; 0 when there is none. Positions are never used twice, not even after a reset.
pub(super) fn position(connection: &Connection) -> Result<i64> {
    let mut statement =
        connection.prepare("SELECT coalesce(max(position), 0) FROM underpin_migrations")?;
    statement
        .query_row([], |row| row.get(0))
        .map_err(|cause| connection.convert(cause))
}

/// What a run leaves behind: the report, or the error that stopped it, and the catalog of what was applied.
pub(super) struct Run {
    pub(super) catalog: Catalog,
    pub(super) report: Result<MigrationReport>,
}

/// Applies the pending ones of `files`; with `dry_run`, only translates them.
pub(super) fn migrate(
    connection: &Connection,
    files: &[File],
    dry_run: bool,
    clock: Clock,
) -> Result<Run> {
    let mut expected = position(connection)?;
    let history = History::read(connection)?;
    let mut catalog = history.applied.catalog()?;
    drift::check(connection, &history)?;
    let pending = migration::plan(&history.applied.applied(), files)?;
    let mut translated = Vec::new();
    let mut after = catalog.clone();
    for file in pending.files {
        let next = Translated::project(&after, file)?;
        after = next.catalog.clone();
        translated.push(next);
    }
    let mut report = MigrationReport::default();
    for next in translated {
        if !dry_run {
            if let Err(error) = apply::run(connection, &next, expected, clock) {
                // Files before this one are applied and stay.
                connection.use_catalog(&catalog)?;
                return Ok(Run {
                    catalog,
                    report: Err(error),
                });
            }
            catalog = next.catalog.clone();
            expected = position(connection)?;
        }
        report.files.push(FileReport {
            statements: next
                .steps
                .iter()
                .flat_map(|step| &step.statements)
                .map(|rendered| rendered.sql.to_string())
                .collect(),
            path: next.file.path,
            notes: next.notes,
        });
    }
    connection.use_catalog(&catalog)?;
    Ok(Run {
        catalog,
        report: Ok(report),
    })
}

/// Tells where each migration stands.
pub(super) fn status(connection: &Connection, files: &[File]) -> Result<Vec<MigrationStatus>> {
    Ok(History::read(connection)?.applied.status(files))
}

/// Runs the rows of a seed file in one transaction; nothing records it.
///
/// # Errors
/// `migration_refused` for a statement that changes the schema.
pub(super) fn seed(connection: &Connection, file: File, clock: Clock) -> Result<()> {
    let catalog = History::read(connection)?.applied.catalog()?;
    let path = file.path.clone();
    let folded = migration::fold(&catalog, &file)?;
    for step in &folded.steps {
        if !matches!(
            step.operation,
            Operation::Write(_)
                | Operation::Fire { .. }
                | Operation::RestartIdentity { .. }
                | Operation::Nothing
        ) {
            return Err(Error::new(
                Code::MIGRATION,
                "a seed holds rows, and this statement changes the schema",
            )
            .hint("Move the statement to a migration.")
            .at(&path, step.line));
        }
    }
    let translated = Translated::of(folded, file)?;
    apply::run_rows(connection, &translated, clock)
}

/// Removes everything and starts over with what the platform makes.
pub(super) fn reset(connection: &Connection, clock: Clock) -> Result<Catalog> {
    let dropped = apply::drop_everything(connection);
    dropped.map_err(|cause| connection.convert(cause))?;
    open(connection, clock)
}
