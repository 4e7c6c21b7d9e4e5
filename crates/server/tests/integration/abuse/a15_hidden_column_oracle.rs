//! A15: a column that the caller may not read must not be guessed through filters, order or search.

use serde_json::json;

use super::{ADA, is_refused, server};

/// Every slot of a URL that could compare or sort by a hidden column.
const SLOTS: &[&str] = &[
    "accounts?select=id&token=eq.alpha-token",
    "accounts?select=id&token=like.a*",
    "accounts?select=id&token=not.ilike.a*",
    "accounts?select=id&token=match.^a",
    "accounts?select=id&token=in.(alpha-token)",
    "accounts?select=id&token=gt.b",
    "accounts?select=id&token=is.null",
    "accounts?select=id&token=isdistinct.x",
    "accounts?select=id&token=fts.alpha:*",
    "accounts?select=id&token=not.wfts(simple).alpha",
    "accounts?select=id,notes!inner(id)&notes.secret=plfts.open",
    "accounts?select=id&or=(name.eq.x,token.like.a*)",
    "accounts?select=id&not.and=(name.eq.x,or(token.like.a*,name.eq.y))",
    "accounts?select=id&order=token",
    "accounts?select=id&order=name,token.desc.nullslast&limit=1",
    "accounts?select=id,notes(id)&notes.secret=eq.open",
    "accounts?select=id,notes!inner(id)&notes.secret=eq.open",
    "accounts?select=id,notes(id)&notes.or=(secret.eq.open,title.eq.x)",
    "accounts?select=id,notes(id)&notes.order=secret",
    "notes?select=id,accounts(name)&accounts.token=eq.alpha-token",
    "notes?select=id,accounts!inner(name)&accounts.token=like.a*",
    "notes?select=id,accounts(name)&order=accounts(token)",
    "account_tokens?select=id&token=like.a*",
    "account_tokens?select=id,name&order=token",
    "guarded?select=id",
];

#[test]
fn a15_hidden_columns_are_no_oracle_when_reading() {
    let server = server();
    for caller in [server.visitor(), server.user(ADA)] {
        for slot in SLOTS {
            let path = format!("/rest/v1/{slot}");
            is_refused(&caller.get(&path), slot);
            is_refused(&caller.send("HEAD", &path, b""), slot);
            let counted = caller.header("prefer", "count=exact").get(&path);
            is_refused(&counted, slot);
            assert_eq!(counted.header("content-range"), None, "{slot}");
        }
    }
}

#[test]
fn a15_hidden_columns_are_no_oracle_when_writing() {
    let server = server();
    let ada = server.user(ADA).header("prefer", "count=exact");
    for filter in [
        "token=eq.alpha-token",
        "token=like.a*",
        "or=(token.like.a*,name.eq.x)",
    ] {
        let path = format!("/rest/v1/accounts?{filter}");
        is_refused(&ada.patch(&path, &json!({ "name": "A" })), filter);
        is_refused(&ada.delete(&path), filter);
    }
    let upsert = ada.header("prefer", "resolution=ignore-duplicates");
    let path = "/rest/v1/accounts?on_conflict=token";
    is_refused(&upsert.post(path, &json!({ "id": ADA, "name": "A" })), path);
}

#[test]
fn a15_rows_out_of_sight_are_no_oracle() {
    let server = server();
    let ada = server.user(ADA).header("prefer", "count=exact");
    // Bob's note exists and Ada may not see it: both titles must look the same to her.
    for path in [
        "/rest/v1/notes?select=id&title=eq.",
        "/rest/v1/accounts?select=id,notes!inner(id)&notes.title=eq.",
    ] {
        let existing = ada.get(&format!("{path}of%20Bob"));
        let missing = ada.get(&format!("{path}of%20nobody"));
        assert_eq!(
            (existing.status, &existing.text()),
            (missing.status, &missing.text()),
            "{path}"
        );
        assert_eq!(
            existing.header("content-range"),
            missing.header("content-range"),
            "{path}"
        );
    }
    let existing = ada.patch("/rest/v1/notes?title=eq.of%20Bob", &json!({ "title": "x" }));
    let missing = ada.patch(
        "/rest/v1/notes?title=eq.of%20nobody",
        &json!({ "title": "x" }),
    );
    assert_eq!(
        (existing.status, existing.header("content-range")),
        (missing.status, missing.header("content-range"))
    );
}

#[test]
fn a15_a_refused_row_tells_nothing_of_unique_values() {
    let server = server();
    let ada = server.user(ADA);
    // The key is taken in the first and free in the second: the policy refuses both before any constraint is looked at.
    for id in [super::BOB, "00000000-0000-4000-8000-00000000000c"] {
        let answer = ada.post("/rest/v1/accounts", &json!({ "id": id, "name": "x" }));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "42501"),
            "{}",
            answer.text()
        );
        let upsert = ada.header("prefer", "resolution=merge-duplicates");
        let answer = upsert.post("/rest/v1/accounts", &json!({ "id": id, "name": "x" }));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "42501"),
            "{}",
            answer.text()
        );
    }
}
