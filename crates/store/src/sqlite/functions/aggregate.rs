//! Aggregates that build a value of all they are given: arrays, JSON, bytes.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::{self, ColumnType, Type, json};
use underpin_sql::writer::sqlite::read_types;

use super::arguments::{Arguments, Output};
use super::failure;
use super::limits::check_length;
use super::object::json_value;
use super::registry::{MachineryRow, flags};

/// What turns the distinct values that `underpin_collect` gathered into the result of an aggregate.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_collected_array", 2, true, |a| {
        collected(a, Kind::Array)
    }),
    ("underpin_collected_json", 2, true, |a| {
        collected(a, Kind::Json)
    }),
    ("underpin_collected_jsonb", 2, true, |a| {
        collected(a, Kind::Jsonb)
    }),
    ("underpin_collected_string", 3, true, collected_string),
];

/// Registers the aggregates of this file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let of_kind = |name: &str, arguments: i32, kind: Kind| {
        connection.create_aggregate_function(name, arguments, flags(true), Build(kind))
    };
    of_kind("underpin_array_agg", 2, Kind::Array)?;
    of_kind("underpin_json_agg", 2, Kind::Json)?;
    of_kind("underpin_jsonb_agg", 2, Kind::Jsonb)?;
    of_kind("underpin_json_object_agg", 3, Kind::JsonObject)?;
    of_kind("underpin_jsonb_object_agg", 3, Kind::JsonbObject)?;
    of_kind("underpin_collect", 1, Kind::Collect)?;
    of_kind("pg_bytea_agg", 2, Kind::Bytes)
}

/// What is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An array of the argument's type.
    Array,
    /// `json`, with PostgreSQL's white space.
    Json,
    /// `jsonb`.
    Jsonb,
    /// An object as `json`.
    JsonObject,
    /// An object as `jsonb`.
    JsonbObject,
    /// A JSON array of canonical values.
    Collect,
    /// Bytes with a separator between them.
    Bytes,
}

/// The bytes so far; nothing before the first row.
#[derive(Debug, Default)]
struct Built {
    bytes: Vec<u8>,
    /// A row contributed something.
    started: bool,
}

struct Build(Kind);

impl Build {
    fn add(&self, arguments: &Arguments<'_>, built: &mut Built) -> Result<()> {
        let first = !std::mem::replace(&mut built.started, true);
        let out = &mut built.bytes;
        match self.0 {
            Kind::Collect => {
                separate(out, first, b",");
                collect(arguments.get(0), out)?;
            }
            Kind::Bytes => {
                if arguments.get(0) == ValueRef::Null {
                    built.started = !first;
                    return Ok(());
                }
                if !first && arguments.get(1) != ValueRef::Null {
                    out.extend_from_slice(arguments.bytes(1)?);
                }
                out.extend_from_slice(arguments.bytes(0)?);
            }
            Kind::Array | Kind::Json | Kind::Jsonb => {
                let types = arguments.auxiliary(0, read_types)?;
                let ty = types.first().unwrap_or(&Type::Text);
                element(self.0, ty, arguments.get(1), first, out)?;
            }
            Kind::JsonObject | Kind::JsonbObject => {
                let types = arguments.auxiliary(0, read_types)?;
                let [key_type, value_type] = types.as_slice() else {
                    return Err(Error::internal("two types are needed"));
                };
                if arguments.get(1) == ValueRef::Null {
                    return Err(Error::new(
                        Code::INVALID_PARAMETER,
                        "field name must not be null",
                    ));
                }
                separate(out, first, b", ");
                let mut key = String::new();
                types::output(key_type, arguments.get(1), &mut key);
                types::write_json_string(&key, out);
                out.extend_from_slice(b" : ");
                types::write_json(value_type, arguments.get(2), out);
            }
        }
        check_length(out.len())
    }

