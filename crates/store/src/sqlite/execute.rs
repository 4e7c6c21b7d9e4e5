//! Queries: prepared once, bound, stepped, and written straight from SQLite's values to the bytes of the answer.

use rusqlite::{CachedStatement, Row, types};
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_query::plan::Read;
use underpin_query::reply::Rows;
use underpin_query::request::Format;
use underpin_sql::tree::Select;
use underpin_sql::writer::{Rendered, sqlite};

use super::bind::Binding;
use super::connection::Connection;
use super::{explain, total};
use crate::answer::AnswerWriter;

/// Executes a query of a plan.
///
/// # Errors
/// Whatever the query's functions raise; `57014` past the connection's deadline; `54001` when the answer is larger than `bytes_max`.
pub(super) fn read(
    connection: &Connection,
    read: &Read,
    binding: &Binding<'_>,
    bytes_max: usize,
) -> Result<Rows> {
    if let Format::Plan(form) = read.format {
        return explain::explain(connection, read, form, binding);
    }
    connection.bring_select(&read.select, binding)?;
    let mut statement = prepare(connection, written(connection, read)?, binding)?;
    let rows = if read.head {
        let count = count_rows(connection, &mut statement)?;
        Rows {
            count,
            ..Rows::default()
        }
    } else {
        write_rows(connection, read, &mut statement, bytes_max)?
    };
    let total = match &read.total {
        None => None,
        Some(total) => Some(total::count(connection, total, binding)?),
    };
    Ok(Rows { total, ..rows })
}

/// Writes every row of a bound statement.
fn write_rows(
    connection: &Connection,
    read: &Read,
    statement: &mut CachedStatement<'_>,
    bytes_max: usize,
) -> Result<Rows> {
    let width = read.columns.len();
    let mut answer = AnswerWriter::new(read, &read.columns, connection.folder(), bytes_max);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(|cause| connection.convert(cause))? {
        for index in 0..width {
            answer.value(index, column(row, index)?);
        }
        answer.end_row()?;
    }
    Ok(answer.finish())
}

/// Returns the query in SQLite's words; written once, however often the read is executed.
fn written<'r>(connection: &Connection, read: &'r Read) -> Result<&'r Rendered> {
    if let Some(written) = read.written.get() {
        return Ok(written);
    }
    let rendered = sqlite::select_indexed(&read.select, &connection.word_indexes())?;
    Ok(read.written.get_or_init(|| rendered))
}

/// Executes a query of one row and one column, a count.
pub(super) fn count(
    connection: &Connection,
    select: &Select,
    binding: &Binding<'_>,
) -> Result<u64> {
    connection.bring_select(select, binding)?;
    let rendered = sqlite::select_indexed(select, &connection.word_indexes())?;
    let mut statement = prepare(connection, &rendered, binding)?;
    match first(connection, &mut statement)?.first() {
        Some(Value::Int(count)) => Ok(u64::try_from(*count).unwrap_or(0)),
        _ => Err(Error::internal("a count returned no number")),
    }
}

/// Executes a bound statement for the number of its rows.
pub(super) fn count_rows(
    connection: &Connection,
    statement: &mut CachedStatement<'_>,
) -> Result<u64> {
    let mut rows = statement.raw_query();
    let mut count = 0;
    while rows
        .next()
        .map_err(|cause| connection.convert(cause))?
        .is_some()
    {
        count += 1;
    }
    Ok(count)
}

/// Prepares and binds a statement.
pub(super) fn prepare<'c>(
    connection: &'c Connection,
    rendered: &Rendered,
    binding: &Binding<'_>,
) -> Result<CachedStatement<'c>> {
    let mut statement = connection.prepare(&rendered.sql)?;
    binding.apply(&mut statement, &rendered.binds)?;
    Ok(statement)
}

/// Executes a bound statement and returns the first row; an empty one when there is none.
pub(super) fn first(
    connection: &Connection,
    statement: &mut CachedStatement<'_>,
) -> Result<Vec<Value>> {
    let width = statement.column_count();
    let mut rows = statement.raw_query();
    match rows.next().map_err(|cause| connection.convert(cause))? {
        None => Ok(Vec::new()),
        Some(row) => values(row, width),
    }
}

/// Executes a bound statement and returns every row.
pub(super) fn all(
    connection: &Connection,
    statement: &mut CachedStatement<'_>,
) -> Result<Vec<Vec<Value>>> {
    some(connection, statement, usize::MAX)
}

/// Executes a bound statement and returns its first rows, `most` at most.
pub(super) fn some(
    connection: &Connection,
    statement: &mut CachedStatement<'_>,
    most: usize,
) -> Result<Vec<Vec<Value>>> {
    let width = statement.column_count();
    let mut rows = statement.raw_query();
    let mut all = Vec::new();
    while all.len() < most
        && let Some(row) = rows.next().map_err(|cause| connection.convert(cause))?
    {
        all.push(values(row, width)?);
    }
    Ok(all)
}

fn values(row: &Row<'_>, width: usize) -> Result<Vec<Value>> {
    (0..width)
        .map(|index| column(row, index).map(ValueRef::to_value))
        .collect()
}

/// Returns a column of the current row, borrowed from SQLite.
pub(super) fn column<'row>(row: &'row Row<'_>, index: usize) -> Result<ValueRef<'row>> {
    Ok(match row.get_ref(index).map_err(Error::internal)? {
        types::ValueRef::Null => ValueRef::Null,
        types::ValueRef::Integer(value) => ValueRef::Int(value),
        types::ValueRef::Real(value) => ValueRef::Float(value),
        types::ValueRef::Text(text) => {
            ValueRef::Text(std::str::from_utf8(text).map_err(Error::internal)?)
        }
        types::ValueRef::Blob(bytes) => ValueRef::Bytes(bytes),
    })
}
