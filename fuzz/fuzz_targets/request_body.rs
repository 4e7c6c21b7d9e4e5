//! A body never panics, whatever its type is said to be; the first byte chooses the type.

#![no_main]

use libfuzzer_sys::fuzz_target;
use underpin_query::ApiSettings;
use underpin_query::request::{Incoming, Request};

const TYPES: [&str; 4] = [
    "application/json",
    "text/csv",
    "application/x-www-form-urlencoded",
    "text/plain",
];

fuzz_target!(|bytes: &[u8]| {
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
        };
        let _ = Request::parse(&incoming, &ApiSettings::default());
    }
});
