//! A23: whatever stands where a name or value is expected stays a name or value.

use serde_json::json;

use super::{hides, server};

/// Text that would end, extend or comment out a statement if it were pasted into one.
const TEXTS: &[&str] = &[
    "id\" --",
    "id\"; drop table notes; --",
    "id'; drop table notes; --",
    "id) or (1=1",
    "id/*",
    "id\u{0}",
    "1 union select token from accounts",
    "(select token from accounts limit 1)",
    "\"",
    "'",
    "\\",
    "$1",
    "?1",
    ":1",
    "@x",
    "`id`",
    "[id]",
    "id;",
    "rowid||token",
    "%00",
    "\u{202e}id",
];

fn encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a23_no_slot_of_a_url_reaches_the_statement() {
    let server = server();
    let service = server.service();
    for text in TEXTS {
        let text = encode(text);
        for path in [
            text.clone(),
            format!("notes?{text}=eq.1"),
            format!("notes?title={text}"),
            format!("notes?title=eq.{text}"),
            format!("notes?title=in.({text})"),
            format!("notes?title=like.{text}"),
            format!("notes?title=is.{text}"),
            format!("notes?or=({text}.eq.1)"),
            format!("notes?or=(title.eq.{text})"),
            format!("notes?order={text}"),
            format!("notes?order=id.{text}"),
            format!("notes?select={text}"),
            format!("notes?select={text}:id"),
            format!("notes?select=id::{text}"),
            format!("notes?select=title-%3E{text}"),
            format!("accounts?select=settings-%3E%3E{text}"),
            format!("accounts?settings-%3E%3E{text}=eq.1"),
            format!("accounts?order=settings-%3E{text}"),
            format!("notes?select=id,{text}(id)"),
            format!("notes?select=id,accounts!{text}(id)"),
            format!("notes?select=id,accounts(id)&accounts.{text}=eq.1"),
            format!("notes?select=id,accounts(id)&order=accounts({text})"),
            format!("notes?limit={text}"),
            format!("notes?offset={text}"),
        ] {
            let answer = service.get(&format!("/rest/v1/{path}"));
            assert!(
                answer.status < 500,
                "{path}: {} {}",
                answer.status,
                answer.text()
            );
            if path.starts_with("notes?select=") {
                hides(&answer, &path);
            }
        }
    }
    is_intact(&server);
}

#[test]
fn a23_no_key_or_value_of_a_body_reaches_the_statement() {
    let server = server();
    let service = server.service();
    for text in TEXTS {
        let owner = super::ADA;
        let as_key = service.post("/rest/v1/notes", &json!({ *text: 1 }));
        assert_eq!(
            (as_key.status, as_key.code().as_str()),
            (400, "PGRST204"),
            "{text}: {}",
            as_key.text()
        );
        let as_key = service.patch("/rest/v1/notes?id=eq.1", &json!({ *text: 1 }));
        assert_eq!(
            (as_key.status, as_key.code().as_str()),
            (400, "PGRST204"),
            "{text}: {}",
            as_key.text()
        );
        let encoded = encode(text);
        for path in [
            format!("notes?columns={encoded}"),
            format!("notes?on_conflict={encoded}"),
        ] {
            let upsert = service.header("prefer", "resolution=merge-duplicates");
            let row = json!({ "owner_id": owner, "title": "x" });
            let answer = upsert.post(&format!("/rest/v1/{path}"), &row);
            assert!(
                (400..500).contains(&answer.status),
                "{path}: {} {}",
                answer.status,
                answer.text()
            );
        }
        let row = json!({ "owner_id": owner, "title": text });
        let returning = service.header("prefer", "return=representation");
        let as_value = returning.post("/rest/v1/notes?select=title", &row);
        if text.contains('\0') {
            // PostgreSQL has no text with a NUL in it.
            assert_eq!(
                (as_value.status, as_value.code().as_str()),
                (400, "22P05"),
                "{}",
                as_value.text()
            );
        } else {
            assert_eq!(as_value.json(), json!([{ "title": text }]));
        }
    }
    let deleted = service.delete("/rest/v1/notes?id=gt.2");
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    is_intact(&server);
}

fn is_intact(server: &underpin_testkit::TestServer) {
    let notes = server.service().get("/rest/v1/notes?select=title&order=id");
    assert_eq!(
        notes.json(),
        json!([{ "title": "of Ada" }, { "title": "of Bob" }])
    );
    let accounts = server
        .service()
        .get("/rest/v1/accounts?select=name&order=id");
    assert_eq!(
        accounts.json(),
        json!([{ "name": "Ada" }, { "name": "Bob" }])
    );
}
