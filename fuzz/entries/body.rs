//! A body never panics, whatever its type is said to be, and what is taken for JSON is JSON.

use underpin_query::ApiSettings;
use underpin_query::request::{Incoming, Request};

const TYPES: [&str; 4] = [
    "application/json",
    "text/csv",
    "application/x-www-form-urlencoded",
    "text/plain",
];

/// Reads the bytes as a body; the first byte chooses the type.
pub(super) fn body(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else {
        return;
    };
    let content_type = TYPES[usize::from(*first) % TYPES.len()];
    for (path, query) in [("t", ""), ("t", "columns=a,b"), ("rpc/f", "")] {
        let incoming = Incoming {
            method: "POST",
            path,
            query,
            headers: &[("Content-Type", content_type)],
            body,
            spool: None,
        };
        let read = Request::parse(&incoming, &ApiSettings::default());
        if read.is_ok() && content_type == "application/json" {
            check_json(body);
        }
    }
}

/// An empty body is an empty object, and a mark of the byte order is passed over.
fn check_json(body: &[u8]) {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return;
    }
    let read: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(body);
    assert!(read.is_ok(), "{read:?}");
}
