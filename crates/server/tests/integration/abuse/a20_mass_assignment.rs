//! A20: a column that the system sets cannot be set by adding it to a body.

use serde_json::{Value as Json, json};
use underpin_testkit::{Response, TestServer};

use super::{ADA, BOB, server};

fn state(server: &TestServer) -> (Json, Json) {
    let service = server.service();
    let accounts = service
        .get("/rest/v1/accounts?select=id,name,role,token&order=id")
        .json();
    let notes = service
        .get("/rest/v1/notes?select=id,owner_id,title,words,secret&order=id")
        .json();
    (accounts, notes)
}

#[track_caller]
fn fails(answer: &Response, code: &str) {
    assert!(
        (400..500).contains(&answer.status),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(answer.code(), code, "{}", answer.text());
}

#[test]
fn a20_columns_without_a_grant_cannot_be_written() {
    let server = server();
    let before = state(&server);
    let ada = server.user(ADA);
    let own = format!("/rest/v1/accounts?id=eq.{ADA}");
    fails(&ada.patch(&own, &json!({ "role": "admin" })), "42501");
    fails(
        &ada.patch(&own, &json!({ "name": "A", "role": "admin" })),
        "42501",
    );
    fails(&ada.patch(&own, &json!({ "id": BOB })), "42501");
    fails(
        &ada.patch(&own, &json!({ "token": "bravo-token" })),
        "42501",
    );
    let carol = "00000000-0000-4000-8000-00000000000c";
    let new = server.user(carol);
    let row = json!({ "id": carol, "name": "Carol", "role": "admin", "token": "t" });
    fails(&new.post("/rest/v1/accounts", &row), "42501");
    fails(&new.post("/rest/v1/accounts", &json!([row])), "42501");
    fails(
        &new.post("/rest/v1/accounts?columns=id,name,role", &row),
        "42501",
    );
    let upsert = ada.header("prefer", "resolution=merge-duplicates");
    fails(
        &upsert.post(
            "/rest/v1/accounts",
            &json!({ "id": ADA, "name": "A", "role": "admin" }),
        ),
        "42501",
    );
    assert_eq!(state(&server), before);
}

#[test]
fn a20_a_row_cannot_be_given_to_somebody_else() {
    let server = server();
    let before = state(&server);
    let ada = server.user(ADA);
    fails(
        &ada.post("/rest/v1/notes", &json!({ "title": "x", "owner_id": BOB })),
        "42501",
    );
    let both = json!([{ "title": "x", "owner_id": ADA }, { "title": "y", "owner_id": BOB }]);
    fails(&ada.post("/rest/v1/notes", &both), "42501");
    fails(
        &ada.patch("/rest/v1/notes?id=eq.1", &json!({ "owner_id": BOB })),
        "42501",
    );
    // Somebody else's row is not there to be changed.
    let answer = ada
        .header("prefer", "count=exact")
        .patch("/rest/v1/notes?id=eq.2", &json!({ "owner_id": ADA }));
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (204, Some("*/0"))
    );
    let answer = ada
        .header("prefer", "count=exact")
        .delete("/rest/v1/notes?id=eq.2");
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (204, Some("*/0"))
    );
    assert_eq!(state(&server), before);
}

#[test]
fn a20_generated_columns_are_generated() {
    let server = server();
    let before = state(&server);
    let ada = server.user(ADA);
    fails(
        &ada.post("/rest/v1/notes", &json!({ "title": "x", "id": 99 })),
        "428C9",
    );
    fails(
        &ada.post("/rest/v1/notes", &json!({ "title": "x", "words": 99 })),
        "428C9",
    );
    fails(
        &ada.patch("/rest/v1/notes?id=eq.1", &json!({ "id": 99 })),
        "428C9",
    );
    fails(
        &ada.patch("/rest/v1/notes?id=eq.1", &json!({ "words": 99 })),
        "428C9",
    );
    fails(
        &ada.post("/rest/v1/notes", &json!({ "title": "x", "rowid": 99 })),
        "PGRST204",
    );
    assert_eq!(state(&server), before);
}
