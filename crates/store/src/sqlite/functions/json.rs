//! `json` and `jsonb`: the operations of [`underpin_sql::types::json`] under their names in SQLite. A value is its text; of `jsonb`
//! the text is canonical.

use std::borrow::Cow;

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::array;
use underpin_sql::types::json::{self, Elements};

use super::arguments::Arguments;
use super::limits::check_length;
use super::registry::Row;
use super::set as rows_of;

/// The implementations.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_json_member", |a| Ok(found(json::member(a.text(0)?, a.text(1)?)))),
    ("pg_json_element", |a| Ok(found(json::element(a.text(0)?, a.int(1)?)))),
    ("pg_json_member_text", |a| Ok(written(json::member(a.text(0)?, a.text(1)?)))),
    ("pg_json_element_text", |a| Ok(written(json::element(a.text(0)?, a.int(1)?)))),
    ("pg_jsonb_member_text", |a| Ok(text(json::member(a.text(0)?, a.text(1)?)))),
    ("pg_jsonb_element_text", |a| Ok(text(json::element(a.text(0)?, a.int(1)?)))),
    ("pg_json_path", |a| Ok(found(at_path(a)?))),
    ("pg_json_path_text", |a| Ok(written(at_path(a)?))),
    ("pg_jsonb_path_text", |a| Ok(text(at_path(a)?))),
    ("pg_json_extract_path", |a| Ok(found(at_arguments(a)?))),
    ("pg_json_extract_path_text", |a| Ok(written(at_arguments(a)?))),
    ("pg_jsonb_extract_path", |a| Ok(found(at_arguments(a)?))),
    ("pg_jsonb_extract_path_text", |a| Ok(text(at_arguments(a)?))),
    ("pg_jsonb_contains", |a| Ok(Value::bool(json::contains(a.text(0)?, a.text(1)?)))),
    ("pg_jsonb_contained", |a| Ok(Value::bool(json::contains(a.text(1)?, a.text(0)?)))),
    ("pg_jsonb_has_key", |a| Ok(Value::bool(json::has_key(a.text(0)?, a.text(1)?)))),
    ("pg_jsonb_has_any_key", |a| {
        let json = a.text(0)?;
        Ok(Value::bool(keys(a.text(1)?).iter().any(|key| json::has_key(json, key))))
    }),
    ("pg_jsonb_has_all_keys", |a| {
        let json = a.text(0)?;
        Ok(Value::bool(keys(a.text(1)?).iter().all(|key| json::has_key(json, key))))
    }),
    ("pg_jsonb_concatenate", |a| checked(json::concat(a.text(0)?, a.text(1)?))),
    ("pg_jsonb_delete_element", |a| json::delete_index(a.text(0)?, a.int(1)?).map(Value::text)),
    ("pg_jsonb_delete_member", |a| json::delete_keys(a.text(0)?, &[a.text(1)?]).map(Value::text)),
    ("pg_jsonb_delete_members", |a| {
        let keys = keys(a.text(1)?);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        json::delete_keys(a.text(0)?, &keys).map(Value::text)
    }),
    ("pg_jsonb_delete_path", |a| with_path(a, json::delete_path)),
    ("pg_jsonb_set", |a| set(a, true)),
    ("pg_jsonb_set_create", |a| set(a, a.bool(3)?)),
    ("pg_jsonb_insert", |a| insert(a, false)),
    ("pg_jsonb_insert_after", |a| insert(a, a.bool(3)?)),
    ("pg_jsonb_strip_nulls", |a| Ok(Value::text(json::strip_nulls(a.text(0)?)))),
    ("pg_json_strip_nulls", |a| Ok(Value::text(json::strip_nulls(a.text(0)?)))),
    ("pg_jsonb_pretty", |a| checked(json::pretty(a.text(0)?))),
    ("pg_json_typeof", |a| Ok(Value::text(json::type_name(a.text(0)?)))),
    ("pg_jsonb_typeof", |a| Ok(Value::text(json::type_name(a.text(0)?)))),
    ("pg_json_array_length", |a| array_length(a.text(0)?)),
    ("pg_jsonb_array_length", |a| array_length(a.text(0)?)),
    ("pg_json_array_elements", |a| elements(a, "json_array_elements", found)),
    ("pg_jsonb_array_elements", |a| elements(a, "jsonb_array_elements", found)),
    ("pg_json_array_elements_text", |a| elements(a, "json_array_elements_text", written)),
    ("pg_jsonb_array_elements_text", |a| elements(a, "jsonb_array_elements_text", text)),
    ("pg_json_each", |a| each(a, "json_each", found)),
    ("pg_jsonb_each", |a| each(a, "jsonb_each", found)),
    ("pg_json_each_text", |a| each(a, "json_each_text", written)),
    ("pg_jsonb_each_text", |a| each(a, "jsonb_each_text", text)),
    ("pg_json_object_keys", |a| object_keys(a, "json_object_keys")),
    ("pg_jsonb_object_keys", |a| object_keys(a, "jsonb_object_keys")),
];

