//! Operators of `jsonb` that make a new value: concatenation, deletion, setting, stripping. All take and return canonical text.

use std::borrow::Cow;

use underpin_base::{Code, Error, Result};

use super::canonical::key_order;
use super::read::{Elements, Members};
use super::scan::{Kind, kind, unescape};
use super::write::push_json_string;
use crate::types::errors::invalid_parameter;

/// Returns an array of the given canonical values.
pub fn array_of<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(item);
    }
    out.push(']');
    out
}

/// Returns an object of the given keys and canonical values; of equal keys the last counts.
pub fn object_of<'a>(members: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> String {
    let mut members: Vec<(Cow<'a, str>, Cow<'a, str>)> = members.into_iter().collect();
    members.sort_by(|(left, _), (right, _)| key_order(left, right));
    let mut out = String::from("{");
    for (index, (key, value)) in members.iter().enumerate() {
        if members.get(index + 1).is_some_and(|(next, _)| next == key) {
            continue;
        }
        if out.len() > 1 {
            out.push(',');
        }
        push_json_string(key, &mut out);
        out.push(':');
        out.push_str(value);
    }
    out.push('}');
    out
}

fn members(json: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    Members::new(json).map(|(key, value)| {
        let key = unescape(key).unwrap_or(Cow::Borrowed(key));
        (key, Cow::Borrowed(value))
    })
}

fn is_scalar(json: &str) -> bool {
    !matches!(kind(json), Kind::Array | Kind::Object)
}

fn is_empty(json: &str) -> bool {
    matches!(json, "[]" | "{}")
}

/// Returns `left || right`: objects are merged, anything else becomes one array.
pub fn concat(left: &str, right: &str) -> String {
    if (kind(left), kind(right)) == (Kind::Object, Kind::Object) {
        return object_of(members(left).chain(members(right)));
    }
    let items = |json| -> Vec<&str> {
        if kind(json) == Kind::Array {
            Elements::new(json).collect()
        } else {
            vec![json]
        }
    };
    array_of(items(left).into_iter().chain(items(right)))
}

/// Returns `json - keys`: without these members, or without these strings of an array.
///
/// # Errors
/// `22023` when it is a scalar.
pub fn delete_keys(json: &str, keys: &[&str]) -> Result<String> {
    match kind(json) {
        Kind::Object => {
            let kept = members(json).filter(|(key, _)| !keys.contains(&&**key));
            Ok(object_of(kept))
        }
        Kind::Array => {
            let is_kept = |item: &&str| {
                kind(item) != Kind::String || !keys.contains(&&*super::inner_text(item))
            };
            Ok(array_of(Elements::new(json).filter(is_kept)))
        }
        _ => Err(invalid_parameter("cannot delete from scalar")),
    }
}

/// Returns `json - index`: without this element of an array, counted from the end when negative.
///
/// # Errors
/// `22023` when it is no array.
pub fn delete_index(json: &str, index: i64) -> Result<String> {
    match kind(json) {
        Kind::Array => {
            let place = place(index, Elements::new(json).count());
            let items = Elements::new(json).zip(0i64..);
            Ok(array_of(
                items.filter(|(_, at)| *at != place).map(|(item, _)| item),
            ))
        }
        Kind::Object => Err(invalid_parameter(
            "cannot delete from object using integer index",
        )),
        _ => Err(invalid_parameter("cannot delete from scalar")),
    }
}

/// Returns the place of an index that counts from the end when negative; it may lie outside.
fn place(index: i64, count: usize) -> i64 {
    if index < 0 {
        index.saturating_add(count as i64)
    } else {
        index
    }
}

