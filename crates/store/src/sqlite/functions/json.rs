//! `json` and `jsonb`: looking into values and building them. A value is its text; of `jsonb` the text is canonical.

use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::json::{self, Elements, Kind, Members, kind};
use underpin_sql::types::{self, Type};

use super::arguments::Arguments;
use super::object::json_value;
use super::registry::Row;
use super::set;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_json_member", |a| {
        Ok(found(json::member(a.text(0)?, a.text(1)?)))
    }),
    ("pg_json_element", |a| {
        Ok(found(json::element(a.text(0)?, a.int(1)?)))
    }),
    ("pg_json_member_text", |a| {
        Ok(found_text(
            json::member(a.text(0)?, a.text(1)?),
            &Type::Json,
        ))
    }),
    ("pg_json_element_text", |a| {
        Ok(found_text(
            json::element(a.text(0)?, a.int(1)?),
            &Type::Json,
        ))
    }),
    ("pg_jsonb_member_text", |a| {
        Ok(found_text(
            json::member(a.text(0)?, a.text(1)?),
            &Type::Jsonb,
        ))
    }),
    ("pg_jsonb_element_text", |a| {
        Ok(found_text(
            json::element(a.text(0)?, a.int(1)?),
            &Type::Jsonb,
        ))
    }),
    ("pg_json_path", |a| Ok(found(at_array(a)?))),
    ("pg_json_path_text", |a| {
        Ok(found_text(at_array(a)?, &Type::Json))
    }),
    ("pg_jsonb_path_text", |a| {
        Ok(found_text(at_array(a)?, &Type::Jsonb))
    }),
    ("pg_json_extract_path", |a| Ok(found(at_arguments(a)?))),
    ("pg_json_extract_path_text", |a| {
        Ok(found_text(at_arguments(a)?, &Type::Json))
    }),
    ("pg_jsonb_extract_path", |a| Ok(found(at_arguments(a)?))),
    ("pg_jsonb_extract_path_text", |a| {
        Ok(found_text(at_arguments(a)?, &Type::Jsonb))
    }),
    ("pg_jsonb_has_key", |a| {
        Ok(Value::bool(has_key(a.text(0)?, a.text(1)?)))
    }),
    ("pg_jsonb_has_any_key", |a| {
        Ok(Value::bool(
            keys(a.text(1)?).any(|key| has_key(a.text(0).unwrap_or_default(), &key)),
        ))
    }),
    ("pg_jsonb_has_all_keys", |a| {
        Ok(Value::bool(
            keys(a.text(1)?).all(|key| has_key(a.text(0).unwrap_or_default(), &key)),
        ))
    }),
    ("pg_json_typeof", |a| Ok(Value::text(kind_name(a.text(0)?)))),
    ("pg_jsonb_typeof", |a| {
        Ok(Value::text(kind_name(a.text(0)?)))
    }),
    ("pg_json_array_length", array_length),
    ("pg_jsonb_array_length", array_length),
    ("pg_to_json", |a| to_json(a, false)),
    ("pg_row_to_json", |a| to_json(a, false)),
    ("pg_array_to_json", |a| to_json(a, false)),
    ("pg_to_jsonb", |a| to_json(a, true)),
    ("pg_json_build_array", |a| build_array(a, false)),
    ("pg_jsonb_build_array", |a| build_array(a, true)),
    ("pg_json_build_object", |a| build_object(a, false)),
    ("pg_jsonb_build_object", |a| build_object(a, true)),
    ("pg_json_array_elements", |a| {
        elements(a, |json| Value::text(json))
    }),
    ("pg_jsonb_array_elements", |a| {
        elements(a, |json| Value::text(json))
    }),
    ("pg_json_array_elements_text", |a| {
        elements(a, |json| found_text(Some(json), &Type::Json))
    }),
    ("pg_jsonb_array_elements_text", |a| {
        elements(a, |json| found_text(Some(json), &Type::Jsonb))
    }),
    ("pg_json_each", |a| each(a, |json| Value::text(json))),
    ("pg_jsonb_each", |a| each(a, |json| Value::text(json))),
    ("pg_json_each_text", |a| {
        each(a, |json| found_text(Some(json), &Type::Json))
    }),
    ("pg_jsonb_each_text", |a| {
        each(a, |json| found_text(Some(json), &Type::Jsonb))
    }),
    ("pg_json_object_keys", object_keys),
    ("pg_jsonb_object_keys", object_keys),
];

fn found(json: Option<&str>) -> Value {
    json.map_or(Value::Null, Value::text)
}

