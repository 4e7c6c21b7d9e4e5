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

/// A list or a pattern is part of the form that is planned: what it says of now is another time in the next request.
#[test]
fn what_is_said_of_now_is_read_anew_each_time() {
    let schema = "
        create table happenings (id int generated always as identity primary key, at timestamptz default clock_timestamp());
        alter table happenings enable row level security;
        create policy everybody on happenings for all using (true) with check (true);";
    let server = TestServer::start(&Project::new().migration(schema));
    let visitor = server.visitor();
    for count in 0..3 {
        for path in [
            "at=lte(any).{now}",
            "at=lte.now",
            "or=(at.lte(all).{now},id.eq.0)",
        ] {
            let rows = visitor.get(&format!("/rest/v1/happenings?{path}")).json();
            assert_eq!(rows.as_array().map(Vec::len), Some(count), "{path}");
        }
        let made = visitor.post("/rest/v1/happenings", &json!({}));
        assert_eq!(made.status, 201, "{}", made.text());
    }
}
