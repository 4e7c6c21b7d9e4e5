//! `json` and `jsonb` built from values of any type, whose types the functions are given.

use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::{self, Type, array, json};

use super::arguments::Arguments;
use super::object::json_value;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_to_json", |a| to_json(a, false)),
    ("pg_row_to_json", |a| to_json(a, false)),
    ("pg_array_to_json", |a| to_json(a, false)),
    ("pg_to_jsonb", |a| to_json(a, true)),
    ("pg_json_build_array", |a| build_array(a, false)),
    ("pg_jsonb_build_array", |a| build_array(a, true)),
    ("pg_json_build_object", |a| build_object(a, false)),
    ("pg_jsonb_build_object", |a| build_object(a, true)),
    ("pg_json_object", |a| object(a, false)),
    ("pg_jsonb_object", |a| object(a, true)),
    ("pg_json_object_pairs", |a| object_pairs(a, false)),
    ("pg_jsonb_object_pairs", |a| object_pairs(a, true)),
];

fn wrong_argument(message: impl Into<String>) -> Error {
    Error::new(Code::INVALID_PARAMETER, message)
}

/// Returns the canonical form of `json` when it is to be `jsonb`.
fn finish(json: Vec<u8>, binary: bool) -> Result<Value> {
    let value = json_value(json)?;
    match value.as_text() {
        Some(text) if binary => json::canonical(text).map(Value::text),
        _ => Ok(value),
    }
}

fn to_json(arguments: &Arguments<'_>, binary: bool) -> Result<Value> {
    let types = arguments.types()?;
    let ty = types.first().unwrap_or(&Type::Text);
    let mut json = Vec::new();
    types::write_json(ty, arguments.get(0), &mut json);
    finish(json, binary)
}

/// Builds an array with PostgreSQL's white space.
fn build_array(arguments: &Arguments<'_>, binary: bool) -> Result<Value> {
    let types = arguments.types()?;
    let mut json = vec![b'['];
    for (index, (value, ty)) in arguments.values().zip(types.iter()).enumerate() {
        if index > 0 {
            json.extend_from_slice(b", ");
        }
        types::write_json(ty, value, &mut json);
    }
    json.push(b']');
    finish(json, binary)
}

/// Builds an object with PostgreSQL's white space.
fn build_object(arguments: &Arguments<'_>, binary: bool) -> Result<Value> {
    let types = arguments.types()?;
    let name = if binary {
        "jsonb_build_object"
    } else {
        "json_build_object"
    };
    if !arguments.len().is_multiple_of(2) {
        return Err(
            wrong_argument("argument list must have even number of elements").hint(format!(
                "The arguments of {name}() must consist of alternating keys and values."
            )),
        );
    }
    let mut json = vec![b'{'];
    for (index, (value, ty)) in arguments.values().zip(types.iter()).enumerate() {
        let is_key = index.is_multiple_of(2);
        if is_key && value == ValueRef::Null {
            return Err(
                wrong_argument(format!("argument {} cannot be null", index + 1))
                    .hint("Object keys should be text."),
            );
        }
        if !is_key {
            json.extend_from_slice(b" : ");
            types::write_json(ty, value, &mut json);
            continue;
        }
        if index > 0 {
            json.extend_from_slice(b", ");
        }
        let mut key = String::new();
        types::output(ty, value, &mut key);
        types::write_json_string(&key, &mut json);
    }
    json.push(b'}');
    finish(json, binary)
}

/// `json_object` of one array: keys and values in turn.
fn object(arguments: &Arguments<'_>, binary: bool) -> Result<Value> {
    let texts = array::texts(arguments.text(0)?);
    if !texts.len().is_multiple_of(2) {
        return Err(Error::new(
            Code::new("2202E"),
            "array must have even number of elements",
        ));
    }
    let pairs = texts.chunks_exact(2).filter_map(|pair| match pair {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    });
    write_object(pairs, binary)
}

/// `json_object` of two arrays: keys, and values.
fn object_pairs(arguments: &Arguments<'_>, binary: bool) -> Result<Value> {
    let keys = array::texts(arguments.text(0)?);
    let values = array::texts(arguments.text(1)?);
    if keys.len() != values.len() {
        return Err(Error::new(
            Code::new("2202E"),
            "mismatched array dimensions",
        ));
    }
    write_object(keys.into_iter().zip(values), binary)
}

fn write_object(
    pairs: impl Iterator<Item = (Option<String>, Option<String>)>,
    binary: bool,
) -> Result<Value> {
    let mut json = vec![b'{'];
    for (key, value) in pairs {
        let Some(key) = key else {
            return Err(Error::new(
                Code::new("22004"),
                "null value not allowed for object key",
            ));
        };
        if json.len() > 1 {
            json.extend_from_slice(b", ");
        }
        types::write_json_string(&key, &mut json);
        json.extend_from_slice(b" : ");
        match value {
            Some(value) => types::write_json_string(&value, &mut json),
            None => json.extend_from_slice(b"null"),
        }
    }
    json.push(b'}');
    finish(json, binary)
}
