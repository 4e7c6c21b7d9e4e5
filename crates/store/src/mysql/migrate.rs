//! Migrations. What was applied is kept in the database with its text, and the catalog is those texts folded again.
//!
//! A statement that changes the schema commits by itself, so a file is no transaction: what is done of it is recorded task by task, and
//! a file that broke off goes on where it did. A named lock of the server keeps two nodes from migrating at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use mysql_async::Value as Raw;
use tokio::runtime::Handle;
use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Table};
use underpin_schema::migration::{self, File, Folded, Note, Operation};
use underpin_schema::mysql::{self as tables, Task, computes, tasks};
use underpin_schema::platform;
use underpin_sql::tree::{From, Insert, Output, Select, Simple, Source as InsertSource, Statement};
use underpin_sql::writer::Bind;
use underpin_sql::writer::mysql::{self, Flavour, Operand};
use underpin_sql::writer::quote_identifier;

use super::codec;
use super::engine::{Database, Server, World, begin, now};
use super::link::Link;
use super::operate::TIMEOUT;
use super::session::Session;
use crate::history::{History, Record};
use crate::migration::{FileReport, MigrationReport, MigrationStatus};
use crate::source::Source;
use crate::sqlite::{Mirror, Transaction, check_defined};

/// What the engine keeps in the database.
const CREATE: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS underpin_migrations (
        position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        version VARCHAR(200) NOT NULL,
        platform BOOLEAN NOT NULL,
        name VARCHAR(500) NOT NULL,
        checksum VARCHAR(200) NOT NULL,
        text LONGTEXT NOT NULL,
        applied_at BIGINT NOT NULL,
        UNIQUE KEY (platform, version)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
    "CREATE TABLE IF NOT EXISTS underpin_progress (
        version VARCHAR(200) NOT NULL,
        platform BOOLEAN NOT NULL,
        done INT NOT NULL,
        digest VARCHAR(200) NOT NULL,
        PRIMARY KEY (platform, version)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
    "CREATE TABLE IF NOT EXISTS underpin_counters (
        name VARCHAR(200) NOT NULL PRIMARY KEY,
        next BIGINT NOT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE TABLE IF NOT EXISTS underpin_sequences (
        name VARCHAR(200) NOT NULL PRIMARY KEY,
        value BIGINT NOT NULL,
        called BOOLEAN NOT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
];

/// How long another node may migrate before this one gives up, in seconds.
const LOCK_SECONDS: u32 = 60;

/// Makes what the engine keeps in the database, applies the platform's own migrations that are pending, and reads the catalog.
pub(super) async fn open(database: &Database, server: &Server) -> Result<()> {
    let mut session = database.session(server, TIMEOUT).await?;
    for statement in CREATE {
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
        lock(&mut session, database).await?;
        for file in pending {
            let folded = platform::fold(&catalog, &file)?;
            let translated = Translated::new(folded, file, &catalog, server.flavour, true)?;
            let done = run(database, server, &mut session, &translated).await;
            if done.is_err() {
                unlock(&mut session, database).await;
            }
            done?;
            catalog = translated.catalog;
        }
        unlock(&mut session, database).await;
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
        lock(&mut session, database).await?;
    }
    let report = pending(database, server, &mut session, &files, dry_run).await;
    if !dry_run {
        unlock(&mut session, database).await;
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
        server.pool(),
        Handle::current(),
        Arc::clone(&world.dialect),
        database.settings.queue_timeout,
        world.counts,
    ))
}

/// A file whose tasks are all known.
struct Translated {
    file: File,
    platform: bool,
    /// The catalog after it.
    catalog: Catalog,
    tasks: Vec<TaskOfStep>,
    notes: Vec<Note>,
}

/// One task, and the tables as they are when its turn comes.
struct TaskOfStep {
    line: usize,
    task: Task,
    tables: Arc<BTreeMap<QualifiedName, Arc<Table>>>,
}

impl Translated {
    fn new(
        folded: Folded,
        file: File,
        before: &Catalog,
        flavour: Flavour,
        platform: bool,
    ) -> Result<Self> {
        let mut moment = Arc::new(before.tables.clone());
        let mut all = Vec::new();
        for step in &folded.steps {
            let mut here = folded.catalog.clone();
            here.tables = BTreeMap::clone(&moment);
            follow_tables(&mut here.tables, &step.operation);
            if let Operation::Define(defined) = &step.operation {
                check_defined(defined, &folded.catalog)
                    .map_err(|error| error.at(&file.path, step.line))?;
            }
            let dialect = tables::dialect(&here, flavour);
            let tasks = tasks(&step.operation, &dialect)
                .map_err(|error| error.at(&file.path, step.line))?;
            let after = Arc::new(here.tables);
            for task in tasks {
                all.push(TaskOfStep {
                    line: step.line,
                    task,
                    tables: Arc::clone(&after),
                });
            }
            moment = after;
        }
        Ok(Self {
            file,
            platform,
            catalog: folded.catalog,
            tasks: all,
            notes: folded.notes,
        })
    }
}

