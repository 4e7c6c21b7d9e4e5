//! What a copy refuses before it changes anything.

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::File;

use super::engine::Reader;
use super::state::Remembered;
use super::{CopyEvent, CopyOptions};
use crate::engine::Engine;
use crate::migration::{MigrationState, MigrationStatus};

/// The schemas of services other than the project's own tables: what they hold beside the accounts is not copied.
const OF_SERVICES: [&str; 9] = [
    "auth",
    "storage",
    "realtime",
    "extensions",
    "supabase_functions",
    "supabase_migrations",
    "vault",
    "net",
    "cron",
];

/// The most names that a message lists.
const NAMES_MAX: usize = 10;

/// Returns the error of a copy that is not made.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::COPY, message)
}

/// Refuses a source that does not have exactly the migrations of the project.
pub(super) async fn source(engine: &Engine, files: &[File]) -> Result<()> {
    let status = engine.status(files.to_vec()).await?;
    let of = |state: fn(&MigrationState) -> bool| named(&status, state);
    if let Some(names) = of(|state| *state == MigrationState::Pending) {
        return Err(refused(format!(
            "the source does not have these migrations yet: {names}"
        ))
        .hint("Apply them first: `underpin migrate up`."));
    }
    let is_other =
        |state: &MigrationState| matches!(state, MigrationState::Edited | MigrationState::Missing);
    match of(is_other) {
        Some(names) => Err(refused(format!(
            "the source has migrations that the project does not have as they were applied: {names}"
        ))
        .hint("The target gets the project's migrations, which must be those of the source.")),
        None => Ok(()),
    }
}

/// Refuses a target that has migrations of another project; returns whether it has any.
pub(super) async fn target(engine: &Engine, files: &[File]) -> Result<bool> {
    let status = engine.status(files.to_vec()).await?;
    let is_other =
        |state: &MigrationState| matches!(state, MigrationState::Edited | MigrationState::Missing);
    if let Some(names) = named(&status, is_other) {
        return Err(refused(format!(
            "the target has migrations of another project: {names}"
        ))
        .hint("Copy into an empty database."));
    }
    Ok(status
        .iter()
        .any(|it| matches!(it.state, MigrationState::Applied(_))))
}

/// Returns the migrations in a state, if there are any.
fn named(status: &[MigrationStatus], is_meant: impl Fn(&MigrationState) -> bool) -> Option<String> {
    let meant = status.iter().filter(|it| is_meant(&it.state));
    let names: Vec<String> = meant
        .map(|it| format!("{}_{}", it.version, it.name))
        .collect();
    (!names.is_empty()).then(|| listed(&names))
}

/// Refuses to go on with a copy from elsewhere.
pub(super) fn remembered(remembered: &Remembered, options: &CopyOptions) -> Result<()> {
    if remembered.source == options.source || options.restart {
        return Ok(());
    }
    Err(refused(format!(
        "the target holds a part of a copy of {}",
        remembered.source
    ))
    .hint("Go on with that copy, or remove what it has written with --restart."))
}

/// Refuses a target with rows.
pub(super) async fn is_empty(engine: &Engine) -> Result<()> {
    let mut reader = Reader::open(engine).await?;
    let mut occupied = Vec::new();
    for table in reader.tables() {
        if reader.has_rows(&table).await? {
            occupied.push(table.to_string());
        }
    }
    reader.close().await?;
    if occupied.is_empty() {
        return Ok(());
    }
    Err(refused(format!(
        "the target is not empty: there are rows in {}",
        listed(&occupied)
    ))
    .hint("Copy into an empty database: rows are never mixed with others."))
}

/// Refuses tables that the target does not have as the source has them. Those of services are told and passed over.
pub(super) fn tables(
    source: &Catalog,
    of_source: &[QualifiedName],
    target: &Catalog,
    tell: &mut (dyn FnMut(CopyEvent<'_>) + Send),
) -> Result<Vec<QualifiedName>> {
    let mut copied = Vec::new();
    let mut missing = Vec::new();
    let mut passed = Vec::new();
    for name in of_source {
        let Some(table) = source.tables.get(name) else {
            continue;
        };
        match target.tables.get(name) {
            Some(other) => {
                let lacking = table
                    .columns
                    .iter()
                    .filter(|column| other.column(&column.name).is_none());
                missing.extend(lacking.map(|column| format!("{name}.{}", column.name)));
                copied.push(name.clone());
            }
            None if OF_SERVICES.contains(&&*name.schema) => passed.push(name.to_string()),
            None => missing.push(name.to_string()),
        }
    }
    if !missing.is_empty() {
        return Err(refused(format!(
            "the source has what no migration makes: {}",
            listed(&missing)
        ))
        .hint("Write a migration that makes it, or remove it from the source."));
    }
    if !passed.is_empty() {
        let note = format!(
            "not copied, for they belong to other services: {}",
            listed(&passed)
        );
        tell(CopyEvent::Note(&note));
    }
    Ok(copied)
}

/// Returns names for a message, the first of many.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names.get(..NAMES_MAX).unwrap_or(names).join(", ");
    match names.len().checked_sub(NAMES_MAX) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}
