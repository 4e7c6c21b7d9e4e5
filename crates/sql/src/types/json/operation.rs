//! Operators of `jsonb` that ask: containment, keys, paths, text of a value.

use std::borrow::Cow;

use underpin_base::Result;

use super::read::{Elements, Members, element, inner_text, member};
use super::scan::{Kind, kind};
use super::{print, unescape};
use crate::types::errors::invalid_parameter;
use crate::types::numeric;

/// Returns what `#>` finds: each step is a key of an object or an index of an array.
pub fn path<'a>(json: &'a str, steps: &[&str]) -> Option<&'a str> {
    let mut value = json;
    for step in steps {
        value = match kind(value) {
            Kind::Object => member(value, step)?,
            Kind::Array => element(value, step.trim().parse().ok()?)?,
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => return None,
        };
    }
    Some(value)
}

/// Returns a value as `->>` gives it: a string without quotes, anything else as `jsonb` prints it, nothing for null.
pub fn to_text(json: &str) -> Option<Cow<'_, str>> {
    match kind(json) {
        Kind::Null => None,
        Kind::String => Some(inner_text(json)),
        Kind::Bool | Kind::Number => Some(Cow::Borrowed(json)),
        Kind::Array | Kind::Object => {
            let mut out = String::with_capacity(json.len() + 8);
            print(json, &mut out);
            Some(Cow::Owned(out))
        }
    }
}

/// Returns a value of type `json` as `->>` gives it: a string without quotes, anything else as it was written.
pub fn to_written_text(json: &str) -> Option<Cow<'_, str>> {
    match kind(json) {
        Kind::Null => None,
        Kind::String => Some(inner_text(json.trim())),
        Kind::Bool | Kind::Number | Kind::Array | Kind::Object => Some(Cow::Borrowed(json)),
    }
}

/// Returns what `jsonb_typeof` says.
pub fn type_name(json: &str) -> &'static str {
    match kind(json) {
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Number => "number",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
    }
}

/// Tells whether `left @> right`, both canonical.
pub fn contains(left: &str, right: &str) -> bool {
    match (kind(left), kind(right)) {
        (Kind::Object, Kind::Object) | (Kind::Array, Kind::Array) => deep_contains(left, right),
        // The exception: an array contains a scalar that is one of its elements.
        (Kind::Array, right_kind) if right_kind != Kind::Object => has_scalar(left, right),
        (Kind::Object | Kind::Array, _) | (_, Kind::Object | Kind::Array) => false,
        _ => scalars_equal(left, right),
    }
}

fn deep_contains(left: &str, right: &str) -> bool {
    match (kind(left), kind(right)) {
        (Kind::Object, Kind::Object) => Members::new(right).all(|(key, wanted)| {
            let mut found = Members::new(left).filter(|(name, _)| *name == key);
            found
                .next()
                .is_some_and(|(_, value)| deep_contains(value, wanted))
        }),
        (Kind::Array, Kind::Array) => Elements::new(right).all(|wanted| {
            if matches!(kind(wanted), Kind::Array | Kind::Object) {
                Elements::new(left).any(|value| deep_contains(value, wanted))
            } else {
                has_scalar(left, wanted)
            }
        }),
        (Kind::Array | Kind::Object, _) | (_, Kind::Array | Kind::Object) => false,
        _ => scalars_equal(left, right),
    }
}

fn has_scalar(array: &str, wanted: &str) -> bool {
    Elements::new(array).any(|value| {
        !matches!(kind(value), Kind::Array | Kind::Object) && scalars_equal(value, wanted)
    })
}

fn scalars_equal(left: &str, right: &str) -> bool {
    left == right
        || kind(left) == Kind::Number
            && kind(right) == Kind::Number
            && numeric::compare(left, right).is_eq()
}

/// Tells whether `json ? key`: a key of an object, a string of an array, or the string itself.
pub fn has_key(json: &str, key: &str) -> bool {
    let is_key = |value: &str| kind(value) == Kind::String && inner_text(value) == key;
    match kind(json) {
        Kind::Object => member(json, key).is_some(),
        Kind::Array => Elements::new(json).any(is_key),
        Kind::String => is_key(json),
        Kind::Null | Kind::Bool | Kind::Number => false,
    }
}

/// Returns the number of elements of an array.
///
/// # Errors
/// `22023` when it is none.
pub fn array_length(json: &str) -> Result<usize> {
    match kind(json) {
        Kind::Array => Ok(Elements::new(json).count()),
        Kind::Object => Err(invalid_parameter("cannot get array length of a non-array")),
        _ => Err(invalid_parameter("cannot get array length of a scalar")),
    }
}

/// Returns the elements of an array, for the function `name` (`jsonb_array_elements`).
///
/// # Errors
/// `22023` when it is none.
pub fn elements<'a>(json: &'a str, name: &str) -> Result<Elements<'a>> {
    match kind(json) {
        Kind::Array => Ok(Elements::new(json)),
        Kind::Object => Err(invalid_parameter("cannot extract elements from an object")),
        _ if name.starts_with("jsonb") => {
            Err(invalid_parameter("cannot extract elements from a scalar"))
        }
        _ => Err(invalid_parameter(format!("cannot call {name} on a scalar"))),
    }
}

/// Returns the members of an object with their keys unescaped, for the function `name` (`jsonb_each`).
///
/// # Errors
/// `22023` when it is none.
pub fn members<'a>(
    json: &'a str,
    name: &str,
) -> Result<impl Iterator<Item = (Cow<'a, str>, &'a str)>> {
    match kind(json) {
        Kind::Object => Ok(Members::new(json)
            .map(|(key, value)| (unescape(key).unwrap_or(Cow::Borrowed(key)), value))),
        Kind::Array if name.ends_with("keys") => {
            Err(invalid_parameter(format!("cannot call {name} on an array")))
        }
        _ if name.ends_with("keys") => {
            Err(invalid_parameter(format!("cannot call {name} on a scalar")))
        }
        _ => Err(invalid_parameter(format!(
            "cannot call {name} on a non-object"
        ))),
    }
}
