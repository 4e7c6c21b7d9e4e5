//! Operators and functions of arrays, on canonical texts.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::canonical::DIMENSIONS_MAX;
use crate::types::io::{from_json_value, output, write_json};
use crate::types::json::{Elements, Kind, array_of, kind, write_json_string};
use crate::types::{ColumnType, Type, compare};

/// Returns all elements in order, those of inner arrays too.
pub fn unnest(element: &Type, array: &str) -> Vec<Value> {
    let column = ColumnType::plain(element.clone());
    let mut values = Vec::new();
    each_leaf(element, array, &mut |item| {
        values.push(from_json_value(&column, item).unwrap_or_default());
    });
    values
}

fn each_leaf<'a>(element: &Type, array: &'a str, visit: &mut dyn FnMut(&'a str)) {
    for item in Elements::new(array) {
        if kind(item) == Kind::Array && !element.is_json() {
            each_leaf(element, item, visit);
        } else {
            visit(item);
        }
    }
}

/// Returns an array of one dimension with these elements.
pub fn from_values<'a>(element: &Type, values: impl IntoIterator<Item = ValueRef<'a>>) -> String {
    let mut out = vec![b'['];
    for value in values {
        if out.len() > 1 {
            out.push(b',');
        }
        write_json(element, value, &mut out);
    }
    out.push(b']');
    // Only JSON of texts was written.
    String::from_utf8(out).unwrap_or_default()
}

fn equal(element: &Type, left: &Value, right: &Value) -> bool {
    // Null is equal to nothing here.
    !left.is_null()
        && !right.is_null()
        && compare(element, ValueRef::from(left), ValueRef::from(right)).is_eq()
}

/// Tells whether `left @> right`: each element of `right` is one of `left`.
pub fn contains(element: &Type, left: &str, right: &str) -> bool {
    let left = unnest(element, left);
    let mut wanted = unnest(element, right).into_iter();
    wanted.all(|wanted| left.iter().any(|value| equal(element, value, &wanted)))
}

/// Tells whether `left && right`: they have an element in common.
pub fn overlaps(element: &Type, left: &str, right: &str) -> bool {
    let left = unnest(element, left);
    let mut others = unnest(element, right).into_iter();
    others.any(|other| left.iter().any(|value| equal(element, value, &other)))
}

/// Returns the lengths of the dimensions, outermost first; none for an empty array.
pub fn dimensions(element: &Type, array: &str) -> Vec<usize> {
    let mut lengths = Vec::new();
    let mut part = Some(array);
    while let Some(array) = part {
        let count = Elements::new(array).count();
        if count == 0 {
            break;
        }
        lengths.push(count);
        let first = Elements::new(array).next();
        part = first.filter(|item| kind(item) == Kind::Array && !element.is_json());
    }
    lengths
}

/// Returns the number of elements in all dimensions.
pub fn cardinality(element: &Type, array: &str) -> usize {
    let mut count = 0;
    each_leaf(element, array, &mut |_| count += 1);
    count
}

/// Returns `array_length(array, dimension)`.
pub fn length(element: &Type, array: &str, dimension: i64) -> Option<usize> {
    let place = usize::try_from(dimension).ok()?.checked_sub(1)?;
    dimensions(element, array).get(place).copied()
}

/// Returns `left || right` of two arrays; one of one dimension less becomes a part of the other.
///
/// # Errors
/// `2202E` when the dimensions do not fit.
pub fn concat(element: &Type, left: &str, right: &str) -> Result<String> {
    let (left_lengths, right_lengths) = (dimensions(element, left), dimensions(element, right));
    if left_lengths.is_empty() {
        return Ok(right.to_owned());
    }
    if right_lengths.is_empty() {
        return Ok(left.to_owned());
    }
    let inner = |lengths: &[usize]| lengths.get(1..).unwrap_or_default().to_vec();
    if inner(&left_lengths) == inner(&right_lengths) {
        return Ok(array_of(Elements::new(left).chain(Elements::new(right))));
    }
    if inner(&left_lengths) == right_lengths {
        return Ok(array_of(Elements::new(left).chain([right])));
    }
    if inner(&right_lengths) == left_lengths {
        return Ok(array_of([left].into_iter().chain(Elements::new(right))));
    }
    Err(
        Error::new(Code::new("2202E"), "cannot concatenate incompatible arrays")
            .details("Arrays with differing dimensions are not compatible for concatenation."),
    )
}

fn element_json(element: &Type, value: ValueRef<'_>) -> String {
    let mut out = Vec::new();
    write_json(element, value, &mut out);
    // Only JSON of texts was written.
    String::from_utf8(out).unwrap_or_default()
}

fn one_dimension(element: &Type, array: &str) -> Result<()> {
    if dimensions(element, array).len() > 1 {
        return Err(Error::new(
            Code::new("22000"),
            "argument must be empty or one-dimensional array",
        ));
    }
    Ok(())
}

/// Returns the array with `value` at its end.
///
/// # Errors
/// `22000` when it has several dimensions; so for [`prepend`].
pub fn append(element: &Type, array: &str, value: ValueRef<'_>) -> Result<String> {
    one_dimension(element, array)?;
    let json = element_json(element, value);
    Ok(array_of(Elements::new(array).chain([json.as_str()])))
}

/// Returns the array with `value` before its first element.
///
/// # Errors
/// See [`append`].
pub fn prepend(element: &Type, value: ValueRef<'_>, array: &str) -> Result<String> {
    one_dimension(element, array)?;
    let json = element_json(element, value);
    Ok(array_of(
        [json.as_str()].into_iter().chain(Elements::new(array)),
    ))
}