/// Returns a value as text: a string without its quotes, null as null, anything else as its type prints it.
fn found_text(json: Option<&str>, ty: &Type) -> Value {
    let Some(json) = json else {
        return Value::Null;
    };
    match kind(json) {
        Kind::Null => Value::Null,
        Kind::String => Value::text(json::inner_text(json)),
        Kind::Bool | Kind::Number => Value::text(json),
        Kind::Array | Kind::Object => {
            let mut text = String::new();
            types::output(ty, ValueRef::Text(json), &mut text);
            Value::text(text)
        }
    }
}

/// Returns the elements of an array of text; nulls are left out.
pub(super) fn keys(array: &str) -> impl Iterator<Item = String> {
    Elements::new(array)
        .filter(|element| kind(element) == Kind::String)
        .map(|element| json::inner_text(element).into_owned())
}

/// Returns what a path leads to: a key of an object, an index of an array.
fn step<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    match kind(json) {
        Kind::Object => json::member(json, key),
        Kind::Array => json::element(json, key.trim().parse().ok()?),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    }
}

/// Follows the path that argument 1, an array of text, names. A null in it leads nowhere.
fn at_array<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a str>> {
    let mut json = Some(arguments.text(0)?);
    for element in Elements::new(arguments.text(1)?) {
        json = match kind(element) {
            Kind::String => json.and_then(|json| step(json, &json::inner_text(element))),
            _ => None,
        };
    }
    Ok(json)
}

/// Follows the path that the arguments after the first name.
fn at_arguments<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a str>> {
    let mut json = Some(arguments.text(0)?);
    for index in 1..arguments.len() {
        let key = arguments.text(index)?;
        json = json.and_then(|json| step(json, key));
    }
    Ok(json)
}

/// Tells whether `key` is a member of an object or a string in an array.
fn has_key(json: &str, key: &str) -> bool {
    match kind(json) {
        Kind::Object => json::member(json, key).is_some(),
        Kind::Array => keys(json).any(|element| element == key),
        Kind::String => json::inner_text(json) == key,
        Kind::Null | Kind::Bool | Kind::Number => false,
    }
}

fn kind_name(json: &str) -> &'static str {
    match kind(json) {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Number => "number",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
    }
}

fn wrong_kind(message: &str) -> Error {
    Error::new(Code::INVALID_PARAMETER, message)
}

fn array_length(arguments: &Arguments<'_>) -> Result<Value> {
    let json = arguments.text(0)?;
    match kind(json) {
        Kind::Array => {
            let count = Elements::new(json).count();
            Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
        }
        Kind::Object => Err(wrong_kind("cannot get array length of a non-array")),
        _ => Err(wrong_kind("cannot get array length of a scalar")),
    }
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
    let mut json = Vec::new();
    types::write_json(
        types.first().unwrap_or(&Type::Text),
        arguments.get(0),
        &mut json,
    );
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
    if !arguments.len().is_multiple_of(2) {
        return Err(
            wrong_kind("argument list must have even number of elements").hint(
                "The arguments of json_build_object() must consist of alternating keys and values.",
            ),
        );
    }
    let mut json = vec![b'{'];
    for (index, (value, ty)) in arguments.values().zip(types.iter()).enumerate() {
        let is_key = index.is_multiple_of(2);
        if is_key && value == ValueRef::Null {
            return Err(
                wrong_kind(&format!("argument {} cannot be null", index + 1))
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

fn elements(arguments: &Arguments<'_>, value: fn(&str) -> Value) -> Result<Value> {
    let json = arguments.text(0)?;
    match kind(json) {
        Kind::Array => set::rows(Elements::new(json).map(|element| Ok(value(element)))),
        Kind::Object => Err(wrong_kind("cannot extract elements from an object")),
        _ => Err(wrong_kind("cannot extract elements from a scalar")),
    }
}

fn unescaped(key: &str) -> Result<String> {
    json::unescape(key).map(std::borrow::Cow::into_owned)
}

fn each(arguments: &Arguments<'_>, value: fn(&str) -> Value) -> Result<Value> {
    let json = arguments.text(0)?;
    if kind(json) != Kind::Object {
        return Err(wrong_kind("cannot call json_each on a non-object"));
    }
    set::pairs(
        Members::new(json).map(|(key, json)| Ok((Value::text(unescaped(key)?), value(json)))),
    )
}

fn object_keys(arguments: &Arguments<'_>) -> Result<Value> {
    let json = arguments.text(0)?;
    match kind(json) {
        Kind::Object => {
            set::rows(Members::new(json).map(|(key, _)| unescaped(key).map(Value::text)))
        }
        Kind::Array => Err(wrong_kind("cannot call json_object_keys on an array")),
        _ => Err(wrong_kind("cannot call json_object_keys on a scalar")),
    }
}
