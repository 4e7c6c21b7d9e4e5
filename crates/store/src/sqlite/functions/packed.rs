//! Rows packed into one value: what the writer makes of a lateral query, which SQLite does not have.
//!
//! `underpin_pack` makes a JSON array of arrays, `underpin_unpack` takes a value of it out again. Every value comes out as it went in, with its
//! storage class: what JSON has no form for is an array of a letter and a text.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::json::{Elements, Kind, inner_text, kind};
use underpin_sql::types::{self, Type, write_json_string};

use super::arguments::{Arguments, Output};
use super::failure;
use super::limits::check_length;
use super::object::json_value;
use super::registry::{MachineryRow, flags};

/// The implementations.
pub(super) const MACHINERY: &[MachineryRow] = &[("underpin_unpack", 2, true, |a| {
    let index = usize::try_from(a.int(1)?).map_err(Error::internal)?;
    match Elements::new(a.text(0)?).nth(index) {
        Some(packed) => unpacked(packed),
        None => Ok(Value::Null),
    }
})];

/// Registers the aggregate of this file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_aggregate_function("underpin_pack", -1, flags(true), Pack)
}

/// `underpin_pack(values…)`: the rows in the order in which they come; `[]` of none.
struct Pack;

impl Aggregate<Vec<u8>, Output> for Pack {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Vec<u8>> {
        Ok(vec![b'['])
    }

    fn step(&self, context: &mut Context<'_>, json: &mut Vec<u8>) -> rusqlite::Result<()> {
        json.extend_from_slice(if json.len() > 1 { b",[" } else { b"[" });
        for (index, value) in Arguments::new(context, false).values().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            pack(value, json);
        }
        json.push(b']');
        check_length(json.len()).map_err(|error| failure::encode(&error))
    }

    fn finalize(&self, _: &mut Context<'_>, json: Option<Vec<u8>>) -> rusqlite::Result<Output> {
        let mut json = json.unwrap_or_else(|| vec![b'[']);
        json.push(b']');
        json_value(json)
            .map(Output)
            .map_err(|error| failure::encode(&error))
    }
}

fn pack(value: ValueRef<'_>, json: &mut Vec<u8>) {
    match value {
        ValueRef::Null => json.extend_from_slice(b"null"),
        ValueRef::Int(value) => json.extend_from_slice(value.to_string().as_bytes()),
        ValueRef::Text(text) => write_json_string(text, json),
        ValueRef::Float(value) => {
            json.extend_from_slice(format!("[\"f\",\"{value:?}\"]").as_bytes());
        }
        ValueRef::Bytes(_) => {
            let mut digits = String::new();
            types::output(&Type::Bytea, value, &mut digits);
            json.extend_from_slice(b"[\"x\",");
            write_json_string(&digits, json);
            json.push(b']');
        }
    }
}

fn unpacked(packed: &str) -> Result<Value> {
    match kind(packed) {
        Kind::Null => Ok(Value::Null),
        Kind::String => Ok(Value::text(inner_text(packed).into_owned())),
        Kind::Array => {
            let mut parts = Elements::new(packed).map(inner_text);
            match (parts.next().as_deref(), parts.next()) {
                (Some("f"), Some(number)) => {
                    number.parse().map(Value::Float).map_err(Error::internal)
                }
                (Some("x"), Some(digits)) => types::input(&Type::Bytea, &digits),
                _ => Err(Error::internal("a packed value of another form")),
            }
        }
        _ => packed.parse().map(Value::Int).map_err(Error::internal),
    }
}
