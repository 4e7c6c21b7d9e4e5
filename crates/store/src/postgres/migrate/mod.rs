//! Migrations on PostgreSQL: files are run as they are, each in a transaction of its own that also records it in
//! `underpin.migrations` with its text. Two processes at once take turns, and the second finds done what the first did.
//!
//! Nothing here reads what a statement means: PostgreSQL does. Where an error lies is told by file and line.

mod apply;
mod history;
mod lock;
mod reset;
mod split;
mod view;

#[cfg(test)]
mod tests;

use underpin_base::{Code, Error, Location, Result};
use underpin_schema::migration::{self, File, Note};
use underpin_schema::postgres::platform::{self, Preparation, State};

use self::apply::{NOTIFY, Script, finish};
use self::history::{History, ask, field, record};
use super::client::Connection;
use crate::migration::{FileReport, MigrationReport, MigrationState, MigrationStatus};

pub(crate) use reset::{Reset, reset};
pub(super) use split::split;

/// How often the platform is made again when somebody else made a part of it at the same time.
const TRIES_MAX: usize = 3;

/// Where the errors of the platform's own statements lie: their lines are in no file of the project.
const PLATFORM: &str = "the platform's own statements";

/// Makes what the platform needs and is not there yet; returns what the owner of the database should know.
///
/// # Errors
/// `42501` with the statements that a superuser has to run first.
pub(crate) async fn open(connection: &mut Connection) -> Result<Vec<String>> {
    let mut tries = 0;
    loop {
        let preparation = preparation(connection).await?;
        if preparation.statements.is_empty() && preparation.files.is_empty() {
            return Ok(preparation.notes);
        }
        lock::begin(connection).await?;
        let done = prepare(connection).await;
        let end = if done.is_ok() { "commit" } else { "rollback" };
        match finish(connection, end, done).await {
            Err(error) if tries < TRIES_MAX && is_race(&error) => tries += 1,
            done => return done,
        }
    }
}

/// Tells whether somebody else made a role at the same time: roles are the whole server's, and the lock is the database's.
fn is_race(error: &Error) -> bool {
    let is_platform = |place: &Location| place.file == PLATFORM;
    error.location().is_some_and(is_platform)
        && [Code::UNIQUE, Code::DUPLICATE_OBJECT, Code::new("XX000")].contains(error.code())
}

/// Returns what of the platform is to be made.
async fn preparation(connection: &mut Connection) -> Result<Preparation> {
    let answer = ask(connection, platform::STATE).await?;
    let document = answer.rows.first().map(|row| field(row, 0)).transpose()?;
    let state = State::read(&document.unwrap_or_default())?;
    let mut versions = Vec::new();
    if state.has_history() {
        for row in &ask(connection, platform::VERSIONS).await?.rows {
            versions.push(field(row, 0)?);
        }
    }
    platform::prepare(&state, &versions)
}

/// Makes what is not there yet, in the transaction that is open.
async fn prepare(connection: &mut Connection) -> Result<Vec<String>> {
    let preparation = preparation(connection).await?;
    for statement in &preparation.statements {
        connection.simple(statement).await.map_err(of_platform)?;
    }
    for file in &preparation.files {
        record(connection, file, true).await?;
    }
    connection.simple(NOTIFY).await?;
    Ok(preparation.notes)
}

fn of_platform(error: Error) -> Error {
    error.at(PLATFORM, 1)
}

/// Applies those of `files` that were not applied yet; with `dry_run`, runs them in one transaction that is rolled back.
///
/// # Errors
/// Whatever is wrong with a file, with its path and line; files before it stay applied.
pub(crate) async fn migrate(
    connection: &mut Connection,
    files: &[File],
    dry_run: bool,
) -> Result<MigrationReport> {
    if dry_run {
        return rehearse(connection, files).await;
    }
    open(connection).await?;
    let scripts = pending(connection, files).await?;
    let mut report = MigrationReport {
        files: adopt(connection, files).await?,
    };
    for script in scripts {
        if script.apply(connection).await? {
            report.files.push(script.report());
        }
    }
    Ok(report)
}

