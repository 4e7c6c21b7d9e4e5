//! The errors of type input, in PostgreSQL's words.

use underpin_base::{Code, Error};

/// Returns `22P02`: `text` is not of the type.
pub(super) fn invalid(type_name: &str, text: &str) -> Error {
    Error::new(
        Code::INVALID_TEXT,
        format!("invalid input syntax for type {type_name}: \"{text}\""),
    )
}

/// Returns `22003`: the number that `text` tells does not fit the type.
pub(super) fn value_out_of_range(type_name: &str, text: &str) -> Error {
    Error::new(
        Code::NUMERIC_OUT_OF_RANGE,
        format!("value \"{text}\" is out of range for type {type_name}"),
    )
}

/// Returns `22003`: the result of a cast or of arithmetic does not fit the type.
pub(super) fn out_of_range(type_name: &str) -> Error {
    Error::new(
        Code::NUMERIC_OUT_OF_RANGE,
        format!("{type_name} out of range"),
    )
}

/// Returns `22012`.
pub(super) fn division_by_zero() -> Error {
    Error::new(Code::DIVISION_BY_ZERO, "division by zero")
}

/// Returns `22023` with `message`.
pub(super) fn invalid_parameter(message: impl Into<String>) -> Error {
    Error::new(Code::INVALID_PARAMETER, message)
}

/// Tells whether `character` is white space to C's `isspace`, as PostgreSQL's input functions skip it.
pub(super) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// Returns `text` without white space around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}
