//! A query string never panics, and one that parses prints back to an equal one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use underpin_query::ApiSettings;
use underpin_query::request::{Incoming, Parsed, Request};

fn parse(path: &str, query: &str) -> Option<Request> {
    let incoming = Incoming {
        method: "GET",
        path,
        query,
        headers: &[],
        body: b"",
    };
    match Request::parse(&incoming, &ApiSettings::default()) {
        Ok(Parsed::Data(request)) => Some(*request),
        _ => None,
    }
}

fuzz_target!(|query: &str| {
    let longest = ApiSettings::default().limits.query_bytes_max;
    for path in ["t", "rpc/f"] {
        let Some(request) = parse(path, query) else {
            continue;
        };
        let printed = request.to_query_string();
        if printed.len() <= longest {
            assert_eq!(parse(path, &printed), Some(request), "{printed}");
        }
    }
});
