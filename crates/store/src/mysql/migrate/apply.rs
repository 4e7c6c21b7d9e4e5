//! The tasks of a file: each is done whole or not at all, and recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use mysql_async::Value as Raw;
use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Generated, Table};
use underpin_schema::migration::{self, File, Folded, Note, Operation};
use underpin_schema::mysql::{self as tables, COUNTERS, Task, checks, computes, tasks};
use underpin_sql::tree::{From, Insert, Output, Select, Simple, Source, Statement};
use underpin_sql::writer::Bind;
use underpin_sql::writer::mysql::{self, Flavour, Operand};
use underpin_sql::writer::quote_identifier;

use super::super::codec;
use super::super::engine::{Database, Server, World, begin};
use super::super::operate::TIMEOUT;
use super::super::session::Session;
use super::record::{finish, progress, record_progress, report};
use super::{link, operate};
use crate::sqlite::check_defined;

/// A file whose tasks are all known.
pub(super) struct Translated {
    pub(super) file: File,
    pub(super) platform: bool,
    /// The catalog after it.
    pub(super) catalog: Catalog,
    pub(super) tasks: Vec<TaskOfStep>,
    pub(super) notes: Vec<Note>,
}

/// One task, and the tables as they are when its turn comes.
pub(super) struct TaskOfStep {
    pub(super) line: usize,
    pub(super) task: Task,
    pub(super) tables: Arc<BTreeMap<QualifiedName, Arc<Table>>>,
}

impl Translated {
    pub(super) fn new(
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
pub(super) async fn run(
    database: &Database,
    server: &Server,
    session: &mut Session,
    translated: &Translated,
) -> Result<()> {
    let file = &translated.file;
    let begun = progress(session, translated).await?;
    let mut done = begun.as_ref().map_or(0, |begun| begun.done);
    if begun.is_none() {
        let (record, values) = record_progress(translated, 0);
        session.execute(&record, values).await?;
    }
    // The program may have ended when the database had done a task and before that was recorded.
    let mut may_be_done = begun.is_some_and(|begun| !begun.reported);
    for (index, task) in translated.tasks.iter().enumerate().skip(done) {
        let recorded = record_progress(translated, index + 1);
        let mut result = one(database, server, session, translated, task, &recorded).await;
        let refused = session.refused.take();
        if may_be_done && result.is_err() && refused.is_some_and(|it| says_done(&it)) {
            let (record, values) = recorded;
            result = session.execute(&record, values).await.map(drop);
        }
        may_be_done = false;
        if let Err(error) = result {
            let error = error.at(&file.path, task.line);
            if !session.is_lost() {
                report(session, translated).await?;
            }
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
            let sql = format!(
                "INSERT INTO {COUNTERS} (name, next) VALUES (?, ?) ON DUPLICATE KEY UPDATE next = ?"
            );
            let name = Raw::Bytes(mysql::table_name(&table.name).into_bytes());
            session
                .execute(&sql, vec![name, Raw::Int(*next), Raw::Int(*next)])
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
            rows(
                database,
                server,
                catalog,
                operation.clone(),
                recorded.clone(),
            )
            .await
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
            match copy_at_once(&catalog, after, columns, &select, server)? {
                Some(statement) => copy(session, statement, recorded).await,
                None => {
                    let operation = insertion(after, columns, select);
                    rows(database, server, catalog, operation, recorded.clone()).await
                }
            }
        }
    }
}

/// Has the database copy rows, in a transaction that records it.
async fn copy(
    session: &mut Session,
    (sql, values): (String, Vec<Raw>),
    (record, recorded): &(String, Vec<Raw>),
) -> Result<()> {
    session.run("START TRANSACTION").await?;
    if let Err(error) = session.execute(&sql, values).await {
        let error = said(session, error);
        session.run("ROLLBACK").await?;
        return Err(error);
    }
    session.execute(record, recorded.clone()).await?;
    session.run("COMMIT").await.map(drop)
}

/// Returns the insert of the copied values.
fn insertion(after: &Table, columns: &[migration::Copied], select: Select) -> Operation {
    Operation::Write(Box::new(Statement::Insert(Box::new(Insert {
        with: Vec::new(),
        table: after.name.clone(),
        alias: after.name.name.clone(),
        columns: columns.iter().map(|copied| copied.column.clone()).collect(),
        source: Source::Select(Box::new(select)),
        conflict: None,
        returning: Vec::new(),
    }))))
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
    let checked = after
        .checks
        .iter()
        .all(|check| checks(after, &check.expression.expr, &dialect));
    let computed = after.columns.iter().all(|column| {
        !matches!(column.generated, Some(Generated::Stored(_)))
            || computes(after, &column.name, &dialect)
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
    database
        .workers
        .run(Arc::clone(&world.schema), move |mirror| {
            let done =
                operate(mirror, &operation, &link).and_then(|()| link.execute(&record, values));
            let ended = link.end(done.is_ok());
            done?;
            ended
        })
        .await
}

/// Tells whether the server refuses a statement because what it asks for is so already: a table, column, key or constraint of the name is
/// there, or what is to go or to have another name is gone.
fn says_done(server: &mysql_async::ServerError) -> bool {
    matches!(
        server.code,
        1050 | 1051 | 1054 | 1060 | 1061 | 1091 | 1146 | 1826
    )
}

/// Says what the server says: it speaks to whoever writes the migration.
fn said(session: &mut Session, error: Error) -> Error {
    match session.refused.clone() {
        Some(server) if matches!(server.code, 4025 | 3819) => {
            let name = server.message.split(['`', '\'']).nth(1).unwrap_or_default();
            let name = name
                .rsplit_once('.')
                .map_or(name, |(_, name)| name)
                .to_owned();
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

pub(super) fn shown(task: &Task) -> String {
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