/// Makes the tables those after `operation`.
fn follow_tables(tables: &mut BTreeMap<QualifiedName, Arc<Table>>, operation: &Operation) {
    let mut put = |table: &Arc<Table>| {
        tables.insert(table.name.clone(), Arc::clone(table));
    };
    match operation {
        Operation::CreateTable(table)
        | Operation::AddColumn { table, .. }
        | Operation::RenameColumn { table, .. }
        | Operation::CreateIndex { table, .. }
        | Operation::DropIndex { table, .. }
        | Operation::RestartIdentity { table, .. } => put(table),
        Operation::RebuildTable { after, .. } => put(after),
        Operation::RenameTable { before, after } => {
            put(after);
            tables.remove(before);
        }
        Operation::DropTable(table) => {
            tables.remove(&table.name);
        }
        _ => {}
    }
}

/// Runs and records a migration, from where it broke off if it did.
async fn run(
    database: &Database,
    server: &Server,
    session: &mut Session,
    translated: &Translated,
) -> Result<()> {
    let file = &translated.file;
    let mut done = progress(session, translated).await?;
    for (index, task) in translated.tasks.iter().enumerate().skip(done) {
        let recorded = record_progress(translated, index + 1);
        let result = one(database, server, session, translated, task, &recorded).await;
        if let Err(error) = result {
            let error = error.at(&file.path, task.line);
            return Err(match done {
                0 => error,
                _ => error.hint(format!(
                    "What stands before line {} is done and stays: MySQL cannot take it back. Mend the rest of the file and migrate again; it goes on from there.",
                    task.line
                )),
            });
        }
        done = index + 1;
    }
    finish(session, translated).await
}

/// Does one task and records it.
async fn one(
    database: &Database,
    server: &Server,
    session: &mut Session,
    translated: &Translated,
    task: &TaskOfStep,
    recorded: &(String, Vec<Raw>),
) -> Result<()> {
    let (record, values) = recorded;
    match &task.task {
        Task::Run(sql) => {
            // A table is replaced by another of its name, to which others refer.
            let replaces = sql.starts_with("DROP TABLE") || sql.starts_with("RENAME TABLE");
            if replaces {
                session.run("SET foreign_key_checks = 0").await?;
            }
            let run = session.run(sql).await;
            if replaces {
                session.run("SET foreign_key_checks = 1").await?;
            }
            if let Err(error) = run {
                return Err(said(session, error));
            }
            session.execute(record, values.clone()).await?;
            Ok(())
        }
        Task::Restart { table, next } => {
            let sql = "INSERT INTO underpin_counters (name, next) VALUES (?, ?) \
                       ON DUPLICATE KEY UPDATE next = ?";
            let name = Raw::Bytes(mysql::table_name(&table.name).into_bytes());
            session
                .execute(sql, vec![name, Raw::Int(*next), Raw::Int(*next)])
                .await?;
            session.execute(record, values.clone()).await?;
            Ok(())
        }
        Task::Rows(operation) => {
            let catalog = match operation {
                Operation::Fire { catalog, .. } => Catalog::clone(catalog),
                _ => Catalog {
                    tables: BTreeMap::clone(&task.tables),
                    ..translated.catalog.clone()
                },
            };
            rows(database, server, catalog, operation.clone(), recorded.clone()).await
        }
        Task::Copy {
            before,
            after,
            columns,
        } => {
            let mut catalog = translated.catalog.clone();
            catalog.tables = BTreeMap::clone(&task.tables);
            for table in [before, after] {
                catalog
                    .tables
                    .insert(table.name.clone(), Arc::new(without_indexes(table)));
            }
            let select = copied(before, columns);
            if let Some((sql, binds)) = copy_at_once(&catalog, after, columns, &select, server)? {
                session.run("START TRANSACTION").await?;
                if let Err(error) = session.execute(&sql, binds).await {
                    let error = said(session, error);
                    session.run("ROLLBACK").await?;
                    return Err(error);
                }
                session.execute(record, values.clone()).await?;
                session.run("COMMIT").await?;
                return Ok(());
            }
            let insert = Statement::Insert(Box::new(Insert {
                with: Vec::new(),
                table: after.name.clone(),
                alias: after.name.name.clone(),
                columns: columns.iter().map(|copied| copied.column.clone()).collect(),
                source: InsertSource::Select(Box::new(select)),
                conflict: None,
                returning: Vec::new(),
            }));
            let operation = Operation::Write(Box::new(insert));
            rows(database, server, catalog, operation, recorded.clone()).await
        }
    }
}

