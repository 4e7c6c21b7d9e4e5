//! The catalogue's attacks on functions and triggers: A15, A16, A20, A23, A28, A34.

use serde_json::json;
use underpin_testkit::{Project, TestServer};

use super::{ADA, BOB, SCHEMA, hides, is_refused};

const FUNCTIONS: &str = "
create function tokens() returns setof text language plpgsql stable as $$ begin return query select token from accounts; end $$;
create function token_rows() returns setof accounts language sql stable as $$ select * from accounts $$;
create function every_note() returns setof text language plpgsql stable as $$ begin return query select title from notes; end $$;
create function notes_of_all() returns table (title text) language plpgsql stable security definer as $$ begin return query select n.title from notes n; end $$;
create function set_role(new_role text) returns int language plpgsql as $$
declare n int;
begin
  update accounts set role = new_role where id = auth.uid();
  get diagnostics n = row_count;
  return n;
end $$;
create function rename(account uuid, new_name text) returns int language plpgsql as $$
declare n int;
begin
  update accounts set name = new_name where id = account;
  get diagnostics n = row_count;
  return n;
end $$;
create function note_for(account uuid) returns void language sql as $$ insert into notes (owner_id, title) values (account, 'forged') $$;
create function from_left_open() returns setof text language plpgsql stable as $$ begin return query select note from left_open; end $$;
create function find(word text) returns setof text language plpgsql stable as $$
begin
  return query select name from accounts where name = word or settings ->> word is not null;
end $$;
create function recurse(n int) returns int language sql as $$ select n $$;
create or replace function recurse(n int) returns int language plpgsql as $$ declare m int; begin m := recurse(n + 1); return m; end $$;
create function big(n int) returns setof int language plpgsql as $$ begin for i in 1..n loop return next i; end loop; end $$;
create table stamped (id int primary key, owner uuid not null, by text);
alter table stamped enable row level security;
create policy own on stamped for all to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
create function stamp() returns trigger language plpgsql as $$ begin new.by := auth.uid()::text; return new; end $$;
create trigger stamp before insert or update on stamped for each row execute function stamp();
create function snoop() returns trigger language plpgsql as $$
begin
  perform token from accounts;
  return new;
end $$;
create table watched (id int primary key);
alter table watched enable row level security;
create policy every on watched for all using (true) with check (true);
create trigger snoop after insert on watched for each row execute function snoop();
";

fn server() -> TestServer {
    TestServer::start(&Project::new().migration(&format!("{SCHEMA}{FUNCTIONS}")))
}

#[test]
fn a15_a_function_reads_no_further_than_its_caller() {
    let server = server();
    let ada = server.user(ADA);
    for client in [&ada, &server.visitor()] {
        is_refused(&client.post("/rest/v1/rpc/tokens", &json!({})), "tokens");
        is_refused(
            &client.get("/rest/v1/rpc/token_rows?token=like.a*"),
            "token_rows",
        );
        is_refused(
            &client.get("/rest/v1/rpc/token_rows?select=id&order=token"),
            "token_rows in order",
        );
        is_refused(
            &client.post("/rest/v1/rpc/from_left_open", &json!({})),
            "from_left_open",
        );
    }
    assert_eq!(ada.get("/rest/v1/rpc/every_note").json(), json!(["of Ada"]));
    // The owner's rights are what `security definer` says, and nothing else does.
    assert_eq!(
        ada.get("/rest/v1/rpc/notes_of_all?order=title").json(),
        json!([{ "title": "of Ada" }, { "title": "of Bob" }])
    );
    is_refused(
        &ada.post("/rest/v1/watched", &json!({ "id": 1 })),
        "a trigger that reads tokens",
    );
    assert_eq!(ada.get("/rest/v1/watched").json(), json!([]));
}

