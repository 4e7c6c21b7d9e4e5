//! A16: embeds, aliases, casts, paths and the representation of writes must not show a hidden column.

use serde_json::json;

use super::{ADA, hides, is_refused, server};

const SLOTS: &[&str] = &[
    "accounts?select=*",
    "accounts",
    "accounts?select=token",
    "accounts?select=name:token",
    "accounts?select=token::text",
    "accounts?select=x:token::varchar",
    "accounts?select=token-%3E%3Ea",
    "notes?select=id,accounts(*)",
    "notes?select=id,accounts(token)",
    "notes?select=id,a:accounts(b:token)",
    "notes?select=id,...accounts(token)",
    "accounts?select=id,notes(*)",
    "accounts?select=id,notes(secret)",
    "accounts?select=id,notes(id,accounts(token))",
    "account_tokens?select=token",
    "account_tokens",
];

#[test]
fn a16_no_form_of_select_shows_a_hidden_column() {
    let server = server();
    for caller in [server.visitor(), server.user(ADA)] {
        for slot in SLOTS {
            is_refused(&caller.get(&format!("/rest/v1/{slot}")), slot);
            let csv = caller.header("accept", "text/csv");
            is_refused(&csv.get(&format!("/rest/v1/{slot}")), slot);
        }
    }
}

#[test]
fn a16_no_representation_shows_a_hidden_column() {
    let server = server();
    let ada = server.user(ADA).header("prefer", "return=representation");
    let attempts = [
        ada.patch(
            &format!("/rest/v1/accounts?id=eq.{ADA}"),
            &json!({ "name": "A" }),
        ),
        ada.patch(
            &format!("/rest/v1/accounts?id=eq.{ADA}&select=token"),
            &json!({ "name": "A" }),
        ),
        ada.post("/rest/v1/notes", &json!({ "title": "new" })),
        ada.post(
            "/rest/v1/notes?select=id,secret",
            &json!({ "title": "new" }),
        ),
        ada.post(
            "/rest/v1/notes?select=id,accounts(token)",
            &json!({ "title": "new" }),
        ),
        ada.delete("/rest/v1/notes?id=eq.1"),
        ada.delete("/rest/v1/notes?id=eq.1&select=secret"),
    ];
    for answer in &attempts {
        is_refused(answer, "representation");
    }
    // Refused writes have changed nothing.
    let notes = server.service().get("/rest/v1/notes?select=title&order=id");
    assert_eq!(
        notes.json(),
        json!([{ "title": "of Ada" }, { "title": "of Bob" }])
    );
}

#[test]
fn a16_aggregates_do_not_show_a_hidden_column() {
    let project = underpin_testkit::Project::new()
        .migration(super::SCHEMA)
        .set("api.aggregates=true");
    let server = underpin_testkit::TestServer::start(&project);
    let ada = server.user(ADA);
    for slot in [
        "accounts?select=token.max()",
        "accounts?select=token,count()",
        "accounts?select=id,notes(secret.min())",
    ] {
        is_refused(&ada.get(&format!("/rest/v1/{slot}")), slot);
    }
}

#[test]
fn a16_rows_of_others_are_in_no_answer() {
    let server = server();
    let ada = server.user(ADA);
    for slot in [
        "notes?select=id,title",
        "accounts?select=name,notes(title)",
        "accounts?select=name,notes!inner(title)",
        "accounts?select=name,notes(title)&notes.title=like.*",
    ] {
        let answer = ada.get(&format!("/rest/v1/{slot}"));
        assert_eq!(answer.status, 200, "{slot}: {}", answer.text());
        assert!(
            !answer.text().contains("of Bob"),
            "{slot}: {}",
            answer.text()
        );
        assert!(
            answer.text().contains("of Ada"),
            "{slot}: {}",
            answer.text()
        );
        hides(&answer, slot);
    }
}

#[test]
fn a16_no_description_names_a_hidden_column() {
    let server = server();
    for caller in [server.visitor(), server.user(ADA)] {
        let swagger = caller.get("/rest/v1/").json();
        let openapi = caller.get("/rest/v1/openapi.json").json();
        let schemas = &openapi["components"]["schemas"];
        for accounts in [&swagger["definitions"]["accounts"], &schemas["accounts"]] {
            assert!(accounts["properties"]["name"].is_object());
            assert_eq!(accounts["properties"].get("token"), None);
        }
        for form in ["accounts.insert", "accounts.update"] {
            assert_eq!(schemas[form]["properties"].get("token"), None);
        }
        // What may be written but not read is in the form alone.
        assert!(schemas["notes.insert"]["properties"]["secret"].is_object());
        assert_eq!(schemas["notes"]["properties"].get("secret"), None);
        let parameters = &openapi["components"]["parameters"];
        assert!(parameters["notes.filter.title"].is_object());
        assert_eq!(parameters.get("notes.filter.secret"), None);
        assert_eq!(swagger["parameters"].get("rowFilter.accounts.token"), None);
    }
}
