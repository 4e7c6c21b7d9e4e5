//! Arrays: the operations of [`underpin_sql::types::array`] under their names in SQLite. Functions here are given the types of
//! their arguments.

use std::collections::HashSet;

use serde_json::json;
use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::json::Elements;
use underpin_sql::types::{self, Type, array};

use super::arguments::Arguments;
use super::limits::check_length;
use super::object::json_value;
use super::registry::{MachineryRow, Row};
use super::set;

/// The implementations of the table's functions.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_array_append", append),
    ("pg_array_prepend", prepend),
    ("pg_array_cat", concatenate),
    ("pg_array_fill", fill),
    ("pg_array_length", |a| dimension(a).map(|length| length.map_or(Value::Null, count))),
    ("pg_array_upper", |a| dimension(a).map(|length| length.map_or(Value::Null, count))),
    ("pg_array_lower", |a| dimension(a).map(|length| length.map_or(Value::Null, |_| Value::Int(1)))),
    ("pg_array_ndims", |a| {
        let dimensions = array::dimensions(&element_type(a, 0)?, a.text(0)?).len();
        Ok(if dimensions == 0 { Value::Null } else { count(dimensions) })
    }),
    ("pg_cardinality", |a| Ok(count(array::cardinality(&element_type(a, 0)?, a.text(0)?)))),
    ("pg_array_position", |a| Ok(positions(a)?.and_then(|all| all.first().copied()).map_or(Value::Null, Value::Int))),
    ("pg_array_positions", |a| Ok(positions(a)?.map_or(Value::Null, |all| Value::text(json!(all).to_string())))),
    ("pg_array_remove", |a| of_array(a, |element, array| array::remove(element, array, a.get(1)))),
    ("pg_array_replace", |a| of_array(a, |element, array| Ok(array::replace(element, array, a.get(1), a.get(2))))),
    ("pg_array_to_string", |a| to_string(a, None)),
    ("pg_array_to_string_null", |a| to_string(a, a.optional_text(2)?)),
    ("pg_trim_array", trim),
    ("pg_unnest", |a| set::rows(array::unnest(&element_type(a, 0)?, a.text(0)?).into_iter().map(Ok))),
    ("pg_generate_subscripts", |a| {
        let length = dimension(a)?.unwrap_or(0);
        set::rows((1..=length).map(|index| Ok(count(index))))
    }),
    ("pg_string_to_array", |a| string_to_array(a, None)),
    ("pg_string_to_array_null", |a| string_to_array(a, a.optional_text(2)?)),
    ("pg_string_to_table", |a| string_to_array(a, None)),
];

/// The implementations of the writer's machinery.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_array", -1, false, build),
    ("underpin_array_join", -1, false, join),
    ("underpin_array_contains", 3, true, |a| contains(a, 1, 2)),
    ("underpin_array_contained", 3, true, |a| contains(a, 2, 1)),
    ("underpin_array_overlaps", 3, true, overlaps),
    ("underpin_subscript", 3, true, |a| {
        let array = a.column_type(0)?;
        let element = array.ty.element().unwrap_or(&Type::Text);
        Ok(array::subscript(element, a.text(1)?, a.int(2)?))
    }),
];

fn count(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Returns the type of the elements of the array that is argument `index`.
fn element_type(arguments: &Arguments<'_>, index: usize) -> Result<Type> {
    let types = arguments.types()?;
    let array = types.get(index).and_then(Type::element);
    // An untyped array is one of text.
    Ok(array.cloned().unwrap_or(Type::Text))
}

/// `underpin_array(type, elements…)`.
fn build(arguments: &Arguments<'_>) -> Result<Value> {
    let ty = arguments.column_type(0)?;
    let mut json = vec![b'['];
    for value in arguments.values().skip(1) {
        if json.len() > 1 {
            json.push(b',');
        }
        types::write_json(&ty.ty, value, &mut json);
    }
    json.push(b']');
    json_value(json)
}

/// `underpin_array_join(arrays…)`: one array of the elements of all.
fn join(arguments: &Arguments<'_>) -> Result<Value> {
    let mut json = vec![b'['];
    for index in 0..arguments.len() {
        for element in Elements::new(arguments.text(index)?) {
            if json.len() > 1 {
                json.push(b',');
            }
            json.extend_from_slice(element.as_bytes());
        }
    }
    json.push(b']');
    json_value(json)
}

/// Tells whether equal elements have equal JSON, so that a set of texts finds them.
fn is_plain(element: &Type) -> bool {
    element.collation().is_none()
        && !matches!(
            element,
            Type::Float4
                | Type::Float8
                | Type::Jsonb
                | Type::Array(_)
                | Type::Composite(_)
                | Type::Record
        )
}

/// Returns the elements of both arrays as JSON when a set of texts can tell whether they are equal: they are plain and of one dimension.
fn plain_sets<'a>(
    element: &Type,
    left: &'a str,
    right: &'a str,
) -> Option<(HashSet<&'a str>, Vec<&'a str>)> {
    let nested = |array: &str| array.starts_with("[[") && !element.is_json();
    if !is_plain(element) || nested(left) || nested(right) {
        return None;
    }
    Some((
        Elements::new(left).collect(),
        Elements::new(right).collect(),
    ))
}

