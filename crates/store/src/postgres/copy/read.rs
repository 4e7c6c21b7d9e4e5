//! [`CopyReader`]: one state of the database, read by a connection of its own.
//!
//! A transaction with `repeatable read` is the state; tables are read by a cursor, as many rows at a time as a batch holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{QualifiedName, Result, Value};
use underpin_sql::types::{self, ColumnType, Type};
use underpin_sql::writer::postgres::type_name;

use super::super::client::{Query, Row, text};
use super::super::engine::Engine;
use super::{Pooled, SETTINGS, ask, counter, number, quoted, rights, table};
use crate::copy::{BATCH_BYTES_MAX, BATCH_ROWS_MAX, Batch, Counter, Scan, printed};
use crate::schema::Schema;

/// The tables whose rows are the project's: not those of an extension, and not ours. Whether they are divided into partitions.
const TABLES: &str = "\
select n.nspname, c.relname, c.relkind = 'p' from pg_catalog.pg_class c \
join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
where c.relkind in ('r', 'p') and not c.relispartition \
and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'underpin', 'supabase_migrations') \
and not exists (select from pg_catalog.pg_depend d \
where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \
order by 1, 2";

/// How often rows were written, as far as the server's statistics tell.
const WRITES: &str = "\
select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint from pg_catalog.pg_stat_user_tables \
where schemaname <> 'underpin'";

/// How many rows are asked for first, before it is known how large they are.
const ROWS_FIRST: usize = 64;

/// One state of the database.
#[derive(Debug)]
pub(crate) struct CopyReader {
    connection: Pooled,
    schema: Arc<Schema>,
    /// Whether each table is divided into partitions.
    tables: BTreeMap<QualifiedName, bool>,
    scan: Option<Scanning>,
    /// How often rows were written before the transaction began.
    writes: i64,
}

/// A table that is being read.
#[derive(Debug)]
struct Scanning {
    scan: Arc<Scan>,
    /// How many rows are asked for next.
    rows: usize,
    done: bool,
}

impl CopyReader {
    /// Begins to read the database as it is now.
    pub(crate) async fn open(engine: &Engine) -> Result<Self> {
        engine.start().await?;
        let database = &engine.database;
        let mut connection = database.link.operator().await?;
        let writes = number(&ask(&mut connection, WRITES, Vec::new()).await?)?;
        let begin = "begin transaction isolation level repeatable read, read only";
        let queries = [
            Query::once(begin, Vec::new()),
            Query::once(SETTINGS, Vec::new()),
            Query::once(TABLES, Vec::new()),
        ];
        let answers = connection.batch(&queries).await?;
        let mut tables = BTreeMap::new();
        for row in answers
            .last()
            .map(|answer| &answer.rows)
            .into_iter()
            .flatten()
        {
            let name = (
                row.get(0)?.unwrap_or_default(),
                row.get(1)?.unwrap_or_default(),
            );
            let is_divided = row.get(2)? == Some("t");
            tables.insert(QualifiedName::new(name.0, name.1), is_divided);
        }
        Ok(Self {
            connection,
            schema: database.schema(),
            tables,
            scan: None,
            writes,
        })
    }

    /// Returns the tables of the project and its accounts.
    pub(crate) fn tables(&self) -> Vec<QualifiedName> {
        self.tables.keys().cloned().collect()
    }

    /// Returns a table for `from`: its own rows, and not those of tables that inherit from it.
    fn from(&self, name: &QualifiedName) -> String {
        match self.tables.get(name) {
            Some(true) => table(name),
            _ => format!("only {}", table(name)),
        }
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&mut self, name: &QualifiedName) -> Result<u64> {
        let sql = format!("select count(*) from {}", self.from(name));
        let answer = ask(&mut self.connection, sql, Vec::new()).await;
        let answer = answer.map_err(|error| rights::of_reader(error, name))?;
        Ok(u64::try_from(number(&answer)?).unwrap_or(0))
    }

    /// Tells whether a table has rows.
    pub(crate) async fn has_rows(&mut self, name: &QualifiedName) -> Result<bool> {
        let sql = format!(
            "select count(*) from (select from {} limit 1) one",
            self.from(name)
        );
        let answer = ask(&mut self.connection, sql, Vec::new()).await;
        let answer = answer.map_err(|error| rights::of_reader(error, name))?;
        Ok(number(&answer)? != 0)
    }

    /// Begins to read a table.
    pub(crate) async fn begin(
        &mut self,
        scan: &Arc<Scan>,
        after: Option<Vec<Value>>,
    ) -> Result<()> {
        let mut queries = Vec::new();
        if self.scan.take().is_some() {
            queries.push(Query::once("close underpin_copy", Vec::new()));
        }
        let sql = format!(
            "declare underpin_copy no scroll cursor for {}",
            select(scan, &self.from(&scan.table), after.is_some())?
        );
        let bound = after.iter().flatten().zip(scan.key_columns());
        let parameters = bound.map(|(value, (_, column))| Some(printed(&column.ty, value)));
        queries.push(Query::once(sql, parameters.collect()));
        let begun = self.connection.batch(&queries).await;
        begun.map_err(|error| rights::of_reader(error, &scan.table))?;
        self.scan = Some(Scanning {
            scan: Arc::clone(scan),
            rows: ROWS_FIRST,
            done: false,
        });
        Ok(())
    }

    /// Returns the next rows.
    pub(crate) async fn next(&mut self) -> Result<Batch> {
        let Some(scanning) = self.scan.as_mut().filter(|scanning| !scanning.done) else {
            return Ok(Batch::new());
        };
        let sql = format!("fetch forward {} from underpin_copy", scanning.rows);
        let scan = Arc::clone(&scanning.scan);
        let mut rows = Batch::with_capacity(scanning.rows);
        let mut bytes = 0;
        let fetch = [Query::new(sql, Vec::new())];
        self.connection
            .stream(&fetch, 0, |row| {
                bytes += row.bytes();
                rows.push(values(row, &scan)?);
                Ok(())
            })
            .await?;
        scanning.done = rows.len() < scanning.rows;
        scanning.rows = rows_next(scanning.rows, bytes);
        Ok(rows)
    }

    /// Returns where the counters stand.
    pub(crate) async fn counters(&mut self) -> Result<Vec<Counter>> {
        let schema = Arc::clone(&self.schema);
        counter::read(&mut self.connection, &schema.catalog).await
    }

    /// Ends, and tells whether somebody wrote to the database meanwhile.
    pub(crate) async fn close(mut self) -> Result<bool> {
        self.connection.simple("rollback").await?;
        let writes = number(&ask(&mut self.connection, WRITES, Vec::new()).await?)?;
        Ok(writes != self.writes)
    }
}

/// Returns how many rows are asked for next, so that they are about as large as a batch may be. The numbers are few, for each is a
/// statement of its own.
fn rows_next(rows: usize, bytes: usize) -> usize {
    if bytes > BATCH_BYTES_MAX {
        return (rows / 4).max(1);
    }
    if bytes.saturating_mul(4) <= BATCH_BYTES_MAX {
        return (rows * 4).min(BATCH_ROWS_MAX);
    }
    rows
}

/// Reads a row into canonical values.
fn values(row: &Row, scan: &Scan) -> Result<Vec<Value>> {
    let fields = row.iter().zip(&scan.columns);
    fields
        .map(|(field, (name, column))| match field {
            None => Ok(Value::Null),
            Some(field) => value(column, text(field)?)
                .map_err(|error| error.details(format!("Column {name} of table {}.", scan.table))),
        })
        .collect()
}

fn value(column: &ColumnType, text: &str) -> Result<Value> {
    match &column.ty {
        // What PostgreSQL stores is JSON already, and is kept as it was written.
        Type::Json | Type::Text | Type::Varchar | Type::Bpchar => Ok(Value::text(text)),
        ty => types::input(ty, text),
    }
}

/// Returns the query of a table's rows, in their order.
fn select(scan: &Scan, from: &str, is_continued: bool) -> Result<String> {
    let columns: Vec<String> = scan.columns.iter().map(|(name, _)| quoted(name)).collect();
    let key: Vec<String> = scan.key_columns().map(|(name, _)| quoted(name)).collect();
    let mut sql = format!("select {} from {from}", columns.join(", "));
    if key.is_empty() {
        return Ok(sql);
    }
    let key = key.join(", ");
    if is_continued {
        let types = scan.key_columns().map(|(_, column)| type_name(&column.ty));
        let places: Vec<String> = (1..)
            .zip(types)
            .map(|(place, ty)| Ok(format!("${place}::{}", ty?)))
            .collect::<Result<_>>()?;
        sql.push_str(&format!(" where ({key}) > ({})", places.join(", ")));
    }
    sql.push_str(&format!(" order by {key}"));
    Ok(sql)
}
