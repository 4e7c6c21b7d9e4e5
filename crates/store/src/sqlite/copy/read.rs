//! [`CopyReader`]: one state of the file, read by a connection of its own.
//!
//! Tables are read page by page in the order of their keys, each page by a query of its own within one transaction; a table without a
//! key by its row numbers, which stay as they are as long as the transaction lasts.

use std::sync::Arc;

use underpin_base::{Error, QualifiedName, Result, Value, ValueRef};
use underpin_sql::writer::quote_identifier;
use underpin_sql::writer::sqlite::table_name;

use super::super::bind;
use super::super::connection::{Access, Connection};
use super::super::engine::Engine;
use super::super::execute;
use super::counter;
use crate::copy::{BATCH_BYTES_MAX, BATCH_ROWS_MAX, Batch, Counter, Scan};
use crate::schema::Schema;

/// One state of the file.
#[derive(Debug)]
pub(crate) struct CopyReader {
    /// Away while a thread reads with it.
    connection: Option<Connection>,
    schema: Arc<Schema>,
    scan: Option<Scanning>,
    /// The version of the file before the transaction began.
    version: i64,
}

/// A table that is being read.
#[derive(Clone, Debug)]
struct Scanning {
    scan: Arc<Scan>,
    /// The key, or the row number, of the last row.
    after: Option<Vec<Value>>,
    done: bool,
}

impl CopyReader {
    /// Begins to read the file as it is now.
    pub(crate) async fn open(engine: &Engine) -> Result<Self> {
        let schema = engine.schema();
        let catalog = Arc::clone(&schema);
        let settings = engine.settings().clone();
        let (connection, version) = blocking(move || {
            let connection = Connection::open(&settings, Access::Read, &catalog.catalog)?;
            let version = version(&connection)?;
            connection.execute("BEGIN")?;
            // The transaction begins with the first read.
            number(&connection, "SELECT count(*) FROM sqlite_schema")?;
            Ok((connection, version))
        })
        .await?;
        Ok(Self {
            connection: Some(connection),
            schema,
            scan: None,
            version,
        })
    }

    /// Returns the tables of the project and its accounts.
    pub(crate) fn tables(&self) -> Vec<QualifiedName> {
        self.schema.catalog.tables.keys().cloned().collect()
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&mut self, table: &QualifiedName) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", quoted(&table_name(table)));
        let count = self
            .with(move |connection| number(connection, &sql))
            .await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Tells whether a table has rows.
    pub(crate) async fn has_rows(&mut self, table: &QualifiedName) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM {})",
            quoted(&table_name(table))
        );
        let found = self
            .with(move |connection| number(connection, &sql))
            .await?;
        Ok(found != 0)
    }

    /// Begins to read a table.
    pub(crate) fn begin(&mut self, scan: &Arc<Scan>, after: Option<Vec<Value>>) {
        self.scan = Some(Scanning {
            scan: Arc::clone(scan),
            after,
            done: false,
        });
    }

    /// Returns the next rows.
    pub(crate) async fn next(&mut self) -> Result<Batch> {
        let Some(mut scanning) = self.scan.take().filter(|scanning| !scanning.done) else {
            return Ok(Batch::new());
        };
        let (scanning, rows) = self
            .with(move |connection| {
                let rows = page(connection, &mut scanning)?;
                Ok((scanning, rows))
            })
            .await?;
        self.scan = Some(scanning);
        Ok(rows)
    }

    /// Returns where the counters stand.
    pub(crate) async fn counters(&mut self) -> Result<Vec<Counter>> {
        let schema = Arc::clone(&self.schema);
        self.with(move |connection| counter::read(connection, &schema.catalog))
            .await
    }

    /// Ends, and tells whether somebody wrote to the file meanwhile.
    pub(crate) async fn close(mut self) -> Result<bool> {
        let before = self.version;
        self.with(move |connection| {
            connection.execute("ROLLBACK")?;
            Ok(version(connection)? != before)
        })
        .await
    }

    /// Works with the connection on a thread that may wait.
    async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(connection) = self.connection.take() else {
            return Err(Error::internal(
                "a copy was given up in the midst of a read",
            ));
        };
        let (connection, done) = blocking(move || {
            let done = work(&connection);
            Ok((connection, done))
        })
        .await?;
        self.connection = Some(connection);
        done
    }
}

/// Runs `work` on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(cause) => Err(Error::internal(cause)),
    }
}

/// Returns a number that changes whenever another connection has written.
fn version(connection: &Connection) -> Result<i64> {
    number(connection, "PRAGMA data_version")
}

/// Returns the number that is all of an answer.
pub(super) fn number(connection: &Connection, sql: &str) -> Result<i64> {
    let mut statement = connection.prepare(sql)?;
    match execute::first(connection, &mut statement)?.first() {
        Some(Value::Int(number)) => Ok(*number),
        _ => Err(Error::internal("a statement returned no number")),
    }
}

/// Reads the next rows, until there are enough.
fn page(connection: &Connection, scanning: &mut Scanning) -> Result<Batch> {
    let scan = Arc::clone(&scanning.scan);
    let mut statement = connection.prepare(&select(&scan, scanning.after.is_some()))?;
    for (place, value) in (1..).zip(scanning.after.iter().flatten()) {
        bind::set(&mut statement, place, ValueRef::from(value))?;
    }
    // The row number follows the columns.
    let width = scan.columns.len();
    let mut batch = Batch::new();
    let mut bytes = 0;
    let mut row_number = Value::Null;
    let mut rows = statement.raw_query();
    while batch.len() < BATCH_ROWS_MAX && bytes < BATCH_BYTES_MAX {
        let Some(row) = rows.next().map_err(|cause| connection.convert(cause))? else {
            scanning.done = true;
            break;
        };
        let values: Vec<Value> = (0..width)
            .map(|index| execute::column(row, index).map(ValueRef::to_value))
            .collect::<Result<_>>()?;
        row_number = execute::column(row, width)?.to_value();
        bytes += values.iter().map(size).sum::<usize>();
        batch.push(values);
    }
    if let Some(last) = batch.last() {
        scanning.after = Some(match scan.key.is_empty() {
            true => vec![row_number],
            false => scan.position(last),
        });
    }
    Ok(batch)
}

/// Returns about how many bytes a value takes.
fn size(value: &Value) -> usize {
    let held = match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Null | Value::Int(_) | Value::Float(_) => 0,
    };
    held + size_of::<Value>()
}

/// Returns the query of a table's rows, in their order.
fn select(scan: &Scan, is_continued: bool) -> String {
    let columns: Vec<String> = scan.columns.iter().map(|(name, _)| quoted(name)).collect();
    let key: Vec<String> = match scan.key.is_empty() {
        true => vec!["rowid".to_owned()],
        false => scan.key_columns().map(|(name, _)| quoted(name)).collect(),
    };
    let mut sql = String::from("SELECT ");
    for column in &columns {
        sql.push_str(column);
        sql.push_str(", ");
    }
    sql.push_str("rowid FROM ");
    sql.push_str(&quoted(&table_name(&scan.table)));
    let key = key.join(", ");
    if is_continued {
        let places: Vec<String> = (1..=scan.key.len().max(1))
            .map(|place| format!("?{place}"))
            .collect();
        sql.push_str(&format!(" WHERE ({key}) > ({})", places.join(", ")));
    }
    sql.push_str(" ORDER BY ");
    sql.push_str(&key);
    sql
}

pub(super) fn quoted(identifier: &str) -> String {
    let mut sql = String::with_capacity(identifier.len() + 2);
    quote_identifier(&mut sql, identifier);
    sql
}