/// Returns the files that are yet to be applied, all of them read.
async fn pending(connection: &mut Connection, files: &[File]) -> Result<Vec<Script>> {
    let history = History::read(connection).await?;
    let pending = migration::plan(&history.applied(files), files)?;
    pending.files.into_iter().map(Script::read).collect()
}

/// Takes over what Supabase's tool has applied.
async fn adopt(connection: &mut Connection, files: &[File]) -> Result<Vec<FileReport>> {
    if History::read(connection).await?.to_adopt(files).is_empty() {
        return Ok(Vec::new());
    }
    lock::begin(connection).await?;
    let done = adopt_within(connection, files).await;
    let end = if done.is_ok() { "commit" } else { "rollback" };
    finish(connection, end, done).await
}

async fn adopt_within(connection: &mut Connection, files: &[File]) -> Result<Vec<FileReport>> {
    let history = History::read(connection).await?;
    let mut reports = Vec::new();
    for file in history.to_adopt(files) {
        record(connection, file, false).await?;
        reports.push(adopted(file));
    }
    Ok(reports)
}

fn adopted(file: &File) -> FileReport {
    FileReport {
        path: file.path.clone(),
        statements: Vec::new(),
        notes: vec![Note {
            line: 1,
            message:
                "supabase_migrations.schema_migrations has it: it counts as applied, and is not run"
                    .to_owned(),
        }],
    }
}

/// Runs what is pending in a transaction that is rolled back.
async fn rehearse(connection: &mut Connection, files: &[File]) -> Result<MigrationReport> {
    let mut tries = 0;
    loop {
        lock::begin(connection).await?;
        let done = rehearse_within(connection, files).await;
        match finish(connection, "rollback", done).await {
            Err(error) if tries < TRIES_MAX && is_race(&error) => tries += 1,
            done => return done,
        }
    }
}

/// Runs what is pending in the transaction that is open. What cannot run in one is told and passed over.
async fn rehearse_within(connection: &mut Connection, files: &[File]) -> Result<MigrationReport> {
    prepare(connection).await?;
    let history = History::read(connection).await?;
    let adopted = history.to_adopt(files).into_iter().map(adopted);
    let mut report = MigrationReport {
        files: adopted.collect(),
    };
    for script in pending(connection, files).await? {
        if script.is_transactional() {
            script.run_within(connection).await?;
        }
        report.files.push(script.report());
    }
    Ok(report)
}

/// Tells where each migration stands. It changes nothing, and so the platform need not be there.
///
/// # Errors
/// Those of the connection.
pub(crate) async fn status(
    connection: &mut Connection,
    files: &[File],
) -> Result<Vec<MigrationStatus>> {
    let history = History::read(connection).await?;
    let mut all = Vec::new();
    for record in history.records.iter().chain(&history.adopted) {
        let file = files.iter().find(|file| file.version == record.version);
        let state = match (file, &record.checksum) {
            (None, Some(_)) => MigrationState::Missing,
            (Some(file), Some(checksum)) if file.checksum() != *checksum => MigrationState::Edited,
            _ => MigrationState::Applied(record.applied_at),
        };
        all.push(MigrationStatus {
            version: record.version.clone(),
            name: record.name.clone(),
            state,
        });
    }
    for file in files {
        if !all.iter().any(|it| it.version == file.version) {
            all.push(MigrationStatus {
                version: file.version.clone(),
                name: file.name.clone(),
                state: MigrationState::Pending,
            });
        }
    }
    Ok(all)
}

/// Runs a seed file in one transaction; nothing records it.
///
/// # Errors
/// Whatever is wrong with the file, with its path and line.
pub(crate) async fn seed(connection: &mut Connection, file: File) -> Result<()> {
    let script = Script::read(file)?;
    if !script.is_transactional() {
        return Err(Error::new(
            Code::MIGRATION,
            "a seed runs in one transaction, and this statement cannot",
        )
        .hint("Move the statement to a migration.")
        .at(&script.file.path, script.first_line()));
    }
    connection.simple("begin").await?;
    let done = async {
        script.run_within(connection).await?;
        connection.simple(NOTIFY).await.map(drop)
    }
    .await;
    let end = if done.is_ok() { "commit" } else { "rollback" };
    finish(connection, end, done).await
}
