use proptest::prelude::*;

use super::*;
use crate::ApiSettings;
use crate::request::{Incoming, Parsed};

mod generate;

#[test]
fn names_are_quoted_when_they_must_be() {
    for (plain, written) in [
        ("id", "id"),
        ("a b", "a b"),
        ("a-b", "a-b"),
        (" a", "\" a\""),
        ("a.b", "\"a.b\""),
        ("a\"b", "\"a\\\"b\""),
        ("order", "\"order\""),
        ("orders", "orders"),
        ("a-", "\"a-\""),
    ] {
        assert_eq!(name(plain), written);
    }
}

/// Parses `query` as the query string of a request that does the same as `action`.
fn parse(action: &Action, query: &str) -> underpin_base::Result<Request> {
    let (method, path) = match action {
        Action::Read => ("GET", "t"),
        Action::Insert { .. } => ("POST", "t"),
        Action::Update { .. } => ("PATCH", "t"),
        Action::Put { .. } => ("PUT", "t"),
        Action::Delete => ("DELETE", "t"),
        Action::Call { get: true, .. } => ("GET", "rpc/t"),
        Action::Call { get: false, .. } => ("POST", "rpc/t"),
    };
    let incoming = Incoming {
        spool: None,
        method,
        path,
        query,
        headers: &[],
        body: b"{}",
    };
    match Request::parse(&incoming, &ApiSettings::default())? {
        Parsed::Data(request) => Ok(*request),
        other => panic!("{query} gave {other:?}"),
    }
}

/// Checks that what parses prints back to something that parses to the same, and to the same print.
fn check_round_trip(action: &Action, query: &str) {
    let Ok(request) = parse(action, query) else {
        return;
    };
    let printed = request.to_query_string();
    match parse(action, &printed) {
        Ok(again) => assert_eq!(again, request, "{query} printed as {printed}"),
        // The form without abbreviations may be longer than the limit.
        Err(error) => assert_eq!(
            error.code().as_str(),
            "url_too_long",
            "{query} {printed} {error}"
        ),
    }
}

proptest! {
    #[test]
    fn a_request_prints_to_a_query_string_that_parses_to_it(request in generate::request()) {
        let printed = request.to_query_string();
        match parse(&request.action, &printed) {
            Ok(again) => prop_assert_eq!(again, request, "{}", printed),
            Err(error) => prop_assert_eq!(error.code().as_str(), "url_too_long", "{} {}", printed, error),
        }
    }

    #[test]
    fn what_looks_like_a_query_string_prints_back(query in generate::almost_query()) {
        let read = generate::empty(Action::Read);
        check_round_trip(&read.action, &query);
        let call = Action::Call { arguments: Arguments::Text(vec![]), get: true };
        check_round_trip(&call, &query);
    }

    #[test]
    fn no_query_string_panics(query in "\\PC*") {
        check_round_trip(&Action::Read, &query);
        check_round_trip(&Action::Delete, &query);
    }

    #[test]
    fn no_bytes_panic(
        query in any::<String>(),
        path in any::<String>(),
        body in prop::collection::vec(any::<u8>(), 0..200),
        header in any::<String>(),
        method in prop::sample::select(vec!["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "X"]),
        content_type in prop::sample::select(vec!["application/json", "text/csv", "application/x-www-form-urlencoded", "text/plain"]),
    ) {
        for name in ["Accept", "Prefer", "Range", "Range-Unit", "Accept-Profile", "Content-Profile"] {
            let headers = [(name, header.as_str()), ("Content-Type", content_type)];
            for path in [path.as_str(), "t", "rpc/f"] {
                let incoming = Incoming { method, path, query: &query, headers: &headers, body: &body, spool: None };
                let _ = Request::parse(&incoming, &ApiSettings::default());
            }
        }
    }

    #[test]
    fn a_body_that_looks_like_json_does_not_panic(body in generate::almost_json()) {
        let incoming = Incoming { method: "POST", path: "t", query: "", headers: &[], body: body.as_bytes(), spool: None };
        let valid = serde_json::from_str::<serde_json::Value>(&body).is_ok();
        let result = Request::parse(&incoming, &ApiSettings::default());
        prop_assert!(valid || result.is_err());
    }
}
