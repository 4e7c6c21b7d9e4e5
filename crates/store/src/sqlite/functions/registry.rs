//! Registering: each implementation under its name, with the properties that the table of functions gives it.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use underpin_base::{Result, Value};
use underpin_sql::functions::{Definition, Function, Parameter, Volatility};

use super::arguments::{Arguments, Output};
use super::{failure, regular_expression};
use crate::sqlite::deadline::Deadline;
use crate::sqlite::error::out_of_time;

/// A function's name in SQLite and what it does.
pub(super) type Row = (&'static str, fn(&Arguments<'_>) -> Result<Value>);

/// A function that the table of functions does not have: its name, its number of arguments (-1 for any), whether it is null when
/// an argument is, and what it does.
pub(super) type MachineryRow = (&'static str, i32, bool, fn(&Arguments<'_>) -> Result<Value>);

/// How a function is registered.
#[derive(Clone, Copy, Debug)]
struct Properties {
    arguments: i32,
    coded: bool,
    strict: bool,
    deterministic: bool,
}

/// Registers `rows`, whose properties are those of the table of functions; what is not in the table is an operator's function of two arguments.
pub(super) fn register<'a>(
    connection: &Connection,
    rows: impl IntoIterator<Item = &'a Row>,
    deadline: &Deadline,
) -> rusqlite::Result<()> {
    let table: HashMap<&str, &Definition> = Function::all()
        .map(|function| (function.definition().engine, function.definition()))
        .collect();
    for (name, call) in rows {
        let properties = match table.get(name) {
            Some(definition) => of_definition(definition),
            None => Properties {
                arguments: 2,
                coded: false,
                strict: true,
                deterministic: true,
            },
        };
        register_one(connection, name, properties, *call, deadline.clone())?;
    }
    Ok(())
}

/// Registers `rows` of machinery; all of it is deterministic.
pub(super) fn register_machinery(
    connection: &Connection,
    rows: &[MachineryRow],
    deadline: &Deadline,
) -> rusqlite::Result<()> {
    for (name, arguments, strict, call) in rows {
        let properties = Properties {
            arguments: *arguments,
            coded: false,
            strict: *strict,
            deterministic: true,
        };
        register_one(connection, name, properties, *call, deadline.clone())?;
    }
    Ok(())
}

fn of_definition(definition: &Definition) -> Properties {
    let coded = definition
        .parameters
        .iter()
        .any(|parameter| !matches!(parameter, Parameter::Is(_)));
    let count = definition.parameters.len() + usize::from(coded);
    Properties {
        arguments: if definition.variadic {
            -1
        } else {
            i32::try_from(count).unwrap_or(-1)
        },
        coded,
        strict: definition.strict,
        deterministic: definition.volatility == Volatility::Immutable,
    }
}

fn register_one(
    connection: &Connection,
    name: &str,
    properties: Properties,
    call: fn(&Arguments<'_>) -> Result<Value>,
    deadline: Deadline,
) -> rusqlite::Result<()> {
    let flags = flags(properties.deterministic);
    connection.create_scalar_function(name, properties.arguments, flags, move |context| {
        let arguments = Arguments::new(context, properties.coded);
        let took_long = regular_expression::took_long() && deadline.passed();
        if took_long || deadline.is_over_for(arguments.total_length()) {
            return Err(failure::encode(&out_of_time()));
        }
        if properties.strict && arguments.any_null() {
            return Ok(Output(Value::Null));
        }
        call(&arguments)
            .map(Output)
            .map_err(|error| failure::encode(&error))
    })
}

/// Returns the flags of a function. None of ours does harm wherever it is called, so all may stand in indexes and checks.
pub(super) fn flags(deterministic: bool) -> FunctionFlags {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    if deterministic {
        flags | FunctionFlags::SQLITE_DETERMINISTIC
    } else {
        flags
    }
}
