//! Rows as JSON: what an embedded row becomes, written by the same code as a top-level row.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::sqlite::read_shape;

use super::arguments::{Arguments, Output, value};
use super::failure;
use super::limits::check_length;
use super::registry::{MachineryRow, flags};

/// The implementations.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_object", -1, false, object),
    ("underpin_object_join", -1, false, object_join),
    ("underpin_field", 3, true, field),
];

/// Registers the aggregate of this file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_aggregate_function("underpin_rows", 1, flags(true), Rows)
}

/// Returns bytes that were written as JSON.
pub(super) fn json_value(json: Vec<u8>) -> Result<Value> {
    check_length(json.len())?;
    String::from_utf8(json)
        .map(Value::text)
        .map_err(Error::internal)
}

/// `underpin_object(shape, values…)`.
fn object(arguments: &Arguments<'_>) -> Result<Value> {
    let shape = arguments.auxiliary(0, read_shape)?;
    let mut json = Vec::with_capacity(32 * shape.len() + 2);
    json.push(b'{');
    for (index, (name, ty)) in shape.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        json.extend_from_slice(name.as_bytes());
        json.push(b':');
        // The shape is argument 0.
        types::write_json(ty, arguments.get(index + 1), &mut json);
    }
    json.push(b'}');
    json_value(json)
}

/// `underpin_object_join(objects…)`: one object of the members of all.
fn object_join(arguments: &Arguments<'_>) -> Result<Value> {
    let mut json = vec![b'{'];
    for index in 0..arguments.len() {
        let part = arguments.text(index)?;
        let members = part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
            .unwrap_or_default();
        if json.len() > 1 && !members.is_empty() {
            json.push(b',');
        }
        json.extend_from_slice(members.as_bytes());
    }
    json.push(b'}');
    json_value(json)
}

/// `underpin_field(type, name, composite)`.
fn field(arguments: &Arguments<'_>) -> Result<Value> {
    let column = arguments.column_type(0)?;
    let (name, json) = (arguments.text(1)?, arguments.text(2)?);
    let Some(member) = types::json::member(json, name) else {
        return Ok(Value::Null);
    };
    let Type::Composite(composite) = &column.ty else {
        return Ok(Value::text(member));
    };
    match composite.fields.iter().find(|(known, _)| **known == *name) {
        Some((_, ty)) => types::from_json(ty, member),
        None => Ok(Value::Null),
    }
}

/// `underpin_rows(object)`: a JSON array of the objects in the order in which they come; `[]` of none.
struct Rows;

impl Aggregate<Vec<u8>, Output> for Rows {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Vec<u8>> {
        Ok(vec![b'['])
    }

    fn step(&self, context: &mut Context<'_>, json: &mut Vec<u8>) -> rusqlite::Result<()> {
        if let ValueRef::Text(object) = value(context.get_raw(0)) {
            if json.len() > 1 {
                json.push(b',');
            }
            json.extend_from_slice(object.as_bytes());
            check_length(json.len()).map_err(|error| failure::encode(&error))?;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, json: Option<Vec<u8>>) -> rusqlite::Result<Output> {
        let mut json = json.unwrap_or_else(|| vec![b'[']);
        json.push(b']');
        json_value(json)
            .map(Output)
            .map_err(|error| failure::encode(&error))
    }
}
