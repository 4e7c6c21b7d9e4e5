//! A38: an error says what the caller did wrong, never how the server is made.

use serde_json::Value as Json;

use super::{ADA, server};

/// What no answer may contain: SQL of ours, the engine's words, paths, source locations.
const INSIDE: &[&str] = &[
    "SELECT",
    "FROM \"",
    "INSERT INTO",
    "WHERE (",
    "sqlite",
    "SQLite",
    "rusqlite",
    "underpin_",
    "/tmp",
    "/home",
    "/root",
    ".rs:",
    "panicked",
    "unwrap",
    "thread '",
    "backtrace",
    "rowid",
    "json_each",
    "#1",
];

/// Reads that are wrong, each in its way.
const READS: &[&str] = &[
    "notes?title=match.(",
    "notes?title=match.[a-",
    "notes?id=eq.abc",
    "notes?id=eq.99999999999999999999",
    "notes?owner_id=eq.not-a-uuid",
    "notes?id=like.1",
    "notes?title=cs.%7Ba%7D",
    "notes?nothing=eq.1",
    "notes?select=nothing",
    "notes?select=id::nothing",
    "notes?select=title::int",
    "notes?select=id::uuid",
    "notes?order=nothing",
    "notes?select=nothing(id)",
    "nothing",
    "accounts?settings-%3Ea=eq.%7B",
    "accounts?settings=cs.%7B",
    "notes?or=(",
    "notes?select=a(b(c",
    "account_tokens?nothing=eq.1",
    "guarded?nothing=eq.1",
];

/// Writes that are wrong, each in its way.
const WRITES: &[(&str, &str)] = &[
    ("notes", "{\"title\":null}"),
    ("notes", "{\"title\":\"x\",\"owner_id\":\"zz\"}"),
    (
        "notes",
        "{\"title\":\"x\",\"owner_id\":\"00000000-0000-4000-8000-00000000000f\"}",
    ),
    ("notes", "{\"nothing\":1}"),
    ("notes", "{]"),
    (
        "accounts",
        "{\"id\":\"00000000-0000-4000-8000-00000000000a\",\"name\":\"x\",\"token\":\"t\"}",
    ),
    (
        "accounts?on_conflict=name",
        "{\"id\":\"00000000-0000-4000-8000-00000000000a\",\"name\":\"x\",\"token\":\"t\"}",
    ),
    (
        "account_tokens",
        "{\"id\":\"00000000-0000-4000-8000-00000000000a\"}",
    ),
];

#[test]
fn a38_errors_show_nothing_of_the_inside() {
    let server = server();
    let ada = server.user(ADA);
    let service = server.service();
    let mut answers = Vec::new();
    for &path in READS {
        answers.push((path, service.get(&format!("/rest/v1/{path}"))));
    }
    for &(path, body) in WRITES {
        let caller = service.header("prefer", "resolution=merge-duplicates");
        let caller = if path.contains('?') {
            &caller
        } else {
            &service
        };
        answers.push((
            path,
            caller.send("POST", &format!("/rest/v1/{path}"), body.as_bytes()),
        ));
    }
    answers.push((
        "jwt",
        server
            .visitor()
            .header("authorization", "Bearer a.b.c")
            .get("/rest/v1/notes"),
    ));
    answers.push((
        "key",
        server
            .visitor()
            .header("apikey", "wrong")
            .get("/rest/v1/notes"),
    ));
    answers.push((
        "policy",
        ada.send("POST", "/rest/v1/guarded", b"{\"id\":2}"),
    ));
    answers.push(("page", server.visitor().get("/nothing/here")));
    for (attempt, answer) in &answers {
        assert!(
            (400..500).contains(&answer.status),
            "{attempt}: {} {}",
            answer.status,
            answer.text()
        );
        for inside in INSIDE {
            assert!(
                !answer.text().contains(inside),
                "{attempt} shows {inside}: {}",
                answer.text()
            );
        }
        if *attempt != "page" {
            let body: Json = answer.json();
            let mut members: Vec<&String> = body.as_object().unwrap().keys().collect();
            members.sort();
            assert_eq!(
                members,
                ["code", "details", "hint", "message"],
                "{attempt}: {}",
                answer.text()
            );
        }
    }
}
