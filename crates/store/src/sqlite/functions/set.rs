//! Functions that return rows. SQLite reads them by `json_each` from a JSON array of canonical values; a row of several columns is
//! an array in it.

use serde_json::{Value as Json, json};
use underpin_base::{Error, Result, Value};

use super::limits::check_rows;

/// Returns rows of one column.
pub(super) fn rows(values: impl IntoIterator<Item = Result<Value>>) -> Result<Value> {
    let mut rows = Vec::new();
    for value in values {
        rows.push(cell(value?)?);
        check_rows(rows.len())?;
    }
    Ok(Value::text(Json::from(rows).to_string()))
}

/// Returns rows of two columns.
pub(super) fn pairs(values: impl IntoIterator<Item = Result<(Value, Value)>>) -> Result<Value> {
    let mut rows = Vec::new();
    for pair in values {
        let (first, second) = pair?;
        rows.push(json!([cell(first)?, cell(second)?]));
        check_rows(rows.len())?;
    }
    Ok(Value::text(Json::from(rows).to_string()))
}

fn cell(value: Value) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Int(value) => json!(value),
        Value::Float(value) => json!(value),
        Value::Text(text) => json!(&*text),
        // JSON has no bytes.
        Value::Bytes(_) => return Err(Error::internal("rows of bytes")),
    })
}
