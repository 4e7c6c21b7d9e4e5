//! Rows as JSON.

use std::io::Write;

use mysql_async::{Row, Value};

use crate::json::text;

/// Returns items as an array, each with the name of its owner after it when the rows have one.
pub(crate) fn items(rows: Vec<Row>) -> Vec<u8> {
    let mut body = Vec::with_capacity(512 * rows.len() + 2);
    body.push(b'[');
    for row in rows {
        if body.len() > 1 {
            body.push(b',');
        }
        item(&mut body, row.unwrap_raw());
    }
    body.push(b']');
    body
}

/// The members of an item, in their order.
const MEMBERS: [&str; 9] = [
    "{\"id\":",
    ",\"owner\":",
    ",\"category\":",
    ",\"title\":",
    ",\"body\":",
    ",\"price_minor\":",
    ",\"status\":",
    ",\"created_at\":",
    ",\"people\":{\"name\":",
];

fn item(body: &mut Vec<u8>, values: Vec<Option<Value>>) {
    let with_owner = values.len() == MEMBERS.len();
    for (member, value) in MEMBERS.iter().zip(values) {
        body.extend_from_slice(member.as_bytes());
        match value {
            Some(Value::Int(number)) => {
                // Writing to memory cannot fail.
                let _ = write!(body, "{number}");
            }
            Some(Value::Bytes(bytes)) => text(body, &String::from_utf8_lossy(&bytes)),
            Some(Value::Date(year, month, day, hour, minute, second, micro)) => {
                let _ = write!(
                    body,
                    "\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
                );
                if micro > 0 {
                    let _ = write!(body, ".{micro:06}");
                }
                body.extend_from_slice(b"+00:00\"");
            }
            _ => body.extend_from_slice(b"null"),
        }
    }
    body.extend_from_slice(if with_owner { b"}}" } else { b"}" });
}
