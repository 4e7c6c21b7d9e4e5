//! [`Link`]: the transaction of a plan whose rows are worked on in SQLite's machine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mysql_async::{Pool, Value as Raw};
use tokio::runtime::Handle;
use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};
use underpin_schema::catalog::Table;
use underpin_schema::sqlite::identity_column;
use underpin_sql::tree::Expr;
use underpin_sql::writer::mysql::{self, Dialect, Operand};
use underpin_sql::writer::quote_identifier;

use super::apply;
use super::codec;
use super::error::unknown_outcome;
use super::row::{field, fields};
use super::session::Session;
use crate::source::{Asked, Refused, RowChange, Source};
use crate::sqlite::too_many_rows;

/// The most rows of one table that are brought for one statement.
const ROWS_MAX: usize = 100_000;

/// A transaction of the database, as the source of SQLite's rows. Its calls wait for the database, on threads that may wait.
#[derive(Debug)]
pub(super) struct Link {
    session: Mutex<Session>,
    /// The connections of counters.
    counters: Pool,
    handle: Handle,
    dialect: Arc<Dialect>,
    /// How many parts of the transaction were begun and not ended.
    parts: Mutex<usize>,
    timeout: Duration,
    /// Something of the schema counts by a sequence.
    counts: bool,
    /// The first number that was taken of each table that others count up too.
    taken: Mutex<HashMap<QualifiedName, i64>>,
}

impl Link {
    pub(super) fn new(
        session: Session,
        counters: Pool,
        handle: Handle,
        dialect: Arc<Dialect>,
        timeout: Duration,
        counts: bool,
    ) -> Self {
        Self {
            session: Mutex::new(session),
            counters,
            handle,
            dialect,
            parts: Mutex::new(0),
            timeout,
            counts,
            taken: Mutex::default(),
        }
    }

    /// Returns a refusal as what it is: when somebody else took the number that a row was to have, the transaction lost to that one.
    fn lost_number(&self, refused: Refused) -> Refused {
        if let Refused::Unique {
            table,
            columns,
            row,
            ..
        } = &refused
            && let Some(identity) = identity_column(table)
            && columns.contains(&identity.name)
        {
            let place = table.columns.iter().position(|it| it.name == identity.name);
            let number = place.and_then(|place| row.get(place));
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some(Value::Int(number)), Some(first)) = (number, taken.get(&table.name))
                && number >= first
            {
                return Refused::Error(Error::new(
                    Code::SERIALIZATION,
                    "could not serialize access due to concurrent update",
                ));
            }
        }
        refused
    }

    /// Returns the number that the database itself gives the next row of `table`.
    fn counted(&self, table: &Table) -> Result<i64> {
        let mut session = self.session();
        let name = mysql::table_name(&table.name).into_bytes();
        let sql = "SELECT CAST(AUTO_INCREMENT AS SIGNED) FROM information_schema.TABLES \
                   WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
        let rows = self.wait(session.rows(sql, vec![Raw::Bytes(name)]))?;
        Ok(rows
            .first()
            .and_then(|row| field::<i64>(row, 0))
            .unwrap_or(1))
    }

    /// Ends the transaction.
    ///
    /// # Errors
    /// PGRST000 that says so when it is not known whether it was committed.
    pub(super) fn end(&self, keep: bool) -> Result<()> {
        let mut session = self.session();
        if session.is_lost() {
            return Ok(());
        }
        if !keep {
            if self.wait(session.run("ROLLBACK")).is_err() {
                session.abandon();
            }
            self.wait(session.let_go());
            return Ok(());
        }
        let committed = self.wait(session.run("COMMIT"));
        if !session.is_lost() {
            self.wait(session.let_go());
        }
        match committed {
            Err(error) if session.is_lost() => Err(unknown_outcome(&error)),
            other => other.map(drop),
        }
    }

    /// Runs a prepared statement.
    pub(super) fn execute(&self, sql: &str, values: Vec<Raw>) -> Result<()> {
        let mut session = self.session();
        self.wait(session.execute(sql, values)).map(drop)
    }

    /// Returns the connection.
    pub(super) fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for `work`.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.handle.block_on(work)
    }

    /// Runs a statement.
    pub(super) fn run(&self, sql: &str) -> Result<u64> {
        let mut session = self.session();
        self.wait(session.run(sql))
    }
}

