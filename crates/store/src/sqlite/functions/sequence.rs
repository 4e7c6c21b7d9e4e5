//! Sequences: `nextval`, `currval`, `lastval`, `setval`.
//!
//! A sequence is a row of `underpin_sequences`, made when its first value is asked for, in the transaction of the statement that
//! asks: unlike PostgreSQL's, a value that is rolled back is given again. A column that counts up does so by itself; for its
//! sequence `setval` changes nothing that the column looks at.

use rusqlite::Connection;
use rusqlite::functions::Context;
use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::arguments::{Arguments, Output};
use super::failure;
use super::registry::flags;
use crate::sqlite::ffi;

/// The statement that makes the table.
pub(in crate::sqlite) const CREATE: &str = "CREATE TABLE IF NOT EXISTS underpin_sequences (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL,
    called INTEGER NOT NULL
) STRICT";

const LAST: &str = "";

/// What a function does with the connection that runs it.
type Call = fn(&Connection, &Arguments<'_>) -> Result<Value>;

/// Registers the functions of this file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let functions: [(&str, i32, Call); 5] = [
        ("pg_nextval", 1, next),
        ("pg_currval", 1, current),
        ("pg_lastval", 0, last),
        ("pg_setval", 2, set),
        ("pg_setval_called", 3, set),
    ];
    for (name, arguments, call) in functions {
        connection.create_scalar_function(name, arguments, flags(false), move |context| {
            run(context, call)
                .map(Output)
                .map_err(|error| failure::encode(&error))
        })?;
    }
    Ok(())
}

fn run(context: &Context<'_>, call: Call) -> Result<Value> {
    let arguments = Arguments::new(context, false);
    if arguments.any_null() {
        return Ok(Value::Null);
    }
    ffi::with_connection(context, |connection| call(connection, &arguments))
        .map_err(Error::internal)?
}

/// Returns the name under which a sequence is kept: without the schema `public` and quotes.
fn name_of(text: &str) -> String {
    let bare = text.strip_prefix("public.").unwrap_or(text);
    bare.replace('"', "")
}

fn convert(cause: rusqlite::Error) -> Error {
    match failure::decode_error(&cause) {
        Some(error) => error,
        None if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => Error::new(
            Code::READ_ONLY,
            "cannot execute nextval() in a read-only transaction",
        ),
        None => Error::internal(cause),
    }
}

/// Sets a sequence and notes it as the last one used.
fn write(connection: &Connection, name: &str, value: i64, called: bool) -> Result<()> {
    let mut statement = connection
        .prepare(
            "INSERT INTO underpin_sequences (name, value, called) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, called = excluded.called",
        )
        .map_err(convert)?;
    statement.execute((name, value, called)).map_err(convert)?;
    Ok(())
}

/// Returns a sequence's value, and whether it was given out already.
fn read(connection: &Connection, name: &str) -> Result<Option<(i64, bool)>> {
    let exists = connection
        .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'underpin_sequences'")
        .and_then(|mut statement| statement.exists([]))
        .map_err(convert)?;
    if !exists {
        return Ok(None);
    }
    let mut statement = connection
        .prepare("SELECT value, called FROM underpin_sequences WHERE name = ?1")
        .map_err(convert)?;
    let mut rows = statement.query([name]).map_err(convert)?;
    match rows.next().map_err(convert)? {
        Some(row) => Ok(Some((
            row.get(0).map_err(convert)?,
            row.get(1).map_err(convert)?,
        ))),
        None => Ok(None),
    }
}

fn next(connection: &Connection, arguments: &Arguments<'_>) -> Result<Value> {
    let name = name_of(arguments.text(0)?);
    connection.execute_batch(CREATE).map_err(convert)?;
    let value = match read(connection, &name)? {
        None => 1,
        Some((value, false)) => value,
        Some((value, true)) => value.checked_add(1).ok_or_else(|| {
            Error::new(
                Code::new("2200H"),
                format!(
                    "nextval: reached maximum value of sequence \"{name}\" (9223372036854775807)"
                ),
            )
        })?,
    };
    write(connection, &name, value, true)?;
    write(connection, LAST, value, true)?;
    Ok(Value::Int(value))
}

fn not_yet_called(name: &str) -> Error {
    Error::new(
        Code::OBJECT_STATE,
        format!("currval of sequence \"{name}\" is not yet defined in this session"),
    )
}

fn current(connection: &Connection, arguments: &Arguments<'_>) -> Result<Value> {
    let name = name_of(arguments.text(0)?);
    match read(connection, &name)? {
        Some((value, true)) => Ok(Value::Int(value)),
        _ => Err(not_yet_called(&name)),
    }
}

fn last(connection: &Connection, _: &Arguments<'_>) -> Result<Value> {
    match read(connection, LAST)? {
        Some((value, _)) => Ok(Value::Int(value)),
        None => Err(Error::new(
            Code::OBJECT_STATE,
            "lastval is not yet defined in this session",
        )),
    }
}

fn set(connection: &Connection, arguments: &Arguments<'_>) -> Result<Value> {
    let name = name_of(arguments.text(0)?);
    let value = arguments.int(1)?;
    let called = arguments.get(2) != ValueRef::Int(0);
    connection.execute_batch(CREATE).map_err(convert)?;
    write(connection, &name, value, called)?;
    Ok(Value::Int(value))
}
