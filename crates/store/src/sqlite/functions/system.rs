//! What asks about types or settings, and the functions that print values of any type.

use underpin_base::{Result, Value, ValueRef};
use underpin_sql::types::{self, Type, text};

use super::arguments::Arguments;
use super::limits::check_length;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_num_nulls", |a| Ok(count(a, true))),
    ("pg_num_nonnulls", |a| Ok(count(a, false))),
    ("pg_typeof", |a| {
        let types = a.types()?;
        Ok(types
            .first()
            .map_or(Value::Null, |ty| Value::text(ty.to_string())))
    }),
    // One thread writes, a request at a time: nobody else could hold the lock.
    ("pg_advisory_lock", |_| Ok(Value::text(""))),
    ("pg_advisory_lock_pair", |_| Ok(Value::text(""))),
    ("pg_try_advisory_lock", |_| Ok(Value::bool(true))),
    // As `notify` in a migration: nobody listens.
    ("pg_notify", |_| Ok(Value::text(""))),
    ("pg_version", |_| {
        Ok(Value::text(concat!(
            "PostgreSQL 15 (Underpin ",
            env!("CARGO_PKG_VERSION"),
            ")"
        )))
    }),
    ("pg_serial_sequence", |a| {
        let table = a.text(0)?;
        let table = if table.contains('.') {
            table.to_owned()
        } else {
            format!("public.{table}")
        };
        Ok(Value::text(format!(
            "{}_{}_seq",
            table.replace('"', ""),
            a.text(1)?
        )))
    }),
    ("pg_concat", concat),
    ("pg_concat_ws", concat_separated),
    ("pg_format", format),
    ("pg_timeofday", |_| {
        let now = types::datetime::now();
        let mut text = String::new();
        types::output(&Type::TimestampTz, ValueRef::Int(now), &mut text);
        Ok(Value::text(text))
    }),
];

fn count(arguments: &Arguments<'_>, null: bool) -> Value {
    let counted = arguments
        .values()
        .filter(|value| (*value == ValueRef::Null) == null);
    Value::Int(i64::try_from(counted.count()).unwrap_or(i64::MAX))
}

/// Returns value `index` as its type prints it.
fn printed(arguments: &Arguments<'_>, types: &[Type], index: usize) -> String {
    let ty = types.get(index).unwrap_or(&Type::Text);
    let mut text = String::new();
    // A boolean is printed as a letter by output, and so by these functions.
    types::output(ty, arguments.get(index), &mut text);
    text
}

fn concat(arguments: &Arguments<'_>) -> Result<Value> {
    let types = arguments.types()?;
    let mut text = String::new();
    for index in 0..arguments.len() {
        text.push_str(&printed(arguments, &types, index));
        check_length(text.len())?;
    }
    Ok(Value::text(text))
}

fn concat_separated(arguments: &Arguments<'_>) -> Result<Value> {
    let types = arguments.types()?;
    let Some(separator) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    let mut text = String::new();
    let mut first = true;
    for index in 1..arguments.len() {
        if arguments.get(index) == ValueRef::Null {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push_str(separator);
        }
        text.push_str(&printed(arguments, &types, index));
        check_length(text.len())?;
    }
    Ok(Value::text(text))
}

/// `format(text, …)`: the arguments are printed as their types print them.
fn format(arguments: &Arguments<'_>) -> Result<Value> {
    let types = arguments.types()?;
    let Some(template) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    let printed: Vec<Option<String>> = (1..arguments.len())
        .map(|index| match arguments.get(index) {
            ValueRef::Null => None,
            _ => Some(printed(arguments, &types, index)),
        })
        .collect();
    let printed: Vec<Option<&str>> = printed.iter().map(Option::as_deref).collect();
    let text = text::format(template, &printed)?;
    check_length(text.len())?;
    Ok(Value::text(text))
}