/// Returns the places of `value`, counted from 1; null is found too.
///
/// # Errors
/// `0A000` when the array has several dimensions.
pub fn positions(element: &Type, array: &str, value: ValueRef<'_>) -> Result<Vec<i64>> {
    if dimensions(element, array).len() > 1 {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "searching for elements in multidimensional arrays is not supported",
        ));
    }
    let values = unnest(element, array);
    let matching = values
        .iter()
        .zip(1..)
        .filter(|(item, _)| compare(element, ValueRef::from(*item), value).is_eq());
    Ok(matching.map(|(_, place)| place).collect())
}

/// Returns the array without `value`; null is removed too.
///
/// # Errors
/// `0A000` when the array has several dimensions.
pub fn remove(element: &Type, array: &str, value: ValueRef<'_>) -> Result<String> {
    if dimensions(element, array).len() > 1 {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "removing elements from multidimensional arrays is not supported",
        ));
    }
    let values = unnest(element, array);
    let kept = values.iter().map(ValueRef::from);
    Ok(from_values(
        element,
        kept.filter(|item| !compare(element, *item, value).is_eq()),
    ))
}

/// Returns the array with `new` in the place of each `old`, in all dimensions.
pub fn replace(element: &Type, array: &str, old: ValueRef<'_>, new: ValueRef<'_>) -> String {
    let column = ColumnType::plain(element.clone());
    let items: Vec<String> = Elements::new(array)
        .map(|item| {
            if kind(item) == Kind::Array && !element.is_json() {
                return replace(element, item, old, new);
            }
            let value = from_json_value(&column, item).unwrap_or_default();
            if compare(element, ValueRef::from(&value), old).is_eq() {
                element_json(element, new)
            } else {
                item.to_owned()
            }
        })
        .collect();
    array_of(items.iter().map(String::as_str))
}

/// Returns `array[index]`, counted from 1; null when there is no such element, or when that is an array itself.
pub fn subscript(element: &Type, array: &str, index: i64) -> Value {
    let place = usize::try_from(index).ok().and_then(|it| it.checked_sub(1));
    let item = place.and_then(|place| Elements::new(array).nth(place));
    match item {
        Some(item) if element.is_json() || kind(item) != Kind::Array => {
            from_json_value(&ColumnType::plain(element.clone()), item).unwrap_or_default()
        }
        _ => Value::Null,
    }
}

/// Returns `array[from:to]`; without a bound, as far as there are elements.
pub fn slice(array: &str, from: Option<i64>, to: Option<i64>) -> String {
    let (from, to) = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
    let items = Elements::new(array).zip(1..);
    array_of(
        items
            .filter(|(_, place)| (from..=to).contains(place))
            .map(|(item, _)| item),
    )
}

/// Returns `array_to_string(array, delimiter, null)`; nulls are left out when there is no text for them.
pub fn to_string(element: &Type, array: &str, delimiter: &str, null: Option<&str>) -> String {
    let mut out = String::new();
    let mut first = true;
    for value in unnest(element, array) {
        if value.is_null() && null.is_none() {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push_str(delimiter);
        }
        match null {
            Some(null) if value.is_null() => out.push_str(null),
            _ => output(element, ValueRef::from(&value), &mut out),
        }
    }
    out
}

/// Returns `string_to_array(text, delimiter, null)`: without delimiter each character is an element; parts that are `null` are nulls.
pub fn from_string(text: &str, delimiter: Option<&str>, null: Option<&str>) -> String {
    let parts: Vec<&str> = match delimiter {
        _ if text.is_empty() => Vec::new(),
        None => text.split("").filter(|part| !part.is_empty()).collect(),
        Some("") => vec![text],
        Some(delimiter) => text.split(delimiter).collect(),
    };
    let mut out = vec![b'['];
    for part in parts {
        if out.len() > 1 {
            out.push(b',');
        }
        if null == Some(part) {
            out.extend_from_slice(b"null");
        } else {
            write_json_string(part, &mut out);
        }
    }
    out.push(b']');
    // Only JSON of texts was written.
    String::from_utf8(out).unwrap_or_default()
}

/// Returns `array_fill(value, lengths)`.
///
/// # Errors
/// `54000` when it would have too many elements or dimensions.
pub fn fill(element: &Type, value: ValueRef<'_>, lengths: &[usize]) -> Result<String> {
    /// Most elements that are made this way.
    const ELEMENTS_MAX: usize = 1_000_000;
    let total = lengths
        .iter()
        .try_fold(1usize, |product, length| product.checked_mul(*length));
    if lengths.len() > DIMENSIONS_MAX || total.is_none_or(|it| it > ELEMENTS_MAX) {
        return Err(Error::new(
            Code::new("54000"),
            "array size exceeds the maximum allowed",
        ));
    }
    if lengths.is_empty() || total == Some(0) {
        return Ok("[]".to_owned());
    }
    let mut part = element_json(element, value);
    for length in lengths.iter().rev() {
        part = array_of(std::iter::repeat_n(part.as_str(), *length));
    }
    Ok(part)
}

/// Reads the elements of `text[]` as they are, for callers that take a list of keys or paths; nulls are nothing.
pub fn texts(array: &str) -> Vec<Option<String>> {
    let values = unnest(&Type::Text, array).into_iter();
    values
        .map(|value| value.as_text().map(str::to_owned))
        .collect()
}
