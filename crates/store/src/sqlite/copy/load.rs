//! [`CopyLoader`]: rows that come from elsewhere, written as they are by the one thread that writes.
//!
//! Triggers of the project run beside SQLite, so that they do not act on such rows, and neither do policies and defaults. Foreign keys
//! are off meanwhile: the rows were whole where they come from, and are compared at the end. How far the copy has come is kept in a
//! table of the engine's own, in the transaction of the rows.

use std::sync::Arc;

use underpin_base::{Error, Identity, Result, Value, ValueRef};
use underpin_sql::writer::sqlite::table_name;

use super::super::bind;
use super::super::connection::Connection;
use super::super::engine::Engine;
use super::super::{execute, shell};
use super::counter;
use super::read::{number, quoted};
use crate::copy::{Batch, Counter, Load, Progress, Remembered, Step, overtaken};

const CREATE: &str = "CREATE TABLE IF NOT EXISTS underpin_copy (
    name TEXT NOT NULL,
    step TEXT NOT NULL,
    rows INTEGER NOT NULL,
    position TEXT,
    done INTEGER NOT NULL,
    PRIMARY KEY (name, step)
) STRICT";

/// The step under which it is kept where the rows come from, and whether the tables were emptied.
const SOURCE: &str = "source";

/// A file that rows are written to.
#[derive(Debug)]
pub(crate) struct CopyLoader<'e> {
    engine: &'e Engine,
}

impl<'e> CopyLoader<'e> {
    /// Returns the loader of `engine`'s file.
    pub(crate) fn new(engine: &'e Engine) -> Self {
        Self { engine }
    }

    /// Returns what the file remembers of a copy.
    pub(crate) async fn remembered(&self) -> Result<Option<Remembered>> {
        self.engine.alone(|connection| remembered(connection)).await
    }

    /// Notes where the rows come from.
    pub(crate) async fn announce(&self, source: &str) -> Result<()> {
        let source = source.to_owned();
        self.work(move |connection| {
            connection.execute(CREATE)?;
            run(
                connection,
                "INSERT INTO underpin_copy (name, step, rows, position, done) VALUES ('', ?1, 0, ?2, 0) \
                 ON CONFLICT (name, step) DO UPDATE SET position = excluded.position",
                &[ValueRef::Text(SOURCE), ValueRef::Text(&source)],
            )
            .map(drop)
        })
        .await
    }

