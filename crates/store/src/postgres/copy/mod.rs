//! A copy of the rows, read from a PostgreSQL server or written to one: what [`crate::copy`] asks of this engine.

mod counter;
mod load;
mod read;
mod rights;

pub(crate) use load::CopyLoader;
pub(crate) use read::CopyReader;

use underpin_base::{Error, QualifiedName, Result};
use underpin_sql::writer::quote_identifier;

use super::client::{Answer, Connection, Pooled, Query};

/// How values are printed and read, whatever the database's own defaults are; and no statement is cut off for the time that it takes.
const SETTINGS: &str = "\
select pg_catalog.set_config('timezone', 'UTC', true), pg_catalog.set_config('datestyle', 'ISO, MDY', true), \
pg_catalog.set_config('intervalstyle', 'postgres', true), pg_catalog.set_config('bytea_output', 'hex', true), \
pg_catalog.set_config('extra_float_digits', '1', true), pg_catalog.set_config('xmloption', 'content', true), \
pg_catalog.set_config('statement_timeout', '0', true), \
pg_catalog.set_config('idle_in_transaction_session_timeout', '0', true), \
pg_catalog.set_config('row_security', 'off', true)";

/// Returns the answer to one statement.
async fn ask(
    connection: &mut Connection,
    sql: impl Into<std::sync::Arc<str>>,
    parameters: Vec<Option<String>>,
) -> Result<Answer> {
    let mut answers = connection.batch(&[Query::once(sql, parameters)]).await?;
    answers
        .pop()
        .ok_or_else(|| Error::internal("a statement had no answer"))
}

/// Returns the number that is all of an answer.
fn number(answer: &Answer) -> Result<i64> {
    let text = answer.rows.first().map(|row| row.get(0)).transpose()?;
    text.flatten()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::internal("a statement returned no number"))
}

/// Returns a name in quotes.
fn quoted(name: &str) -> String {
    let mut sql = String::with_capacity(name.len() + 2);
    quote_identifier(&mut sql, name);
    sql
}

/// Returns the name of a table in quotes.
fn table(name: &QualifiedName) -> String {
    format!("{}.{}", quoted(&name.schema), quoted(&name.name))
}