/// What is done at the end of a path.
#[derive(Clone, Copy)]
enum Change<'a> {
    Delete,
    Set { value: &'a str, create: bool },
    Insert { value: &'a str, after: bool },
}

/// Returns `json #- path`.
///
/// # Errors
/// `22023` when it is a scalar, `22P02` when a step into an array is no number.
pub fn delete_path(json: &str, path: &[&str]) -> Result<String> {
    if is_scalar(json) {
        return Err(invalid_parameter("cannot delete path in scalar"));
    }
    if is_empty(json) {
        return Ok(json.to_owned());
    }
    change(json, path, 1, Change::Delete)
}

/// Returns `jsonb_set(json, path, value, create)`.
///
/// # Errors
/// See [`delete_path`].
pub fn set(json: &str, path: &[&str], value: &str, create: bool) -> Result<String> {
    if is_scalar(json) {
        return Err(invalid_parameter("cannot set path in scalar"));
    }
    if is_empty(json) && !create {
        return Ok(json.to_owned());
    }
    change(json, path, 1, Change::Set { value, create })
}

/// Returns `jsonb_insert(json, path, value, after)`.
///
/// # Errors
/// See [`delete_path`]; `22023` when the key exists.
pub fn insert(json: &str, path: &[&str], value: &str, after: bool) -> Result<String> {
    if is_scalar(json) {
        return Err(invalid_parameter("cannot set path in scalar"));
    }
    change(json, path, 1, Change::Insert { value, after })
}

/// Changes what `path` leads to; the depth of the recursion is at most that of `json`.
fn change(json: &str, path: &[&str], position: usize, what: Change<'_>) -> Result<String> {
    let Some((step, rest)) = path.split_first() else {
        return Ok(json.to_owned());
    };
    match kind(json) {
        Kind::Object => change_member(json, step, rest, position, what),
        Kind::Array => {
            let index: i64 = step.trim().parse().map_err(|_| {
                Error::new(
                    Code::INVALID_TEXT,
                    format!("path element at position {position} is not an integer: \"{step}\""),
                )
            })?;
            change_element(json, index, rest, position, what)
        }
        _ => Ok(json.to_owned()),
    }
}

fn change_member(
    json: &str,
    step: &str,
    rest: &[&str],
    position: usize,
    what: Change<'_>,
) -> Result<String> {
    let mut changed = Vec::new();
    let mut found = false;
    for (key, value) in members(json) {
        if key != step {
            changed.push((key, value));
            continue;
        }
        found = true;
        if !rest.is_empty() {
            let value = change(&value, rest, position + 1, what)?;
            changed.push((key, Cow::Owned(value)));
            continue;
        }
        match what {
            Change::Delete => {}
            Change::Set { value, .. } => changed.push((key, Cow::Borrowed(value))),
            Change::Insert { .. } => {
                return Err(invalid_parameter("cannot replace existing key")
                    .hint("Try using the function jsonb_set to replace key value."));
            }
        }
    }
    if !found && rest.is_empty() {
        match what {
            Change::Set {
                value,
                create: true,
            }
            | Change::Insert { value, .. } => {
                changed.push((Cow::Borrowed(step), Cow::Borrowed(value)));
            }
            Change::Set { .. } | Change::Delete => {}
        }
    }
    Ok(object_of(changed))
}

fn change_element(
    json: &str,
    index: i64,
    rest: &[&str],
    position: usize,
    what: Change<'_>,
) -> Result<String> {
    let count = Elements::new(json).count();
    let place = place(index, count);
    let mut changed: Vec<Cow<'_, str>> = Vec::with_capacity(count + 1);
    for (item, at) in Elements::new(json).zip(0i64..) {
        if at != place {
            changed.push(Cow::Borrowed(item));
            continue;
        }
        if !rest.is_empty() {
            changed.push(Cow::Owned(change(item, rest, position + 1, what)?));
            continue;
        }
        match what {
            Change::Delete => {}
            Change::Set { value, .. } => changed.push(Cow::Borrowed(value)),
            Change::Insert { value, after: true } => {
                changed.extend([Cow::Borrowed(item), Cow::Borrowed(value)]);
            }
            Change::Insert { value, .. } => {
                changed.extend([Cow::Borrowed(value), Cow::Borrowed(item)]);
            }
        }
    }
    let outside = !(0..count as i64).contains(&place);
    if outside && rest.is_empty() {
        match what {
            Change::Set {
                value,
                create: true,
            }
            | Change::Insert { value, .. } => {
                let at = if place < 0 { 0 } else { changed.len() };
                changed.insert(at, Cow::Borrowed(value));
            }
            Change::Set { .. } | Change::Delete => {}
        }
    }
    Ok(array_of(changed.iter().map(|item| &**item)))
}

/// Returns the value without members that are null, at any depth.
pub fn strip_nulls(json: &str) -> String {
    match kind(json) {
        Kind::Object => {
            let kept = members(json).filter(|(_, value)| kind(value) != Kind::Null);
            object_of(kept.map(|(key, value)| (key, Cow::Owned(strip_nulls(&value)))))
        }
        Kind::Array => {
            let items: Vec<String> = Elements::new(json).map(strip_nulls).collect();
            array_of(items.iter().map(String::as_str))
        }
        _ => json.to_owned(),
    }
}

/// Returns the value on many lines, as `jsonb_pretty` prints it.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    write_pretty(json, 0, &mut out);
    out
}

fn write_pretty(json: &str, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    };
    match kind(json) {
        Kind::Object => {
            out.push('{');
            for (index, (key, value)) in Members::new(json).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                out.push('"');
                out.push_str(key);
                out.push_str("\": ");
                write_pretty(value, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (index, value) in Elements::new(json).enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth + 1, out);
                write_pretty(value, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        _ => out.push_str(json),
    }
}