    /// Removes every row.
    pub(crate) async fn clear(&self, loads: &[Arc<Load>]) -> Result<()> {
        let loads = loads.to_vec();
        self.work(move |connection| {
            let named = ValueRef::Text(SOURCE);
            run(
                connection,
                "DELETE FROM underpin_copy WHERE step <> ?1",
                &[named],
            )?;
            run(
                connection,
                "UPDATE underpin_copy SET done = 1 WHERE step = ?1",
                &[named],
            )?;
            for load in loads {
                empty(connection, &load)?;
                begin_step(connection, &load, Step::Rows)?;
                if !load.late.is_empty() {
                    begin_step(connection, &load, Step::Links)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Removes every row of one table.
    pub(crate) async fn clear_table(&self, load: &Arc<Load>) -> Result<()> {
        let load = Arc::clone(load);
        self.work(move |connection| {
            empty(connection, &load)?;
            let name = load.scan.table.to_string();
            run(
                connection,
                "DELETE FROM underpin_copy WHERE name = ?1",
                &[ValueRef::Text(&name)],
            )?;
            begin_step(connection, &load, Step::Rows)
        })
        .await
    }

    /// Does a step with rows.
    pub(crate) async fn write(
        &self,
        load: &Arc<Load>,
        step: Step,
        rows: Arc<Batch>,
        before: u64,
        progress: Progress,
    ) -> Result<()> {
        let load = Arc::clone(load);
        self.work(move |connection| {
            advance(connection, &load, step, before, &progress)?;
            match step {
                Step::Rows => insert(connection, &load, &rows),
                Step::Links => Err(Error::internal("a file takes rows in any order")),
            }
        })
        .await
    }

    /// Sets the counters.
    pub(crate) async fn set_counters(&self, counters: Vec<Counter>) -> Result<()> {
        let schema = self.engine.schema();
        self.work(move |connection| counter::write(connection, &schema.catalog, &counters))
            .await
    }

    /// Forgets the copy.
    pub(crate) async fn finish(&self) -> Result<()> {
        self.work(|connection| connection.execute("DROP TABLE IF EXISTS underpin_copy"))
            .await
    }

    /// Works alone with the file, in one transaction of which no change is recorded and which no foreign key minds.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let clock = self.engine.settings().clock;
        self.engine
            .alone(move |connection| {
                pragma(connection, "foreign_keys = OFF")?;
                let identity = Identity::of_role("postgres");
                connection.context().set(&identity, clock());
                let done = in_transaction(connection, work);
                pragma(connection, "foreign_keys = ON")?;
                done
            })
            .await
    }
}

fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    connection.execute("BEGIN IMMEDIATE")?;
    connection.recorder().pause(true);
    let done = work(connection).and_then(|done| {
        connection.execute("COMMIT")?;
        Ok(done)
    });
    connection.recorder().pause(false);
    if done.is_err() && !connection.raw().is_autocommit() {
        connection.execute("ROLLBACK")?;
    }
    done
}

/// Sets a pragma. It takes effect when it is compiled, and so is compiled each time.
fn pragma(connection: &Connection, pragma: &str) -> Result<()> {
    let raw = connection.raw();
    raw.execute_batch(&format!("PRAGMA {pragma}"))
        .map_err(|cause| connection.convert(cause))
}

/// Runs a statement of the engine's own; returns how many rows it changed.
fn run(connection: &Connection, sql: &str, values: &[ValueRef<'_>]) -> Result<usize> {
    let mut statement = connection.prepare(sql)?;
    for (place, value) in (1..).zip(values) {
        bind::set(&mut statement, place, *value)?;
    }
    statement
        .raw_execute()
        .map_err(|cause| connection.convert(cause))
}

fn remembered(connection: &Connection) -> Result<Option<Remembered>> {
    let exists = "SELECT count(*) FROM sqlite_schema WHERE name = 'underpin_copy'";
    if number(connection, exists)? == 0 {
        return Ok(None);
    }
    let mut statement =
        connection.prepare("SELECT name, step, rows, position, done FROM underpin_copy")?;
    let mut remembered = Remembered::default();
    for row in execute::all(connection, &mut statement)? {
        let [name, step, rows, position, done] = row.as_slice() else {
            continue;
        };
        let is_done = *done == Value::Int(1);
        let text = |value: &Value| value.as_text().map(str::to_owned);
        let word = step.as_text().unwrap_or_default();
        match Step::read(word) {
            None => {
                remembered.source = text(position).unwrap_or_default();
                remembered.begun = is_done;
            }
            Some(step) => {
                let rows = match rows {
                    Value::Int(rows) => u64::try_from(*rows).unwrap_or(0),
                    _ => 0,
                };
                let progress = Progress {
                    rows,
                    position: text(position),
                    done: is_done,
                };
                let name = text(name).unwrap_or_default();
                remembered.steps.insert((name, step), progress);
            }
        }
    }
    Ok(Some(remembered))
}

fn empty(connection: &Connection, load: &Load) -> Result<()> {
    let table = quoted(&table_name(&load.scan.table));
    run(connection, &format!("DELETE FROM {table}"), &[]).map(drop)
}

fn begin_step(connection: &Connection, load: &Load, step: Step) -> Result<()> {
    let name = load.scan.table.to_string();
    let values = [ValueRef::Text(&name), ValueRef::Text(step.as_str())];
    run(
        connection,
        "INSERT INTO underpin_copy (name, step, rows, position, done) VALUES (?1, ?2, 0, NULL, 0)",
        &values,
    )
    .map(drop)
}

/// Notes how far a step has come, unless somebody else has gone on with it.
fn advance(
    connection: &Connection,
    load: &Load,
    step: Step,
    before: u64,
    progress: &Progress,
) -> Result<()> {
    let name = load.scan.table.to_string();
    let count = |rows: u64| ValueRef::Int(i64::try_from(rows).unwrap_or(i64::MAX));
    let position = progress.position.as_deref();
    let values = [
        ValueRef::Text(&name),
        ValueRef::Text(step.as_str()),
        count(before),
        count(progress.rows),
        position.map_or(ValueRef::Null, ValueRef::Text),
        ValueRef::Int(i64::from(progress.done)),
    ];
    let changed = run(
        connection,
        "UPDATE underpin_copy SET rows = ?4, position = ?5, done = ?6 \
         WHERE name = ?1 AND step = ?2 AND rows = ?3 AND done = 0",
        &values,
    )?;
    match changed {
        1 => Ok(()),
        _ => Err(overtaken()),
    }
}

fn insert(connection: &Connection, load: &Load, rows: &Batch) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare(&insert_statement(load))?;
    for row in rows {
        for (place, column) in (1..).zip(&load.written) {
            let value = row.get(*column).map_or(ValueRef::Null, ValueRef::from);
            bind::set(&mut statement, place, value)?;
        }
        statement.raw_execute().map_err(|cause| {
            let error = shell::explain(&cause);
            error.details(format!("A row of table {} was refused.", load.scan.table))
        })?;
    }
    Ok(())
}

fn insert_statement(load: &Load) -> String {
    let table = quoted(&table_name(&load.scan.table));
    let columns = load.written.iter();
    let names: Vec<String> = columns
        .filter_map(|place| load.scan.columns.get(*place))
        .map(|(name, _)| quoted(name))
        .collect();
    if names.is_empty() {
        return format!("INSERT INTO {table} DEFAULT VALUES");
    }
    let places: Vec<String> = (1..=names.len()).map(|place| format!("?{place}")).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        places.join(", ")
    )
}
