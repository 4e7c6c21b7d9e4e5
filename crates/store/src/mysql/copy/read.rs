//! [`CopyReader`]: one state of the database, read in one transaction.
//!
//! Tables are read page by page in the order of their keys; a table without a key by how many rows were read, whose order stays as it is
//! as long as the transaction lasts.

use std::sync::Arc;

use mysql_async::Value as Raw;
use underpin_base::{QualifiedName, Result, Value};
use underpin_sql::writer::mysql::table_name;
use underpin_sql::writer::quote_identifier;

use super::super::codec;
use super::super::engine::{Engine, begin};
use super::super::session::Session;
use super::{TIMEOUT, counter};
use crate::copy::{BATCH_BYTES_MAX, BATCH_ROWS_MAX, Batch, Counter, Scan};
use crate::mysql::row::{field, fields};
use crate::schema::Schema;

/// The rows of a table's first page: nobody knows yet how large they are.
const FIRST_ROWS: usize = 64;

/// One state of the database.
#[derive(Debug)]
pub(crate) struct CopyReader {
    session: Session,
    schema: Arc<Schema>,
    scan: Option<Scanning>,
}

/// A table that is being read.
#[derive(Debug)]
struct Scanning {
    scan: Arc<Scan>,
    /// The key of the last row.
    after: Option<Vec<Value>>,
    /// How many rows were read.
    read: usize,
    /// How many are read next.
    page: usize,
}

impl CopyReader {
    /// Begins to read the database as it is now.
    pub(crate) async fn open(engine: &Engine) -> Result<Self> {
        engine.start().await?;
        let database = engine.database();
        let mut session = database.session(database.server()?, TIMEOUT).await?;
        begin(&mut session, true).await?;
        Ok(Self {
            session,
            schema: engine.schema(),
            scan: None,
        })
    }

    /// Returns the tables of the project and its accounts.
    pub(crate) fn tables(&self) -> Vec<QualifiedName> {
        self.schema.catalog.tables.keys().cloned().collect()
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&mut self, table: &QualifiedName) -> Result<u64> {
        let sql = format!("SELECT COUNT(*) FROM {}", quoted(&table_name(table)));
        Ok(number(&mut self.session, &sql, Vec::new())
            .await?
            .unwrap_or(0)
            .unsigned_abs())
    }

    /// Tells whether a table has rows.
    pub(crate) async fn has_rows(&mut self, table: &QualifiedName) -> Result<bool> {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", quoted(&table_name(table)));
        Ok(number(&mut self.session, &sql, Vec::new()).await?.is_some())
    }

    /// Begins to read a table, after the row whose key is `after`.
    pub(crate) fn begin(&mut self, scan: &Arc<Scan>, after: Option<Vec<Value>>) {
        self.scan = Some(Scanning {
            scan: Arc::clone(scan),
            after,
            read: 0,
            page: FIRST_ROWS,
        });
    }

    /// Returns the next rows; none when there are no more.
    pub(crate) async fn next(&mut self) -> Result<Batch> {
        let Some(scanning) = &mut self.scan else {
            return Ok(Batch::new());
        };
        let (sql, values) = scanning.page()?;
        let mut batch = Batch::new();
        for row in self.session.rows(&sql, values).await? {
            let values = fields(row).zip(&scanning.scan.columns);
            let values = values.map(|(raw, (_, column))| codec::read(raw, &column.ty));
            batch.push(values.collect::<Result<_>>()?);
        }
        scanning.read_was(&batch);
        Ok(batch)
    }

    /// Returns where the counters stand.
    pub(crate) async fn counters(&mut self) -> Result<Vec<Counter>> {
        counter::read(&mut self.session, &self.schema.catalog).await
    }

    /// Ends. The database does not tell whether somebody wrote to it meanwhile.
    pub(crate) async fn close(mut self) -> Result<bool> {
        self.session.run("ROLLBACK").await?;
        Ok(false)
    }
}

impl Scanning {
    /// Returns the query of the next rows.
    fn page(&self) -> Result<(String, Vec<Raw>)> {
        let mut sql = String::from("SELECT ");
        for (index, (name, _)) in self.scan.columns.iter().enumerate() {
            sql.push_str(if index > 0 { ", " } else { "" });
            quote_identifier(&mut sql, name);
        }
        if self.scan.columns.is_empty() {
            sql.push('1');
        }
        sql.push_str(&format!(" FROM {}", quoted(&table_name(&self.scan.table))));
        let mut values = Vec::new();
        if self.scan.key.is_empty() {
            sql.push_str(&format!(" LIMIT {} OFFSET {}", self.page, self.read));
            return Ok((sql, values));
        }
        let key: Vec<String> = self
            .scan
            .key_columns()
            .map(|(name, _)| quoted(name))
            .collect();
        if let Some(after) = &self.after {
            sql.push_str(" WHERE ");
            self.behind(&key, after, &mut sql, &mut values)?;
        }
        sql.push_str(&format!(" ORDER BY {} LIMIT {}", key.join(", "), self.page));
        Ok((sql, values))
    }

    /// Writes the condition that a row comes after the one with the key `after`, so that the index finds it.
    fn behind(
        &self,
        key: &[String],
        after: &[Value],
        sql: &mut String,
        values: &mut Vec<Raw>,
    ) -> Result<()> {
        let types: Vec<_> = self
            .scan
            .key_columns()
            .map(|(_, column)| &column.ty)
            .collect();
        let bound = |place: usize| -> Result<Raw> {
            let value = after.get(place).unwrap_or(&Value::Null);
            match types.get(place) {
                Some(ty) => codec::stored(value, ty),
                None => Ok(Raw::NULL),
            }
        };
        for (place, name) in key.iter().enumerate() {
            let is_last = place + 1 == key.len();
            // name > ? or (name = ? and (…)), and that name is not before it.
            if is_last {
                sql.push_str(&format!("{name} > ?"));
                values.push(bound(place)?);
            } else {
                sql.push_str(&format!("({name} >= ? AND ({name} > ? OR "));
                values.extend([bound(place)?, bound(place)?]);
            }
        }
        sql.push_str(&"))".repeat(key.len().saturating_sub(1)));
        Ok(())
    }

    /// Notes what was read, and how much is to be read next.
    fn read_was(&mut self, batch: &Batch) {
        let bytes: usize = batch.iter().flatten().map(size).sum();
        self.read += batch.len();
        if let Some(last) = batch.last() {
            self.after = Some(self.scan.position(last));
            let row = bytes / batch.len();
            self.page = (BATCH_BYTES_MAX / row.max(1)).clamp(1, BATCH_ROWS_MAX);
        }
    }
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

/// Returns the number that is all of an answer; nothing when there is none.
pub(super) async fn number(
    session: &mut Session,
    sql: &str,
    values: Vec<Raw>,
) -> Result<Option<i64>> {
    let rows = session.rows(sql, values).await?;
    let first = rows.first();
    Ok(first.and_then(|row| field(row, 0)))
}

pub(super) fn quoted(identifier: &str) -> String {
    let mut sql = String::with_capacity(identifier.len() + 2);
    quote_identifier(&mut sql, identifier);
    sql
}
