//! Rows as JSON.

use std::io::Write;

use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::json::{self, text};

/// Returns items as an array.
pub(crate) fn items(rows: &[Row]) -> Vec<u8> {
    array(rows, |body, row| {
        item(body, row);
        body.push(b'}');
    })
}

/// Returns items, each with the name of its owner after it, as an array.
pub(crate) fn items_with_owner(rows: &[Row]) -> Vec<u8> {
    array(rows, |body, row| {
        item(body, row);
        body.extend_from_slice(b",\"people\":{\"name\":");
        text(body, row.get(8));
        body.extend_from_slice(b"}}");
    })
}

/// Returns people with their documents as an array, of rows of one document each.
pub(crate) fn people(rows: &[Row]) -> Vec<u8> {
    json::people(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))))
}

fn array(rows: &[Row], write: impl Fn(&mut Vec<u8>, &Row)) -> Vec<u8> {
    let mut body = Vec::with_capacity(512 * rows.len() + 2);
    body.push(b'[');
    for row in rows {
        if body.len() > 1 {
            body.push(b',');
        }
        write(&mut body, row);
    }
    body.push(b']');
    body
}

/// Writes the members of an item, without the brace at the end.
fn item(body: &mut Vec<u8>, row: &Row) {
    let (id, owner, category): (i64, Uuid, i32) = (row.get(0), row.get(1), row.get(2));
    // Writing to memory cannot fail.
    let _ = write!(
        body,
        "{{\"id\":{id},\"owner\":\"{owner}\",\"category\":{category},\"title\":"
    );
    text(body, row.get(3));
    body.extend_from_slice(b",\"body\":");
    text(body, row.get(4));
    let price_minor: i32 = row.get(5);
    let _ = write!(body, ",\"price_minor\":{price_minor},\"status\":");
    text(body, row.get(6));
    let created_at: Timestamp = row.get(7);
    let _ = write!(body, ",\"created_at\":\"{created_at}");
    // The sign of Greenwich, which PostgreSQL writes as an offset.
    body.pop();
    body.extend_from_slice(b"+00:00\"");
}
