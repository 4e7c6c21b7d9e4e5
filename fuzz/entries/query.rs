//! A query string never panics, and one that parses prints back to one that parses to the same.

use underpin_query::ApiSettings;
use underpin_query::request::{Incoming, Parsed, Request};

/// Reads the bytes as a query string.
pub(super) fn query(bytes: &[u8]) {
    if let Ok(query) = std::str::from_utf8(bytes) {
        for path in ["t", "rpc/f"] {
            check(path, query);
        }
    }
}

/// Reads the bytes as the value of a parameter with a grammar of its own; the first byte chooses which.
pub(super) fn select(bytes: &[u8]) {
    const NAMES: [&str; 6] = ["select", "order", "or", "columns", "on_conflict", "a.order"];
    let Some((first, value)) = bytes.split_first() else {
        return;
    };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    // Percent-encoded, every byte is the grammar's alone.
    let encoded: String = value.iter().map(|byte| format!("%{byte:02X}")).collect();
    check("t", &format!("{name}={encoded}&select=*,a(*)"));
}

fn check(path: &str, query: &str) {
    let longest = ApiSettings::default().limits.query_bytes_max;
    let Some(request) = parse(path, query) else {
        return;
    };
    let printed = request.to_query_string();
    if printed.len() <= longest {
        assert_eq!(parse(path, &printed), Some(request), "{printed}");
    }
}

fn parse(path: &str, query: &str) -> Option<Request> {
    let incoming = Incoming {
        method: "GET",
        path,
        query,
        headers: &[],
        body: b"",
        spool: None,
    };
    match Request::parse(&incoming, &ApiSettings::default()) {
        Ok(Parsed::Data(request)) => Some(*request),
        _ => None,
    }
}
