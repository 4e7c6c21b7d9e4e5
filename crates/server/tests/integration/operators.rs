//! Filters of every operator on columns of every type, as PostgreSQL 15 answers the same condition.
//!
//! `expected/operators.txt` has two lines for each filter: the filter, and, indented, the ids of the rows that it finds or the
//! error's code, message, details and hint.

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, TestServer};

/// Writes what a URL cannot have as it is.
fn encoded(filter: &str) -> String {
    let mut encoded = String::new();
    for byte in filter.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'=' | b'.' | b',' | b'(' | b')' | b'-' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn answer(server: &TestServer, filter: &str) -> Json {
    let path = format!("/rest/v1/samples?select=id&order=id&{}", encoded(filter));
    let answer = server.service().get(&path);
    let body = answer.json();
    match body.as_array() {
        Some(rows) => rows.iter().map(|row| row["id"].clone()).collect(),
        None => json!([body["code"], body["message"], body["details"], body["hint"]]),
    }
}

#[test]
fn filters_answer_as_postgresql() {
    let server =
        TestServer::start(&Project::new().migration(include_str!("expected/operators.sql")));
    let mut lines = include_str!("expected/operators.txt").lines();
    let mut wrong = Vec::new();
    while let (Some(filter), Some(expected)) = (lines.next(), lines.next()) {
        let expected: Json = serde_json::from_str(expected.trim()).unwrap();
        let found = answer(&server, filter);
        if found != expected {
            wrong.push(format!(
                "{filter}\n    expected {expected}\n    answered {found}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
