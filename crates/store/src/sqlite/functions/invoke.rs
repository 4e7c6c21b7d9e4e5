//! `underpin_invoke(code, arguments…)`: routines whose steps run while a statement does.
//!
//! What they are run with, the schema, the caller and the limits of the request, is lent to the thread by whoever runs the statement.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::writer::sqlite::read_invoked;

use super::arguments::{Arguments, Output};
use super::failure;
use crate::sqlite::ffi;

/// Registers the function; unlike all others it may not stand in the schema of a file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("underpin_invoke", -1, flags, |context| {
        invoke(&Arguments::new(context, true))
            .map(Output)
            .map_err(|error| failure::encode(&error))
    })
}

fn invoke(arguments: &Arguments<'_>) -> Result<Value> {
    let invoked = arguments.auxiliary(0, read_invoked)?;
    let values = arguments.values().map(ValueRef::to_value).collect();
    ffi::with_lent(|execution| execution.invoke(&invoked, values))
        .unwrap_or_else(|| Err(Error::internal("a routine is invoked outside a request")))
}
