//! Enumerations: a value is one of the labels.

use underpin_base::{Code, Error, Result, Value};

use super::{EnumType, Type};

/// Reads a label of `named`, which is the type `ty`.
pub(super) fn input(ty: &Type, named: &EnumType, text: &str) -> Result<Value> {
    if named.labels.iter().any(|label| &**label == text) {
        return Ok(Value::text(text));
    }
    Err(Error::new(
        Code::INVALID_TEXT,
        format!("invalid input value for enum {ty}: \"{text}\""),
    ))
}

/// Returns the place of `label` in the declared order; labels that are not declared come last.
pub(super) fn position(named: &EnumType, label: &str) -> usize {
    let found = named.labels.iter().position(|it| &**it == label);
    found.unwrap_or(named.labels.len())
}