impl Source for Link {
    fn can_choose(&self, table: &QualifiedName, alias: &Name, condition: &Expr) -> bool {
        let conditions = std::slice::from_ref(condition);
        mysql::conditions(table, alias, conditions, &self.dialect)
            .is_ok_and(|written| !written.sql.is_empty())
    }

    fn rows(&self, asked: &Asked<'_>) -> Result<Vec<Vec<Value>>> {
        let table = asked.table;
        let mut chosen = Vec::new();
        for condition in asked.conditions {
            let one = std::slice::from_ref(condition);
            let written = mysql::conditions(&table.name, asked.alias, one, &self.dialect)?;
            // What the database cannot be given it is not asked for: it returns more rows then.
            if !written.sql.is_empty()
                && let Some(values) = operands(&written, asked)?
            {
                chosen.push((written.sql, values));
            }
        }
        let mut sql = select_all(table, asked.alias, &self.dialect);
        let mut values = Vec::new();
        for (index, (condition, operands)) in chosen.into_iter().enumerate() {
            sql.push_str(if index == 0 { " WHERE " } else { " AND " });
            sql.push_str(&condition);
            values.extend(operands);
        }
        sql.push_str(&format!(" LIMIT {}", ROWS_MAX + 1));
        sql.push_str(if asked.lock { " FOR UPDATE" } else { "" });
        let mut session = self.session();
        let rows = self.wait(session.rows(&sql, values))?;
        if rows.len() > ROWS_MAX {
            return Err(too_many_rows(table, ROWS_MAX));
        }
        let read = codec::reader(&self.dialect).raw;
        rows.into_iter()
            .map(|row| {
                fields(row)
                    .zip(&table.columns)
                    .map(|(raw, column)| read(raw, &column.ty.ty))
                    .collect()
            })
            .collect()
    }

    fn hold(&self, table: &Table) -> Result<()> {
        let mut session = self.session();
        let name = format!("table {}", mysql::table_name(&table.name));
        match self.wait(session.lock(&name, self.timeout))? {
            true => Ok(()),
            false => Err(Error::new(
                Code::new("55P03"),
                "canceling statement due to lock timeout",
            )),
        }
    }

    fn apply(&self, changes: &[RowChange]) -> Result<(), Refused> {
        let mut session = self.session();
        self.wait(apply::apply(&mut session, changes, &self.dialect))
            .map_err(|refused| self.lost_number(refused))
    }

    fn reserve(&self, table: &Table, count: usize) -> Result<i64> {
        let Some(column) = identity_column(table) else {
            return Err(Error::internal("a table without a counter"));
        };
        if self.dialect.found {
            // The database has no counters of ours. Whoever else counts meanwhile is met by the key.
            self.hold(table)?;
        }
        // The last number of the table is asked for within the transaction, which may have inserted rows already.
        let last = {
            let mut sql = String::from("SELECT MAX(");
            quote_identifier(&mut sql, &column.name);
            sql.push_str(") FROM ");
            quote_identifier(&mut sql, &mysql::table_name(&table.name));
            let mut session = self.session();
            let rows = self.wait(session.rows(&sql, Vec::new()))?;
            rows.first().and_then(|row| field::<i64>(row, 0))
        };
        let least = last.unwrap_or(0).saturating_add(1);
        if self.dialect.found {
            let first = least.max(self.counted(table)?);
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.entry(table.name.clone()).or_insert(first);
            return Ok(first);
        }
        self.wait(reserve(&self.counters, table, least, count, self.timeout))
    }