    fn finish(&self, built: Option<Built>) -> Result<Value> {
        let Some(built) = built.filter(|built| built.started) else {
            return Ok(Value::Null);
        };
        match self.0 {
            Kind::Bytes => Ok(Value::Bytes(built.bytes.into())),
            Kind::JsonObject => json_value([b"{ ", built.bytes.as_slice(), b" }"].concat()),
            Kind::JsonbObject => {
                canonical(json_value([b"{", built.bytes.as_slice(), b"}"].concat())?)
            }
            Kind::Jsonb => canonical(json_value([b"[", built.bytes.as_slice(), b"]"].concat())?),
            Kind::Array | Kind::Json | Kind::Collect => {
                json_value([b"[", built.bytes.as_slice(), b"]"].concat())
            }
        }
    }
}

impl Aggregate<Built, Output> for Build {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Built> {
        Ok(Built::default())
    }

    fn step(&self, context: &mut Context<'_>, built: &mut Built) -> rusqlite::Result<()> {
        self.add(&Arguments::new(context, false), built)
            .map_err(|error| failure::encode(&error))
    }

    fn finalize(&self, _: &mut Context<'_>, built: Option<Built>) -> rusqlite::Result<Output> {
        self.finish(built)
            .map(Output)
            .map_err(|error| failure::encode(&error))
    }
}

fn separate(out: &mut Vec<u8>, first: bool, separator: &[u8]) {
    if !first {
        out.extend_from_slice(separator);
    }
}

/// Appends one element.
fn element(
    kind: Kind,
    ty: &Type,
    value: ValueRef<'_>,
    first: bool,
    out: &mut Vec<u8>,
) -> Result<()> {
    match kind {
        Kind::Json => {
            separate(out, first, b", ");
            let structured = matches!(ty, Type::Array(_) | Type::Composite(_) | Type::Record);
            if structured && !first {
                out.extend_from_slice(b"\n ");
            }
        }
        _ => separate(out, first, b","),
    }
    types::write_json(ty, value, out);
    Ok(())
}

fn canonical(json: Value) -> Result<Value> {
    match json.as_text() {
        Some(text) => json::canonical(text).map(Value::text),
        None => Ok(json),
    }
}

/// Appends a canonical value as JSON from which it can be read back.
fn collect(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        ValueRef::Float(value) => {
            // An exponent tells it from a whole number.
            out.extend_from_slice(format!("{value:e}").as_bytes());
        }
        ValueRef::Text(text) => types::write_json_string(text, out),
        ValueRef::Bytes(_) => return Err(Error::internal("distinct bytes are not collected")),
    }
    Ok(())
}

/// Returns the values that `underpin_collect` gathered.
fn read_collected(json: &str) -> Result<Vec<Value>> {
    let values: Vec<serde_json::Value> = serde_json::from_str(json).map_err(Error::internal)?;
    Ok(values
        .into_iter()
        .map(|value| match value {
            serde_json::Value::String(text) => Value::text(text),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => number.as_f64().map_or(Value::Null, Value::Float),
            },
            _ => Value::Null,
        })
        .collect())
}

/// `underpin_collected_array(type, values)` and its like.
fn collected(arguments: &Arguments<'_>, kind: Kind) -> Result<Value> {
    let column = arguments.column_type(0)?;
    let mut built = Built::default();
    for value in read_collected(arguments.text(1)?)? {
        let first = !std::mem::replace(&mut built.started, true);
        element(kind, &column.ty, (&value).into(), first, &mut built.bytes)?;
    }
    Build(kind).finish(Some(built))
}

/// `underpin_collected_string(type, values, separator)`.
fn collected_string(arguments: &Arguments<'_>) -> Result<Value> {
    let column: std::sync::Arc<ColumnType> = arguments.column_type(0)?;
    let separator = arguments.text(2)?;
    let mut text = String::new();
    let mut any = false;
    for value in read_collected(arguments.text(1)?)? {
        if value.is_null() {
            continue;
        }
        if std::mem::replace(&mut any, true) {
            text.push_str(separator);
        }
        types::output(&column.ty, (&value).into(), &mut text);
    }
    Ok(if any { Value::text(text) } else { Value::Null })
}