/// Returns a table without what only its other rows are compared by; the database has that.
fn without_indexes(table: &Table) -> Table {
    let mut table = table.clone();
    table.uniques.clear();
    table.indexes.clear();
    table
}

/// Returns the query of the copied values.
fn copied(before: &Table, columns: &[migration::Copied]) -> Select {
    Select::simple(Simple {
        outputs: columns
            .iter()
            .map(|copied| Output {
                name: copied.column.clone(),
                expr: copied.value.clone(),
            })
            .collect(),
        from: vec![From::Table {
            table: before.name.clone(),
            alias: before.name.name.clone(),
        }],
        ..Simple::default()
    })
}

/// Returns the statement with which the database itself copies the rows, when it can compute and check every value of them.
fn copy_at_once(
    catalog: &Catalog,
    after: &Table,
    columns: &[migration::Copied],
    select: &Select,
    server: &Server,
) -> Result<Option<(String, Vec<Raw>)>> {
    let dialect = tables::dialect(catalog, server.flavour);
    let checked = after.checks.iter().all(|check| {
        mysql::expression_inline(&check.expression.expr, &after.name, &dialect).is_ok()
    });
    let computed = after.columns.iter().all(|column| {
        !matches!(
            column.generated,
            Some(underpin_schema::catalog::Generated::Stored(_))
        ) || computes(after, &column.name, &dialect)
    });
    let Ok(query) = mysql::select(select, &dialect) else {
        return Ok(None);
    };
    if !checked || !computed {
        return Ok(None);
    }
    let mut values = Vec::new();
    for (operand, ty) in &query.rendered.binds {
        match operand {
            Operand::Bind(Bind::Value(value)) => values.push(codec::stored(value, ty)?),
            _ => return Ok(None),
        }
    }
    let mut sql = String::from("INSERT INTO ");
    quote_identifier(&mut sql, &mysql::table_name(&after.name));
    sql.push_str(" (");
    for (index, copied) in columns.iter().enumerate() {
        sql.push_str(if index > 0 { ", " } else { "" });
        quote_identifier(&mut sql, &copied.column);
    }
    sql.push_str(&format!(") {}", query.rendered.sql));
    Ok(Some((sql, values)))
}

/// Has SQLite's machine carry out an operation over the tables of the moment, in a transaction that records it.
async fn rows(
    database: &Database,
    server: &Server,
    catalog: Catalog,
    operation: Operation,
    (record, values): (String, Vec<Raw>),
) -> Result<()> {
    let world = World::new(catalog, 0, server.flavour);
    let mut session = database.session(server, TIMEOUT).await?;
    begin(&mut session, false).await?;
    let link = link(database, server, session, &world);
    database.folder()?;
    database
        .workers
        .run(Arc::clone(&world.schema), move |mirror| {
            let done = operate(mirror, &operation, &link)
                .and_then(|()| link.execute(&record, values));
            let ended = link.end(done.is_ok());
            done?;
            ended
        })
        .await
}

/// Says what the server says: it speaks to whoever writes the migration.
fn said(session: &mut Session, error: Error) -> Error {
    match session.refused.take() {
        Some(server) if matches!(server.code, 4025 | 3819) => {
            let name = server.message.split(['`', '\'']).nth(1).unwrap_or_default();
            let name = name.rsplit_once('.').map_or(name, |(_, name)| name).to_owned();
            Error::new(
                Code::CHECK,
                format!("check constraint \"{name}\" is violated by some row"),
            )
            .cause(server)
        }
        Some(server) => Error::new(
            Code::MIGRATION,
            format!("the database refuses the statement: {}", server.message),
        ),
        None => error,
    }
}

