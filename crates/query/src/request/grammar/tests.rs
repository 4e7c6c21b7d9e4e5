use underpin_base::{Details, Limits};

use crate::ApiSettings;
use crate::request::{Incoming, Parsed, Request};

fn parse(query: &str, limits: Limits) -> underpin_base::Result<Request> {
    let settings = ApiSettings {
        limits,
        ..ApiSettings::default()
    };
    let incoming = Incoming {
        method: "GET",
        path: "t",
        query,
        headers: &[],
        body: b"",
        spool: None,
    };
    match Request::parse(&incoming, &settings)? {
        Parsed::Data(request) => Ok(*request),
        other => panic!("{query} gave {other:?}"),
    }
}

/// Checks that `query` parses, that it reads `canonical` when printed, and that what was printed parses to the same.
#[track_caller]
fn check(query: &str, canonical: &str) {
    let request = match parse(query, Limits::default()) {
        Ok(request) => request,
        Err(error) => panic!("{query}: {error}"),
    };
    let printed: Vec<String> = request
        .parameters()
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(printed.join("&"), canonical, "{query}");
    let again = parse(&request.to_query_string(), Limits::default());
    assert_eq!(again.ok(), Some(request), "{query}");
}

/// Checks a query string whose form is the canonical one.
#[track_caller]
fn check_same(query: &str) {
    check(query, query);
}

/// Checks that `query` is refused with PGRST100, with this message and these details.
#[track_caller]
fn check_error(query: &str, message: &str, details: &str) {
    let error = parse(query, Limits::default()).expect_err(query);
    let found = match error.get_details() {
        Some(Details::Text(text)) => text.as_str(),
        _ => "",
    };
    assert_eq!(
        (error.code().as_str(), error.message(), found),
        ("PGRST100", message, details),
        "{query}"
    );
}

mod errors;
mod filters;
mod limits;
mod orders;
mod selects;