#[test]
fn a16_embeds_of_a_result_show_no_hidden_column() {
    let server = server();
    let ada = server.user(ADA);
    let more = "create function own_notes() returns setof notes language sql stable security definer as $$ select * from notes $$;";
    let server_with =
        TestServer::start(&Project::new().migration(&format!("{SCHEMA}{FUNCTIONS}{more}")));
    let embedded = server_with
        .user(ADA)
        .get("/rest/v1/rpc/own_notes?select=title,accounts(name,token)");
    is_refused(&embedded, "an embed of tokens");
    let answer = ada.get("/rest/v1/rpc/every_note?select=secret");
    hides(&answer, "a column that the result has not");
    assert_eq!(answer.status, 400);
}

#[test]
fn a20_a_function_writes_no_further_than_its_caller() {
    let server = server();
    let ada = server.user(ADA);
    is_refused(
        &ada.post("/rest/v1/rpc/set_role", &json!({ "new_role": "admin" })),
        "a column without a grant",
    );
    assert_eq!(
        ada.post(
            "/rest/v1/rpc/rename",
            &json!({ "account": BOB, "new_name": "x" })
        )
        .text(),
        "0"
    );
    assert_eq!(
        ada.post(
            "/rest/v1/rpc/rename",
            &json!({ "account": ADA, "new_name": "Ada L." })
        )
        .text(),
        "1"
    );
    is_refused(
        &ada.post("/rest/v1/rpc/note_for", &json!({ "account": BOB })),
        "a note in another's name",
    );
    // A trigger is skipped by no form of a write.
    ada.post(
        "/rest/v1/stamped",
        &json!([{ "id": 1, "owner": ADA, "by": "me" }, { "id": 2, "owner": ADA, "by": null }]),
    );
    let merge = ada.header("prefer", "resolution=merge-duplicates");
    merge.post(
        "/rest/v1/stamped",
        &json!([{ "id": 2, "owner": ADA, "by": "you" }, { "id": 3, "owner": ADA, "by": "they" }]),
    );
    ada.patch("/rest/v1/stamped?id=eq.1", &json!({ "by": "nobody" }));
    let stamps = ada.get("/rest/v1/stamped?select=by&order=id").json();
    assert_eq!(stamps, json!([{ "by": ADA }, { "by": ADA }, { "by": ADA }]));
}

