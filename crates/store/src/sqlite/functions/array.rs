//! Arrays: JSON arrays of the elements' JSON form. Functions here are given the types of their arguments.

use serde_json::json;
use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::json::{Elements, Kind, kind};
use underpin_sql::types::{self, ColumnType, Type};

use super::arguments::Arguments;
use super::object::json_value;
use super::registry::{MachineryRow, Row};
use super::set;

/// The implementations of the table's functions.
pub(super) const ROWS: &[Row] = &[
    ("pg_array_contains", |a| contains(a.text(0)?, a.text(1)?)),
    ("pg_array_contained", |a| contains(a.text(1)?, a.text(0)?)),
    ("pg_array_overlaps", overlaps),
    ("pg_array_append", append),
    ("pg_array_prepend", prepend),
    ("pg_array_cat", concatenate),
    ("pg_array_length", |a| dimension(a, false)),
    ("pg_array_upper", |a| dimension(a, false)),
    ("pg_array_lower", |a| dimension(a, true)),
    ("pg_array_ndims", |a| {
        let depth = depth(a.text(0)?);
        Ok(if depth == 0 {
            Value::Null
        } else {
            Value::Int(depth)
        })
    }),
    ("pg_cardinality", |a| {
        Ok(Value::Int(cardinality(a.text(0)?)))
    }),
    ("pg_array_position", |a| {
        Ok(positions(a)?
            .first()
            .map_or(Value::Null, |first| Value::Int(*first)))
    }),
    ("pg_array_positions", |a| {
        if a.get(0) == ValueRef::Null {
            return Ok(Value::Null);
        }
        Ok(Value::text(json!(positions(a)?).to_string()))
    }),
    ("pg_array_remove", |a| replace(a, None)),
    ("pg_array_replace", |a| {
        let replacement = element_json(&element_type(a, 0)?, a.get(2))?;
        replace(a, Some(&replacement))
    }),
    ("pg_array_to_string", |a| to_string(a, None)),
    ("pg_array_to_string_null", |a| {
        to_string(a, a.optional_text(2)?)
    }),
    ("pg_trim_array", trim),
    ("pg_unnest", unnest),
    ("pg_generate_subscripts", subscripts),
    ("pg_string_to_array", |a| string_to_array(a, None)),
    ("pg_string_to_array_null", |a| {
        string_to_array(a, a.optional_text(2)?)
    }),
    ("pg_string_to_table", |a| string_to_array(a, None)),
];

/// The implementations of the writer's machinery.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_array", -1, false, array),
    ("underpin_array_join", -1, false, |a| {
        let parts: Vec<&str> = (0..a.len())
            .map(|index| a.text(index))
            .collect::<Result<_>>()?;
        joined(parts.into_iter().flat_map(Elements::new))
    }),
    ("underpin_subscript", 3, true, subscript),
];

/// Returns the JSON array of elements that are JSON already.
pub(super) fn joined<'a>(elements: impl IntoIterator<Item = &'a str>) -> Result<Value> {
    let mut json = vec![b'['];
    for element in elements {
        if json.len() > 1 {
            json.push(b',');
        }
        json.extend_from_slice(element.as_bytes());
    }
    json.push(b']');
    json_value(json)
}

/// Returns the JSON form of `value`, as an array's element.
pub(super) fn element_json(ty: &Type, value: ValueRef<'_>) -> Result<String> {
    let mut json = Vec::new();
    types::write_json(ty, value, &mut json);
    String::from_utf8(json).map_err(Error::internal)
}

/// Returns the type of the elements of the array that is argument `index`.
fn element_type(arguments: &Arguments<'_>, index: usize) -> Result<Type> {
    let types = arguments.types()?;
    let array = types.get(index).and_then(Type::element);
    // An untyped array is one of text.
    Ok(array.cloned().unwrap_or(Type::Text))
}