fn found(json: Option<&str>) -> Value {
    json.map_or(Value::Null, Value::text)
}

/// Returns a value of `jsonb` as text.
fn text(json: Option<&str>) -> Value {
    json.and_then(json::to_text)
        .map_or(Value::Null, Value::text)
}

/// Returns a value of `json` as text.
fn written(json: Option<&str>) -> Value {
    json.and_then(json::to_written_text)
        .map_or(Value::Null, Value::text)
}

fn checked(json: String) -> Result<Value> {
    check_length(json.len())?;
    Ok(Value::text(json))
}

/// Returns the elements of an array of text; nulls are left out.
fn keys(array: &str) -> Vec<String> {
    array::texts(array).into_iter().flatten().collect()
}

/// Follows the path that argument 1, an array of text, names. A null in it leads nowhere.
fn at_path<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a str>> {
    let steps = array::texts(arguments.text(1)?);
    let steps: Option<Vec<&str>> = steps.iter().map(Option::as_deref).collect();
    let json = arguments.text(0)?;
    Ok(steps.and_then(|steps| json::path(json, &steps)))
}

/// Follows the path that the arguments after the first name.
fn at_arguments<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a str>> {
    let steps: Vec<&str> = (1..arguments.len())
        .map(|index| arguments.text(index))
        .collect::<Result<_>>()?;
    Ok(json::path(arguments.text(0)?, &steps))
}

/// Applies `operation` to the document and the path that argument 1 names.
fn with_path(
    arguments: &Arguments<'_>,
    operation: impl FnOnce(&str, &[&str]) -> Result<String>,
) -> Result<Value> {
    let steps = array::texts(arguments.text(1)?);
    let mut path = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        path.push(step.as_deref().ok_or_else(|| {
            Error::new(
                Code::new("22004"),
                format!("path element at position {} is null", index + 1),
            )
        })?);
    }
    checked(operation(arguments.text(0)?, &path)?)
}

fn set(arguments: &Arguments<'_>, create: bool) -> Result<Value> {
    let value = arguments.text(2)?;
    with_path(arguments, |json, path| json::set(json, path, value, create))
}

fn insert(arguments: &Arguments<'_>, after: bool) -> Result<Value> {
    let value = arguments.text(2)?;
    with_path(arguments, |json, path| {
        json::insert(json, path, value, after)
    })
}

fn array_length(json: &str) -> Result<Value> {
    let length = json::array_length(json)?;
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}

fn elements(
    arguments: &Arguments<'_>,
    name: &str,
    value: fn(Option<&str>) -> Value,
) -> Result<Value> {
    let elements: Elements<'_> = json::elements(arguments.text(0)?, name)?;
    rows_of::rows(elements.map(|element| Ok(value(Some(element)))))
}

fn each(arguments: &Arguments<'_>, name: &str, value: fn(Option<&str>) -> Value) -> Result<Value> {
    let members = json::members(arguments.text(0)?, name)?;
    rows_of::pairs(members.map(|(key, json)| Ok((key_value(key), value(Some(json))))))
}

fn object_keys(arguments: &Arguments<'_>, name: &str) -> Result<Value> {
    let members = json::members(arguments.text(0)?, name)?;
    rows_of::rows(members.map(|(key, _)| Ok(key_value(key))))
}

fn key_value(key: Cow<'_, str>) -> Value {
    Value::text(key)
}