fn contains(arguments: &Arguments<'_>, left: usize, right: usize) -> Result<Value> {
    let array = arguments.column_type(0)?;
    let element = array.ty.element().unwrap_or(&Type::Text);
    let (left, right) = (arguments.text(left)?, arguments.text(right)?);
    Ok(Value::bool(match plain_sets(element, left, right) {
        Some((left, right)) => right
            .iter()
            .all(|element| *element != "null" && left.contains(element)),
        None => array::contains(element, left, right),
    }))
}

fn overlaps(arguments: &Arguments<'_>) -> Result<Value> {
    let array = arguments.column_type(0)?;
    let element = array.ty.element().unwrap_or(&Type::Text);
    let (left, right) = (arguments.text(1)?, arguments.text(2)?);
    Ok(Value::bool(match plain_sets(element, left, right) {
        Some((left, right)) => right
            .iter()
            .any(|element| *element != "null" && left.contains(element)),
        None => array::overlaps(element, left, right),
    }))
}

fn checked(json: String) -> Result<Value> {
    check_length(json.len())?;
    Ok(Value::text(json))
}

fn append(arguments: &Arguments<'_>) -> Result<Value> {
    let array = arguments.optional_text(0)?.unwrap_or("[]");
    checked(array::append(
        &element_type(arguments, 0)?,
        array,
        arguments.get(1),
    )?)
}

fn prepend(arguments: &Arguments<'_>) -> Result<Value> {
    let array = arguments.optional_text(1)?.unwrap_or("[]");
    checked(array::prepend(
        &element_type(arguments, 1)?,
        arguments.get(0),
        array,
    )?)
}

fn concatenate(arguments: &Arguments<'_>) -> Result<Value> {
    match (arguments.optional_text(0)?, arguments.optional_text(1)?) {
        (None, None) => Ok(Value::Null),
        (Some(only), None) | (None, Some(only)) => Ok(Value::text(only)),
        (Some(left), Some(right)) => {
            checked(array::concat(&element_type(arguments, 0)?, left, right)?)
        }
    }
}

/// Returns the length of the dimension that argument 1 names.
fn dimension(arguments: &Arguments<'_>) -> Result<Option<usize>> {
    let element = element_type(arguments, 0)?;
    Ok(array::length(
        &element,
        arguments.text(0)?,
        arguments.int(1)?,
    ))
}

fn positions(arguments: &Arguments<'_>) -> Result<Option<Vec<i64>>> {
    let Some(array) = arguments.optional_text(0)? else {
        return Ok(None);
    };
    array::positions(&element_type(arguments, 0)?, array, arguments.get(1)).map(Some)
}

/// Applies `operation` to an array that may be null.
fn of_array(
    arguments: &Arguments<'_>,
    operation: impl FnOnce(&Type, &str) -> Result<String>,
) -> Result<Value> {
    match arguments.optional_text(0)? {
        None => Ok(Value::Null),
        Some(array) => checked(operation(&element_type(arguments, 0)?, array)?),
    }
}

fn to_string(arguments: &Arguments<'_>, null: Option<&str>) -> Result<Value> {
    let (Some(array), Some(separator)) = (arguments.optional_text(0)?, arguments.optional_text(1)?)
    else {
        return Ok(Value::Null);
    };
    let element = element_type(arguments, 0)?;
    let longest = separator.len().max(null.map_or(0, str::len));
    check_length(
        array
            .len()
            .saturating_add(array.len().saturating_mul(longest) / 2),
    )?;
    checked(array::to_string(&element, array, separator, null))
}

fn fill(arguments: &Arguments<'_>) -> Result<Value> {
    let Some(lengths) = arguments.optional_text(1)? else {
        return Err(Error::new(
            Code::new("22004"),
            "dimension array or low bound array cannot be null",
        ));
    };
    let lengths: Vec<usize> = array::unnest(&Type::Int4, lengths)
        .into_iter()
        .map(|length| match length {
            Value::Int(length) => usize::try_from(length).unwrap_or(0),
            _ => 0,
        })
        .collect();
    let types = arguments.types()?;
    let element = types.first().unwrap_or(&Type::Text);
    checked(array::fill(element, arguments.get(0), &lengths)?)
}

fn trim(arguments: &Arguments<'_>) -> Result<Value> {
    let array = arguments.text(0)?;
    let length = i64::try_from(Elements::new(array).count()).unwrap_or(i64::MAX);
    let trimmed = arguments.int(1)?;
    if !(0..=length).contains(&trimmed) {
        return Err(Error::new(
            Code::new("2202E"),
            format!("number of elements to trim must be between 0 and {length}"),
        ));
    }
    checked(array::slice(array, None, Some(length - trimmed)))
}

fn string_to_array(arguments: &Arguments<'_>, null: Option<&str>) -> Result<Value> {
    match arguments.get(0) {
        ValueRef::Null => Ok(Value::Null),
        _ => checked(array::from_string(
            arguments.text(0)?,
            arguments.optional_text(1)?,
            null,
        )),
    }
}