/// Returns the tasks so far as text that tells whether a file that broke off begins as it did.
fn digest_of(tasks: &[TaskOfStep]) -> String {
    let text: String = tasks
        .iter()
        .map(|task| format!("{}\n", shown(&task.task)))
        .collect();
    digest(&SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn shown(task: &Task) -> String {
    match task {
        Task::Run(sql) => sql.clone(),
        Task::Copy { before, after, .. } => {
            format!("-- copies the rows of {} to {}", before.name, after.name)
        }
        Task::Restart { table, next } => format!("-- lets {} count on from {next}", table.name),
        Task::Rows(Operation::Write(statement)) => format!("-- {}", kind(statement)),
        Task::Rows(_) => "-- runs the steps of a statement".to_owned(),
    }
}

fn kind(statement: &Statement) -> String {
    match statement {
        Statement::Select(_) => "evaluates a query".to_owned(),
        Statement::Insert(insert) => format!("inserts into {}", insert.table),
        Statement::Update(update) => format!("updates {}", update.table),
        Statement::Delete(delete) => format!("deletes from {}", delete.table),
    }
}

/// Returns how many tasks of a file are done already.
async fn progress(session: &mut Session, translated: &Translated) -> Result<usize> {
    let file = &translated.file;
    let rows = session
        .rows(
            "SELECT done, digest FROM underpin_progress WHERE version = ? AND platform = ?",
            vec![
                Raw::Bytes(file.version.clone().into_bytes()),
                Raw::Int(i64::from(translated.platform)),
            ],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(0);
    };
    let done: usize = row.get(0).unwrap_or_default();
    let digest: String = row.get(1).unwrap_or_default();
    let same = translated
        .tasks
        .get(..done)
        .is_some_and(|tasks| digest_of(tasks) == digest);
    if same {
        return Ok(done);
    }
    Err(Error::new(
        Code::MIGRATION,
        "the migration broke off, and what was done of it is not what the file begins with",
    )
    .hint("Restore the beginning of the file as it was; in development, `underpin reset` starts over.")
    .at(&file.path, 1))
}

/// Returns the statement that records that the first `done` tasks are done.
fn record_progress(translated: &Translated, done: usize) -> (String, Vec<Raw>) {
    let digest = digest_of(translated.tasks.get(..done).unwrap_or_default());
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    (
        "INSERT INTO underpin_progress (version, platform, done, digest) VALUES (?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE done = ?, digest = ?"
            .to_owned(),
        vec![
            bytes(&translated.file.version),
            Raw::Int(i64::from(translated.platform)),
            Raw::Int(done),
            bytes(&digest),
            Raw::Int(done),
            bytes(&digest),
        ],
    )
}

/// Records a whole migration.
async fn finish(session: &mut Session, translated: &Translated) -> Result<()> {
    let file = &translated.file;
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    session.run("START TRANSACTION").await?;
    session
        .execute(
            "INSERT INTO underpin_migrations (version, platform, name, checksum, text, applied_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
            vec![
                bytes(&file.version),
                Raw::Int(i64::from(translated.platform)),
                bytes(&file.name),
                bytes(&file.checksum()),
                bytes(&file.text),
                Raw::Int(now()),
            ],
        )
        .await?;
    session
        .execute(
            "DELETE FROM underpin_progress WHERE version = ? AND platform = ?",
            vec![
                bytes(&file.version),
                Raw::Int(i64::from(translated.platform)),
            ],
        )
        .await?;
    session.run("COMMIT").await.map(drop)
}

/// Reads what was applied.
async fn history(session: &mut Session) -> Result<History> {
    let rows = session
        .rows(
            "SELECT version, platform, name, checksum, text, applied_at FROM underpin_migrations \
             ORDER BY position",
            Vec::new(),
        )
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let text = |index: usize| row.get::<String, _>(index).unwrap_or_default();
        records.push(Record {
            version: text(0),
            platform: row.get::<i64, _>(1).unwrap_or_default() != 0,
            name: text(2),
            checksum: text(3),
            text: text(4),
            applied_at: row.get(5).unwrap_or_default(),
        });
    }
    Ok(History { records })
}

/// Returns the position of the last migration; 0 when there is none.
async fn position(session: &mut Session) -> Result<i64> {
    let rows = session
        .rows(
            "SELECT COALESCE(MAX(position), 0) FROM underpin_migrations",
            Vec::new(),
        )
        .await?;
    Ok(rows
        .first()
        .and_then(|row| row.get::<i64, _>(0))
        .unwrap_or_default())
}

fn lock_name(database: &Database) -> Raw {
    let mut name = format!("underpin {}", database.address.database());
    name.truncate(name.floor_char_boundary(64));
    Raw::Bytes(name.into_bytes())
}

/// Waits until no other node migrates.
async fn lock(session: &mut Session, database: &Database) -> Result<()> {
    let values = vec![lock_name(database), Raw::Int(i64::from(LOCK_SECONDS))];
    let rows = session.rows("SELECT GET_LOCK(?, ?)", values).await?;
    match rows.first().and_then(|row| row.get::<Option<i64>, _>(0)).flatten() {
        Some(1) => Ok(()),
        _ => Err(Error::new(
            Code::MIGRATION,
            "another process migrates the database at the same time",
        )
        .hint("Try again.")),
    }
}

async fn unlock(session: &mut Session, database: &Database) {
    let unlocked = session
        .rows("SELECT RELEASE_LOCK(?)", vec![lock_name(database)])
        .await;
    if unlocked.is_err() {
        // The lock goes with its connection.
        session.abandon();
    }
}