#[test]
fn a23_arguments_and_names_are_never_sql() {
    let server = server();
    let ada = server.user(ADA);
    for word in [
        "' or '1'='1",
        "\"; drop table accounts; --",
        "$1",
        "?1",
        "{{word}}",
        "a\u{0}b",
    ] {
        let answer = ada.post("/rest/v1/rpc/find", &json!({ "word": word }));
        assert!(
            answer.status == 200 || answer.status == 400,
            "{}",
            answer.text()
        );
        hides(&answer, word);
        if answer.status == 200 {
            assert_eq!(answer.text(), "[]");
        }
    }
    for name in [
        "find%22%3B--",
        "find'",
        "pg_sleep",
        "underpin_context",
        "sqlite_version",
        "..%2Fnotes",
    ] {
        let answer = ada.post(&format!("/rest/v1/rpc/{name}"), &json!({ "word": "x" }));
        assert_eq!(answer.status, 404, "{name}: {}", answer.text());
    }
    assert_eq!(
        ada.get("/rest/v1/accounts?select=id")
            .json()
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[test]
fn a28_a34_what_has_no_end_is_ended_and_the_server_lives() {
    let project = Project::new()
        .migration(&format!("{SCHEMA}{FUNCTIONS}"))
        .set("limits.statement_timeout_ms=500");
    let server = TestServer::start(&project);
    let ada = server.user(ADA);
    let endless = ada.post("/rest/v1/rpc/recurse", &json!({ "n": 1 }));
    assert_eq!(
        (endless.status, endless.code().as_str()),
        (500, "54001"),
        "{}",
        endless.text()
    );
    let large = ada.post("/rest/v1/rpc/big", &json!({ "n": 2_000_000_000 }));
    assert_eq!(large.status, 500, "{}", large.text());
    assert!(
        ["57014", "54001"].contains(&large.code().as_str()),
        "{}",
        large.text()
    );
    for body in [
        &b"{"[..],
        b"[]",
        b"null",
        b"\"x\"",
        b"[1]",
        b"{\"n\":{}}",
        b"\xff",
    ] {
        let answer =
            ada.header("content-type", "application/json")
                .send("POST", "/rest/v1/rpc/big", body);
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
    assert_eq!(
        ada.post("/rest/v1/rpc/big", &json!({ "n": 2 })).json(),
        json!([1, 2])
    );
}

#[test]
fn a15_a_function_is_not_asked_about_rows_out_of_sight() {
    let more = "
        create table keys (id int primary key, account uuid, word text not null, n int not null default 0);
        create index on keys (word);
        create table owners (account uuid primary key, token text);
        alter table keys enable row level security;
        alter table owners enable row level security;
        create policy own on owners for select using (account = auth.uid());
        create policy own on keys for all using (exists (select 1 from owners o where o.account = keys.account));
        insert into owners values ('00000000-0000-4000-8000-00000000000a', 'x');
        insert into keys values (1, '00000000-0000-4000-8000-00000000000a', 'mine', 1), (2, '00000000-0000-4000-8000-00000000000b', 'sesame', 2);
        create function told(word text) returns int language plpgsql immutable as $$
        begin
          if word <> 'mine' then raise exception 'the word is %', word; end if;
          return 1;
        exception when division_by_zero then return 0;
        end $$;
        create function telling(keys) returns int language plpgsql immutable as $$ begin for i in 1..1 loop return told($1.word); end loop; end $$;
        create view telling_view as select id, word, n from keys where told(word) = 1;
        create view told_view as select id, told(word) as told, n from keys;
        create function tell_all() returns setof int language sql stable as $$ select id from keys where told(word) = 1 or n > 5 $$;
        create function change_all() returns int language plpgsql as $$
        declare n int;
        begin
          update keys set n = 7 where told(word) = 1;
          get diagnostics n = row_count;
          delete from keys where told(word) = 0 or keys.n = 99;
          return n;
        end $$;
        grant select on telling_view, told_view to anon, authenticated;";
    let server =
        TestServer::start(&Project::new().migration(&format!("{SCHEMA}{FUNCTIONS}{more}")));
    let ada = server.user(ADA);
    for path in [
        "keys?select=id&telling=eq.1",
        "keys?select=id&telling=gt.0&word=gte.a&order=telling",
        "keys?select=id&or=(telling.eq.1,and(word.eq.sesame,telling.eq.1))",
        "keys?select=id&not.or=(telling.eq.5,id.eq.7)",
        "telling_view?select=id",
        "telling_view?select=id&word=gte.a",
        "told_view?select=id&told=eq.1",
        "told_view?select=id&or=(told.eq.1,id.eq.2)",
        "keys?select=id,telling&id=gte.0&telling=in.(1,2)",
    ] {
        let answer = ada.get(&format!("/rest/v1/{path}"));
        hides(&answer, path);
        let ids = answer.json();
        assert_eq!(
            (answer.status, &ids[0]["id"], ids.as_array().map(Vec::len)),
            (200, &json!(1), Some(1)),
            "{path}: {ids}"
        );
    }
    for (answer, expected) in [
        (ada.get("/rest/v1/rpc/tell_all"), "[1]"),
        (ada.post("/rest/v1/rpc/change_all", &json!({})), "1"),
        (
            ada.patch("/rest/v1/keys?telling=eq.1", &json!({ "n": 8 })),
            "",
        ),
        (
            ada.patch("/rest/v1/told_view?told=eq.1", &json!({ "n": 8 })),
            "",
        ),
        (ada.delete("/rest/v1/keys?telling=eq.3"), ""),
    ] {
        hides(&answer, expected);
        assert!(answer.status < 300, "{}", answer.text());
        assert_eq!(answer.text(), expected);
    }
}
