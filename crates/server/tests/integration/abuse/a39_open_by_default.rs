//! A39: what nobody opened is closed: new tables, well-known keys, well-known secrets.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;
use tokio::runtime::Builder;
use underpin_schema::migration::File;
use underpin_testkit::{Project, TestServer};

use super::{ADA, is_refused, server};

#[test]
fn a39_a_table_without_policies_answers_nobody() {
    let server = server();
    for caller in [server.visitor(), server.visitor(), server.user(ADA)] {
        let counting = caller.header("prefer", "count=exact,return=representation");
        let upsert = counting.header("prefer", "resolution=merge-duplicates");
        let row = json!({ "id": 2, "note": "x" });
        for (attempt, answer) in [
            ("read", caller.get("/rest/v1/left_open")),
            ("count", counting.send("HEAD", "/rest/v1/left_open", b"")),
            (
                "filter",
                caller.get("/rest/v1/left_open?select=id&note=like.n*"),
            ),
            (
                "embed",
                caller.get("/rest/v1/accounts?select=id,left_open(note)"),
            ),
            (
                "inner embed",
                caller.get("/rest/v1/accounts?select=id,left_open!inner()"),
            ),
            ("insert", counting.post("/rest/v1/left_open", &row)),
            ("upsert", upsert.post("/rest/v1/left_open", &row)),
            (
                "update",
                counting.patch("/rest/v1/left_open?id=eq.1", &json!({ "note": "x" })),
            ),
            ("delete", counting.delete("/rest/v1/left_open?id=eq.1")),
        ] {
            is_refused(&answer, attempt);
        }
        let answer = caller.get("/rest/v1/left_open");
        let hint = answer.json()["hint"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            hint.contains("row level security") && hint.contains("left_open"),
            "{hint}"
        );
    }
    let kept = server.service().get("/rest/v1/left_open?select=id,note");
    assert_eq!(
        kept.json(),
        json!([{ "id": 1, "note": "nobody should see this" }])
    );
}

#[test]
fn a39_a_view_or_function_does_not_open_a_closed_table() {
    let schema = "
        create table shut (id int primary key, note text);
        insert into shut values (1, 'nobody should see this');
        create view shown as select * from shut;
        create function notes_of(i int) returns text language sql stable as $$ select note from shut where id = i $$;
        create table t (id int primary key);
        alter table t enable row level security;
        create policy p on t for select using (notes_of(id) is not null);
        insert into t values (1);";
    let server = TestServer::start(&Project::new().migration(schema));
    for caller in [server.visitor(), server.user(ADA)] {
        is_refused(&caller.get("/rest/v1/shown"), "view");
        is_refused(&caller.get("/rest/v1/t"), "function in a policy");
    }
}

#[test]
fn a39_enabled_without_a_policy_shows_nothing() {
    let schema = "
        create table t (id int primary key);
        alter table t enable row level security;
        insert into t values (1);";
    let server = TestServer::start(&Project::new().migration(schema));
    let visitor = server.visitor().header("prefer", "count=exact");
    let answer = visitor.get("/rest/v1/t");
    assert_eq!(
        (
            answer.status,
            answer.text().as_str(),
            answer.header("content-range")
        ),
        (200, "[]", Some("*/0"))
    );
    let answer = visitor.post("/rest/v1/t", &json!({ "id": 2 }));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "42501"),
        "{}",
        answer.text()
    );
}

#[test]
fn a39_open_is_a_decision_of_the_project() {
    let project = Project::new()
        .migration("create table t (id int primary key); insert into t values (1);")
        .set("api.tables_without_policies=open");
    let server = TestServer::start(&project);
    assert_eq!(server.visitor().get("/rest/v1/t").text(), r#"[{"id":1}]"#);
}

#[test]
fn a39_well_known_keys_and_secrets_are_worth_nothing() {
    let server = server();
    for key in [
        "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
        "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
        "anon",
        "service_role",
        "secret",
    ] {
        let answer = server
            .visitor()
            .header("apikey", key)
            .get("/rest/v1/accounts?select=id");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "api_key_invalid"),
            "{key}: {}",
            answer.text()
        );
    }
    for secret in [
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "secret",
        "",
        "default_secret",
        "your-super-secret-jwt-token",
    ] {
        let claims = json!({ "role": "service_role", "exp": 4_102_444_800_u64 });
        let token = encode(
            &Header::new(Algorithm::HS256),
            &claims,
            &EncodingKey::from_secret(secret.as_bytes()),
        )
        .unwrap();
        let bearer = server
            .visitor()
            .header("authorization", &format!("Bearer {token}"));
        let answer = bearer.get("/rest/v1/left_open");
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (401, "PGRST301"),
            "{secret}: {}",
            answer.text()
        );
        let key = server
            .visitor()
            .header("apikey", &token)
            .get("/rest/v1/left_open");
        assert_eq!(key.status, 401, "{secret}: {}", key.text());
    }
    // Two projects do not share a key.
    let other = super::server();
    let key = other.application.gate.keys().secret.expose().to_owned();
    assert_eq!(
        server
            .visitor()
            .header("apikey", &key)
            .get("/rest/v1/accounts")
            .status,
        401
    );
}

/// A body that comes slowly does not keep the rules alive that held when it began.
#[test]
fn a39_a_slow_body_meets_the_rules_of_its_end() {
    let before = "
create table entries (id int primary key);
alter table entries enable row level security;
create policy everybody on entries for all using (true) with check (true);";
    let after = "drop policy everybody on entries;";
    let server = TestServer::start(&Project::new().migration(before));
    let mut slow = server.visitor().connect();
    let head = "POST /rest/v1/entries HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 8\r\nconnection: close\r\n\r\n{\"id\"";
    slow.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let project = Project::new().migration(before).migration(after);
    let files: Vec<File> = project
        .migrations()
        .map(|(path, text)| File::new(path, text).unwrap())
        .collect();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime
        .block_on(server.application.migrate(&files))
        .unwrap();
    slow.write_all(b":1}").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(
        server.service().get("/rest/v1/entries").text(),
        "[]",
        "{answer}"
    );
}
