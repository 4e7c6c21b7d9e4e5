//! Literals, for what becomes part of the schema.

use std::fmt::Write as _;

use underpin_base::Value;

/// Appends `value` as a literal.
pub(super) fn write(sql: &mut String, value: &Value) {
    match value {
        Value::Null => sql.push_str("NULL"),
        // The smallest integer has no literal: SQLite reads its digits before the sign.
        Value::Int(i64::MIN) => sql.push_str("(-9223372036854775807 - 1)"),
        Value::Int(value) => {
            let _ = write!(sql, "{value}");
        }
        Value::Float(value) if value.is_infinite() => {
            sql.push_str(if *value > 0.0 { "9e999" } else { "-9e999" });
        }
        Value::Float(value) => {
            let _ = write!(sql, "{value:e}");
        }
        Value::Text(text) => write_text(sql, text),
        Value::Bytes(bytes) => {
            sql.push_str("x'");
            write_hex(sql, bytes);
            sql.push('\'');
        }
    }
}

/// Appends `text` as a literal. A text with a NUL, which would end the statement, is written by its bytes.
pub(super) fn write_text(sql: &mut String, text: &str) {
    if text.contains('\0') {
        sql.push_str("CAST(x'");
        write_hex(sql, text.as_bytes());
        sql.push_str("' AS TEXT)");
        return;
    }
    sql.push('\'');
    for character in text.chars() {
        if character == '\'' {
            sql.push('\'');
        }
        sql.push(character);
    }
    sql.push('\'');
}

fn write_hex(sql: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let _ = write!(sql, "{byte:02x}");
    }
}
