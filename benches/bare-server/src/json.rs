//! JSON as it grows.

use std::io::Write;

/// Writes a text.
pub(crate) fn text(body: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(body, text);
}

/// Returns people with their documents as an array, of one name, number and title for each document.
pub(crate) fn people<'r>(rows: impl Iterator<Item = (&'r str, i64, &'r str)>) -> Vec<u8> {
    let mut body = Vec::with_capacity(16 << 10);
    body.push(b'[');
    let mut person: Option<&str> = None;
    for (name, id, title) in rows {
        if person == Some(name) {
            body.push(b',');
        } else {
            if person.is_some() {
                body.extend_from_slice(b"]},");
            }
            body.extend_from_slice(b"{\"name\":");
            text(&mut body, name);
            body.extend_from_slice(b",\"documents\":[");
            person = Some(name);
        }
        let _ = write!(body, "{{\"id\":{id},\"title\":");
        text(&mut body, title);
        body.push(b'}');
    }
    if person.is_some() {
        body.extend_from_slice(b"]}");
    }
    body.push(b']');
    body
}
