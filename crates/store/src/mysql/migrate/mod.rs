//! Migrations. What was applied is kept in the database with its text, and the catalog is those texts folded again.
//!
//! A statement that changes the schema commits by itself, so a file is no transaction: what is done of it is recorded task by task, and
//! a file that broke off goes on where it did. A named lock of the server keeps two nodes from migrating at the same time.

mod apply;
mod record;

use std::sync::Arc;

use tokio::runtime::Handle;
use underpin_base::{Code, Error, Result};
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{self, File, Operation};
use underpin_schema::platform;

use self::apply::{Translated, run, shown};
use self::record::{history, lock, position};
use super::engine::{Database, Server, World, begin, now};
use super::link::Link;
use super::operate::TIMEOUT;
use super::session::Session;
use crate::migration::{FileReport, MigrationReport, MigrationStatus};
use crate::source::Source;
use crate::sqlite::{Mirror, Transaction};

/// Makes what the engine keeps in the database, applies the platform's own migrations that are pending, and reads the catalog.
pub(super) async fn open(database: &Database, server: &Server) -> Result<()> {
    let mut session = database.session(server, TIMEOUT).await?;
    for statement in record::CREATE {
        session.run(statement).await?;
    }
    let history = history(&mut session).await?;
    let mut catalog = history.catalog()?;
    let pending: Vec<File> = platform::files()
        .iter()
        .filter(|file| !history.has_platform(&file.version))
        .cloned()
        .collect();
    if !pending.is_empty() {
        lock(&mut session).await?;
        for file in pending {
            let folded = platform::fold(&catalog, &file)?;
            let translated = Translated::new(folded, file, &catalog, server.flavour, true)?;
            let done = run(database, server, &mut session, &translated).await;
            if done.is_err() {
                session.let_go().await;
            }
            done?;
            catalog = translated.catalog;
        }
        session.let_go().await;
    }
    let position = position(&mut session).await?;
    database.set_catalog(catalog, position, server.flavour);
    Ok(())
}

/// Reads the catalog again when another node has migrated the database since `migrated`.
pub(super) async fn follow(database: &Database, server: &Server, migrated: i64) -> Result<()> {
    let mut session = database.session(server, TIMEOUT).await?;
    let position = position(&mut session).await?;
    if position != migrated {
        let catalog = history(&mut session).await?.catalog()?;
        database.set_catalog(catalog, position, server.flavour);
    }
    Ok(())
}

/// Tells whether anything of `catalog` counts by a sequence.
pub(super) fn counts(catalog: &Catalog) -> bool {
    let asks = |text: &str| text.contains("nextval") || text.contains("setval");
    let mut defaults = catalog
        .tables
        .values()
        .flat_map(|table| table.columns.iter().filter_map(|it| it.default.as_ref()));
    let mut routines = catalog.routines.values().flatten();
    !catalog.sequences.is_empty()
        || defaults.any(|default| asks(&default.text))
        || routines.any(|routine| asks(&routine.body.text))
}

/// Applies the pending ones of `files`; with `dry_run`, only translates them.
pub(super) async fn migrate(
    database: &Database,
    files: Vec<File>,
    dry_run: bool,
) -> Result<MigrationReport> {
    let server = database.server()?;
    let mut session = database.session(server, TIMEOUT).await?;
    if !dry_run {
        lock(&mut session).await?;
    }
    let report = pending(database, server, &mut session, &files, dry_run).await;
    if !dry_run {
        session.let_go().await;
    }
    report
}

async fn pending(
    database: &Database,
    server: &Server,
    session: &mut Session,
    files: &[File],
    dry_run: bool,
) -> Result<MigrationReport> {
    let history = history(session).await?;
    let mut catalog = history.catalog()?;
    let pending = migration::plan(&history.applied(), files)?;
    let mut translated = Vec::new();
    for file in pending.files {
        let folded = migration::fold(&catalog, &file)?;
        let next = Translated::new(folded, file, &catalog, server.flavour, false)?;
        catalog = next.catalog.clone();
        translated.push(next);
    }
    let mut report = MigrationReport::default();
    for next in translated {
        if !dry_run {
            run(database, server, session, &next).await?;
            let position = position(session).await?;
            database.set_catalog(next.catalog.clone(), position, server.flavour);
        }
        report.files.push(FileReport {
            statements: next.tasks.iter().map(|task| shown(&task.task)).collect(),
            path: next.file.path,
            notes: next.notes,
        });
    }
    Ok(report)
}

/// Tells where each migration stands.
pub(super) async fn status(database: &Database, files: &[File]) -> Result<Vec<MigrationStatus>> {
    let server = database.server()?;
    let mut session = database.session(server, TIMEOUT).await?;
    Ok(history(&mut session).await?.status(files))
}

/// Runs the rows of a seed file in one transaction; nothing records it.
///
/// # Errors
/// `migration_refused` for a statement that changes the schema.
pub(super) async fn seed(database: &Database, file: File) -> Result<()> {
    let server = database.server()?;
    let world = database.world();
    let folded = migration::fold(&world.schema.catalog, &file)?;
    let mut operations = Vec::new();
    for step in folded.steps {
        match step.operation {
            Operation::Write(_) | Operation::Fire { .. } => {
                operations.push((step.line, step.operation));
            }
            Operation::RestartIdentity { .. } | Operation::Nothing => {}
            _ => {
                return Err(Error::new(
                    Code::MIGRATION,
                    "a seed holds rows, and this statement changes the schema",
                )
                .hint("Move the statement to a migration.")
                .at(&file.path, step.line));
            }
        }
    }
    let mut session = database.session(server, TIMEOUT).await?;
    begin(&mut session, false).await?;
    let link = link(database, server, session, &world);
    let path = file.path;
    database
        .workers
        .run(Arc::clone(&world.schema), move |mirror| {
            let mut done = Ok(());
            for (line, operation) in &operations {
                done = operate(mirror, operation, &link).map_err(|error| error.at(&path, *line));
                if done.is_err() {
                    break;
                }
            }
            let ended = link.end(done.is_ok());
            done?;
            ended
        })
        .await
}

fn operate(mirror: &Mirror, operation: &Operation, link: &Arc<Link>) -> Result<()> {
    let transaction = Transaction {
        source: Arc::clone(link) as Arc<dyn Source>,
        read_only: false,
        now: now(),
    };
    mirror.operate(operation, &transaction)
}

fn link(database: &Database, server: &Server, session: Session, world: &World) -> Arc<Link> {
    Arc::new(Link::new(
        session,
        server.counters(),
        Handle::current(),
        Arc::clone(&world.dialect),
        database.settings.queue_timeout,
        world.counts,
    ))
}