    fn sequences(&self) -> Result<Vec<(String, i64, bool)>> {
        if !self.counts {
            return Ok(Vec::new());
        }
        let mut session = self.session();
        let sql = "SELECT name, value, called FROM underpin_sequences FOR UPDATE";
        let rows = self.wait(session.rows(sql, Vec::new()))?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let called: i64 = field(&row, 2)?;
                Some((field(&row, 0)?, field(&row, 1)?, called != 0))
            })
            .collect())
    }

    fn set_sequence(&self, name: &str, value: i64, called: bool) -> Result<()> {
        let sql = "INSERT INTO underpin_sequences (name, value, called) VALUES (?, ?, ?) \
                   ON DUPLICATE KEY UPDATE value = ?, called = ?";
        let (value, called) = (Raw::Int(value), Raw::Int(i64::from(called)));
        let name = Raw::Bytes(name.as_bytes().to_vec());
        let values = vec![name, value.clone(), called.clone(), value, called];
        self.execute(sql, values)
    }

    fn begin_part(&self) -> Result<()> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        *parts += 1;
        self.run(&format!("SAVEPOINT part_{}", *parts)).map(drop)
    }

    fn end_part(&self, keep: bool) -> Result<()> {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = *parts;
        *parts = parts.saturating_sub(1);
        if !keep {
            self.run(&format!("ROLLBACK TO SAVEPOINT part_{part}"))?;
        }
        self.run(&format!("RELEASE SAVEPOINT part_{part}"))
            .map(drop)
    }
}

/// Takes numbers of a table's counter, in a transaction of their own: like PostgreSQL's, they are not given again when the
/// transaction that asked for them is rolled back.
async fn reserve(
    pool: &Pool,
    table: &Table,
    least: i64,
    count: usize,
    timeout: Duration,
) -> Result<i64> {
    let mut session = Session::take(pool, timeout, timeout).await?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let sql = "INSERT INTO underpin_counters (name, next) VALUES (?, LAST_INSERT_ID(?) + ?) \
               ON DUPLICATE KEY UPDATE next = LAST_INSERT_ID(GREATEST(next, ?)) + ?";
    let name = Raw::Bytes(mysql::table_name(&table.name).into_bytes());
    let values = vec![
        name,
        Raw::Int(least),
        Raw::Int(count),
        Raw::Int(least),
        Raw::Int(count),
    ];
    session.execute(sql, values).await?;
    let rows = session.rows("SELECT LAST_INSERT_ID()", Vec::new()).await?;
    rows.first()
        .and_then(|row| field(row, 0))
        .ok_or_else(|| Error::internal("a counter returned no number"))
}

/// Returns the query of every column of a table.
pub(super) fn select_all(table: &Table, alias: &Name, dialect: &Dialect) -> String {
    let mut sql = String::from("SELECT ");
    for (index, column) in table.columns.iter().enumerate() {
        sql.push_str(if index > 0 { ", " } else { "" });
        let mut name = String::new();
        quote_identifier(&mut name, &column.name);
        let kept = &dialect.fact(&table.name, &column.name).kept;
        sql.push_str(&kept.value(&name, dialect.flavour.collation()));
    }
    if table.columns.is_empty() {
        sql.push('1');
    }
    sql.push_str(" FROM ");
    quote_identifier(&mut sql, &mysql::table_name(&table.name));
    sql.push_str(" AS ");
    quote_identifier(&mut sql, alias);
    sql
}

/// Returns the values of a condition's parameters; nothing when the database cannot be given one of them.
fn operands(written: &mysql::Rendered, asked: &Asked<'_>) -> Result<Option<Vec<Raw>>> {
    let mut values = Vec::with_capacity(written.binds.len());
    for (operand, ty) in &written.binds {
        let value = match operand {
            Operand::Bind(bind) => (asked.bound)(bind)?,
            Operand::Computed(expr) => (asked.computed)(expr)?,
        };
        match codec::operand(&value, ty) {
            Ok(value) => values.push(value),
            Err(error) if *error.code() == Code::INTERNAL => return Err(error),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(values))
}
