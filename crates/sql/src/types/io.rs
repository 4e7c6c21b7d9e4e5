//! Input and output of every type; each family of types has its file.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::{ColumnType, Type};

/// Reads PostgreSQL's text of type `ty` into canonical form.
///
/// # Errors
/// PostgreSQL's own, with its code and message: `22P02` for a text that is not of the type, `22003`, `22007`, `22008` for values out of range.
pub fn input(ty: &Type, text: &str) -> Result<Value> {
    let _ = ty;
    Err(Error::new(Code::INVALID_TEXT, text))
}

/// Reads PostgreSQL's text for a column or cast of `column`: [`input`], then the modifier as an assignment applies it.
///
/// # Errors
/// Those of [`input`], and `22001` for a text that is too long.
pub fn input_column(column: &ColumnType, text: &str) -> Result<Value> {
    input(&column.ty, text)
}

/// Reads a JSON value (its text) for a column, as `json_populate_record` does: strings are read as the type's text, other
/// scalars by their text, `null` is null, and `json`/`jsonb` columns take it whole.
///
/// # Errors
/// Those of [`input_column`].
pub fn from_json(column: &ColumnType, json: &str) -> Result<Value> {
    input_column(column, json)
}

/// Appends the text that PostgreSQL's output function gives; nothing for null.
pub fn output(ty: &Type, value: ValueRef<'_>, out: &mut String) {
    let _ = (ty, value, out);
}

/// Appends the JSON that PostgreSQL's `to_json` gives, without white space.
pub fn write_json(ty: &Type, value: ValueRef<'_>, out: &mut Vec<u8>) {
    let _ = (ty, value, out);
}

/// Appends `text` as a JSON string in quotes.
pub fn write_json_string(text: &str, out: &mut Vec<u8>) {
    let _ = (text, out);
}

/// Converts a value of type `from` to `to`, as an explicit cast does.
///
/// # Errors
/// PostgreSQL's own: `42846` when there is no such cast, and those of [`input`].
pub fn cast(from: &Type, to: &ColumnType, value: ValueRef<'_>) -> Result<Value> {
    let _ = (from, value);
    input_column(to, "")
}