/// `underpin_array(type, elements…)`.
fn array(arguments: &Arguments<'_>) -> Result<Value> {
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

/// `underpin_subscript(type, array, index)`.
fn subscript(arguments: &Arguments<'_>) -> Result<Value> {
    let array = arguments.column_type(0)?;
    let index = usize::try_from(arguments.int(2)? - 1);
    let found = index
        .ok()
        .and_then(|index| Elements::new(arguments.text(1).unwrap_or_default()).nth(index));
    match (found, array.ty.element()) {
        (Some(json), Some(element)) if kind(json) != Kind::Array || element.is_json() => {
            types::from_json(&ColumnType::plain(element.clone()), json)
        }
        _ => Ok(Value::Null),
    }
}

/// Tells whether every element of `right` is in `left`; a null is in no array.
fn contains(left: &str, right: &str) -> Result<Value> {
    let left: std::collections::HashSet<&str> = leaves(left).into_iter().collect();
    let all = leaves(right)
        .into_iter()
        .all(|element| element != "null" && left.contains(element));
    Ok(Value::bool(all))
}

fn overlaps(arguments: &Arguments<'_>) -> Result<Value> {
    let left: std::collections::HashSet<&str> = leaves(arguments.text(0)?).into_iter().collect();
    let any = leaves(arguments.text(1)?)
        .into_iter()
        .any(|element| element != "null" && left.contains(element));
    Ok(Value::bool(any))
}

/// Returns the elements of all dimensions in one list.
fn leaves(array: &str) -> Vec<&str> {
    let mut leaves = Vec::new();
    let mut levels = vec![Elements::new(array)];
    while let Some(level) = levels.last_mut() {
        match level.next() {
            Some(element) if kind(element) == Kind::Array => levels.push(Elements::new(element)),
            Some(element) => leaves.push(element),
            None => {
                levels.pop();
            }
        }
    }
    leaves
}

fn append(arguments: &Arguments<'_>) -> Result<Value> {
    let element = element_json(&element_type(arguments, 0)?, arguments.get(1))?;
    let array = arguments.optional_text(0)?.unwrap_or("[]");
    joined(Elements::new(array).chain([element.as_str()]))
}

fn prepend(arguments: &Arguments<'_>) -> Result<Value> {
    let element = element_json(&element_type(arguments, 1)?, arguments.get(0))?;
    let array = arguments.optional_text(1)?.unwrap_or("[]");
    joined([element.as_str()].into_iter().chain(Elements::new(array)))
}

fn concatenate(arguments: &Arguments<'_>) -> Result<Value> {
    match (arguments.optional_text(0)?, arguments.optional_text(1)?) {
        (None, None) => Ok(Value::Null),
        (Some(only), None) | (None, Some(only)) => Ok(Value::text(only)),
        (Some(left), Some(right)) => match (depth(left), depth(right)) {
            (0, _) => Ok(Value::text(right)),
            (_, 0) => Ok(Value::text(left)),
            // An array of one dimension more takes the other as an element.
            (left_depth, right_depth) if left_depth == right_depth + 1 => {
                joined(Elements::new(left).chain([right]))
            }
            (left_depth, right_depth) if left_depth + 1 == right_depth => {
                joined([left].into_iter().chain(Elements::new(right)))
            }
            _ => joined(Elements::new(left).chain(Elements::new(right))),
        },
    }
}

/// Returns how many dimensions an array has; an empty one has none.
fn depth(array: &str) -> i64 {
    let mut depth = 0;
    let mut level = Some(array);
    while let Some(array) = level.filter(|json| kind(json) == Kind::Array) {
        level = Elements::new(array).next();
        if level.is_none() {
            break;
        }
        depth += 1;
    }
    depth
}

fn cardinality(array: &str) -> i64 {
    i64::try_from(leaves(array).len()).unwrap_or(i64::MAX)
}

/// Returns the length of a dimension, which is its upper bound, or its lower bound, which is always 1.
fn dimension(arguments: &Arguments<'_>, lower: bool) -> Result<Value> {
    let (array, dimension) = (arguments.text(0)?, arguments.int(1)?);
    let json_elements = element_type(arguments, 0)?.is_json();
    let dimensions = if json_elements {
        depth(array).min(1)
    } else {
        depth(array)
    };
    if dimension < 1 || dimension > dimensions {
        return Ok(Value::Null);
    }
    if lower {
        return Ok(Value::Int(1));
    }
    let mut level = array;
    for _ in 1..dimension {
        level = Elements::new(level).next().unwrap_or_default();
    }
    let count = Elements::new(level).count();
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn positions(arguments: &Arguments<'_>) -> Result<Vec<i64>> {
    let Some(array) = arguments.optional_text(0)? else {
        return Ok(Vec::new());
    };
    let wanted = element_json(&element_type(arguments, 0)?, arguments.get(1))?;
    Ok((1..)
        .zip(Elements::new(array))
        .filter(|(_, element)| *element == wanted)
        .map(|(position, _)| position)
        .collect())
}

/// Replaces the elements equal to argument 1, or removes them.
fn replace(arguments: &Arguments<'_>, replacement: Option<&str>) -> Result<Value> {
    let Some(array) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    let wanted = element_json(&element_type(arguments, 0)?, arguments.get(1))?;
    joined(Elements::new(array).filter_map(|element| {
        if element == wanted {
            replacement
        } else {
            Some(element)
        }
    }))
}

fn to_string(arguments: &Arguments<'_>, null: Option<&str>) -> Result<Value> {
    let (Some(array), Some(separator)) = (arguments.optional_text(0)?, arguments.optional_text(1)?)
    else {
        return Ok(Value::Null);
    };
    let column = ColumnType::plain(element_type(arguments, 0)?);
    let mut text = String::new();
    let mut first = true;
    let elements = if column.ty.is_json() {
        Elements::new(array).collect()
    } else {
        leaves(array)
    };
    for json in elements {
        let element = types::from_json(&column, json)?;
        if element.is_null() && null.is_none() {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push_str(separator);
        }
        match null {
            Some(null) if element.is_null() => text.push_str(null),
            _ => types::output(&column.ty, (&element).into(), &mut text),
        }
        super::limits::check_length(text.len())?;
    }
    Ok(Value::text(text))
}

fn trim(arguments: &Arguments<'_>) -> Result<Value> {
    let (array, count) = (arguments.text(0)?, arguments.int(1)?);
    let elements: Vec<&str> = Elements::new(array).collect();
    let kept = usize::try_from(count)
        .ok()
        .and_then(|count| elements.len().checked_sub(count))
        .ok_or_else(|| {
            Error::new(
                Code::new("2202E"),
                format!(
                    "number of elements to trim must be between 0 and {}",
                    elements.len()
                ),
            )
        })?;
    joined(elements.into_iter().take(kept))
}

/// Returns the elements in canonical form, as rows.
fn unnest(arguments: &Arguments<'_>) -> Result<Value> {
    let column = ColumnType::plain(element_type(arguments, 0)?);
    let array = arguments.text(0)?;
    let elements = if column.ty.is_json() {
        Elements::new(array).collect()
    } else {
        leaves(array)
    };
    set::rows(
        elements
            .into_iter()
            .map(|json| types::from_json(&column, json)),
    )
}

fn subscripts(arguments: &Arguments<'_>) -> Result<Value> {
    match dimension(arguments, false)? {
        Value::Int(length) => set::rows((1..=length).map(|index| Ok(Value::Int(index)))),
        _ => set::rows([]),
    }
}

/// Splits text; without separator into characters. Parts equal to `null` become null.
fn string_to_array(arguments: &Arguments<'_>, null: Option<&str>) -> Result<Value> {
    let Some(text) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    let parts: Vec<String> = match arguments.optional_text(1)? {
        _ if text.is_empty() => Vec::new(),
        None => text.chars().map(String::from).collect(),
        Some("") => vec![text.to_owned()],
        Some(separator) => text.split(separator).map(str::to_owned).collect(),
    };
    let parts: Vec<Option<String>> = parts
        .into_iter()
        .map(|part| Some(part).filter(|part| null != Some(part.as_str())))
        .collect();
    Ok(Value::text(json!(parts).to_string()))
}
