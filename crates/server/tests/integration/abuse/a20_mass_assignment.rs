//! A20: a column that the system sets cannot be set by adding it to a body.

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, Response, TestServer};

use super::{ADA, BOB, is_refused, server};

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

/// A view with the caller's rights: what is merged into a row is an update of the table behind it.
#[test]
fn a20_a_view_merges_no_column_that_its_table_refuses() {
    let schema = "
create table members (id int primary key, name text, role text not null default 'member');
alter table members enable row level security;
create policy everybody on members for all using (true) with check (true);
revoke all on members from anon, authenticated;
grant select, insert, update (name) on members to authenticated;
create view shown as select id, name, role from members;
create view shown_again as select id, name, role from shown;
create table log (id int primary key, line text);
alter table log enable row level security;
create policy everybody on log for all using (true) with check (true);
revoke all on log from anon, authenticated;
grant select, insert on log to authenticated;
create view lines as select * from log;
insert into members values (1, 'Ada', 'member');
insert into log values (1, 'said');";
    let server = TestServer::start(&Project::new().migration(schema));
    let ada = server.user(ADA);
    let upsert = ada.header("prefer", "resolution=merge-duplicates");
    for path in ["members", "shown", "shown_again"] {
        let row = json!({ "id": 1, "role": "admin" });
        is_refused(&upsert.post(&format!("/rest/v1/{path}"), &row), path);
        let row = json!({ "id": 1, "name": "Ada", "role": "admin" });
        is_refused(&ada.put(&format!("/rest/v1/{path}?id=eq.1"), &row), path);
    }
    for path in ["log", "lines"] {
        let row = json!({ "id": 1, "line": "unsaid" });
        is_refused(&upsert.post(&format!("/rest/v1/{path}"), &row), path);
        is_refused(&ada.put(&format!("/rest/v1/{path}?id=eq.1"), &row), path);
    }
    let service = server.service();
    assert_eq!(
        [
            service.get("/rest/v1/members?select=role"),
            service.get("/rest/v1/log?select=line")
        ]
        .map(|answer| answer.json()),
        [json!([{ "role": "member" }]), json!([{ "line": "said" }])]
    );
}
