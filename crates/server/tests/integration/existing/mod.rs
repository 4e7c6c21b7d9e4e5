//! Databases that somebody else made: served as they are, with the rules of `policies/*.sql`.

mod mysql;
mod postgres;

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, TestServer};

pub(crate) use postgres::{psql, underpin};

const PROGRAM: &str = env!("CARGO_BIN_EXE_underpin");

/// Who asks: nobody, the secret key, or the user of that number.
fn client(server: &TestServer, who: &str) -> Client {
    match who {
        "anon" => server.visitor(),
        "service" => server.service(),
        user => server.token(&json!({ "sub": user, "role": "authenticated" })),
    }
}

/// Asks `METHOD path`, and returns the status, and the body or of an error its code, message and details.
fn ask(
    server: &TestServer,
    who: &str,
    ask: &str,
    headers: &[(&str, &str)],
    send: Json,
) -> (u16, Json) {
    let mut client = client(server, who).header("content-type", "application/json");
    client = client.header("prefer", "return=representation");
    for (name, value) in headers {
        client = client.header(name, value);
    }
    let (method, path) = ask.split_once(' ').unwrap();
    let body = match send {
        Json::Null => String::new(),
        body => body.to_string(),
    };
    let answer = client.send(method, &format!("/rest/v1/{path}"), body.as_bytes());
    let found: Json = serde_json::from_str(&answer.text()).unwrap_or_default();
    let found = match found.get("code") {
        Some(code) => json!([code, found["message"], found["details"]]),
        None => found,
    };
    (answer.status, found)
}

/// The refusal of a row by `with check`.
fn refused(table: &str) -> Json {
    let message = format!("new row violates row-level security policy for table \"{table}\"");
    json!(["42501", message, null])
}

/// The refusal of a table, view or function.
fn denied(kind: &str, name: &str) -> Json {
    json!([
        "42501",
        format!("permission denied for {kind} {name}"),
        null
    ])
}
