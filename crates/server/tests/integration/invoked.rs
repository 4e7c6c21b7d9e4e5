//! Functions that are more than a query where a query needs their value: policies, views, defaults, conditions of triggers, computed
//! columns, and for each row of what other functions read. Expected values come from PostgreSQL 15.

use std::time::Instant;

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Project, Response, ServerProcess, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";

const SCHEMA: &str = "
create table members (id uuid primary key, role text not null);
create table notes (id int primary key, owner uuid, title text not null, price int not null default 0);
create table log (id int generated always as identity primary key, what text not null);
create table counters (name text primary key, value int not null);
alter table members enable row level security;
alter table notes enable row level security;
alter table log enable row level security;
alter table counters enable row level security;
insert into members values ('00000000-0000-4000-8000-00000000000a', 'admin'), ('00000000-0000-4000-8000-00000000000b', 'member');
insert into notes values (1, '00000000-0000-4000-8000-00000000000a', 'one', 5), (2, '00000000-0000-4000-8000-00000000000b', 'two', 7),
  (3, '00000000-0000-4000-8000-00000000000b', 'three', 9);
insert into counters values ('code', 0);

create function role_of(who uuid) returns text language plpgsql stable security definer set search_path = public as $$
declare
  found_role text;
begin
  select role into strict found_role from members where id = who;
  return found_role;
exception when no_data_found then
  return 'nobody';
end $$;
create function is_admin() returns boolean language plpgsql stable as $$
begin
  for i in 1..1 loop
    if role_of(auth.uid()) = 'admin' then return true; end if;
  end loop;
  return false;
end $$;
create policy read on notes for select using (is_admin() or owner = auth.uid());
create policy add on notes for insert with check (owner = auth.uid() and allowed_title(title));
create policy change on notes for update using (role_of(auth.uid()) <> 'nobody') with check (allowed_title(title));
create policy remove on notes for delete using (is_admin());
";

const FUNCTIONS: &str = "
create function allowed_title(title text) returns boolean language plpgsql immutable as $$
begin
  for i in 1..1 loop
    if title = 'forbidden' then return false; end if;
    if title = 'broken' then
      raise exception 'the title % is broken', title using errcode = 'PT418', detail = 'why', hint = 'how';
    end if;
  end loop;
  return true;
end $$;
";

fn server() -> TestServer {
    server_with("")
}

fn server_with(more: &str) -> TestServer {
    TestServer::start(&Project::new().migration(&format!("{FUNCTIONS}{SCHEMA}{more}")))
}

#[track_caller]
fn is(response: &Response, status: u16, body: &str) {
    assert_eq!((response.status, response.text().as_str()), (status, body));
}

#[track_caller]
fn is_error(response: &Response, status: u16, code: &str, message: &str) {
    let json = response.json();
    let found = (
        response.status,
        json["code"].as_str(),
        json["message"].as_str(),
    );
    assert_eq!(found, (status, Some(code), Some(message)));
}

fn ids(client: &Client, path: &str) -> Json {
    client.get(&format!("/rest/v1/{path}")).json()
}

#[test]
fn policies_decide_what_is_read_and_written() {
    let server = server();
    let (ada, bob, visitor) = (server.user(ADA), server.user(BOB), server.visitor());
    assert_eq!(
        ids(&ada, "notes?select=id&order=id"),
        json!([{"id": 1}, {"id": 2}, {"id": 3}])
    );
    assert_eq!(
        ids(&bob, "notes?select=id&order=id"),
        json!([{"id": 2}, {"id": 3}])
    );
    assert_eq!(ids(&visitor, "notes?select=id"), json!([]));
    let note = |id: i32, title: &str| json!({"id": id, "owner": BOB, "title": title});
    is(&bob.post("/rest/v1/notes", &note(4, "four")), 201, "");
    let refused = "new row violates row-level security policy for table \"notes\"";
    is_error(
        &bob.post("/rest/v1/notes", &note(5, "forbidden")),
        403,
        "42501",
        refused,
    );
    is_error(
        &ada.post("/rest/v1/notes", &note(5, "five")),
        403,
        "42501",
        refused,
    );
    let broken = bob.post("/rest/v1/notes", &note(5, "broken"));
    assert_eq!(
        (broken.status, broken.json()),
        (
            418,
            json!({"code": "PT418", "message": "the title broken is broken", "details": "why", "hint": "how"})
        )
    );
    let renamed = |client: &Client, title: &str| {
        client
            .header("prefer", "return=representation")
            .patch("/rest/v1/notes?id=gt.2&select=id", &json!({"title": title}))
    };
    is(&renamed(&bob, "new"), 200, r#"[{"id":3},{"id":4}]"#);
    is_error(&renamed(&bob, "forbidden"), 403, "42501", refused);
    is_error(
        &renamed(&bob, "broken"),
        418,
        "PT418",
        "the title broken is broken",
    );
    is(&renamed(&visitor, "new"), 200, "[]");
    let counted = bob
        .header("prefer", "count=exact")
        .delete("/rest/v1/notes?id=gt.0");
    assert_eq!(counted.header("content-range"), Some("*/0"));
    let counted = ada
        .header("prefer", "count=exact")
        .delete("/rest/v1/notes?id=gt.2");
    assert_eq!(counted.header("content-range"), Some("*/2"));
    assert_eq!(
        ids(&server.service(), "notes?select=id,title&order=id"),
        json!([{"id": 1, "title": "one"}, {"id": 2, "title": "two"}])
    );
}

const LOOPS: &str = "
create table loops (id int primary key, next int);
alter table loops enable row level security;
insert into loops values (1, 2), (2, 1);
create function sees_loops() returns boolean language plpgsql as $$ begin perform 1 from loops; return found; end $$;
create policy every on loops for all using (sees_loops());
create function depth(n int) returns int language plpgsql as $$
declare m int;
begin
  select depth(n + 1) + id into m from loops_of_all limit 1;
  return m;
end $$;
create table rings (id int primary key);
insert into rings values (1), (2), (3);
create function ring(n int) returns bigint language plpgsql as $$
declare m bigint;
begin
  begin
    select count(ring(r.id)) into m from rings r;
  exception when division_by_zero then
    m := 0;
  end;
  return m;
end $$;
create view ring_view as select id, ring(id) as ring from rings;
grant select on rings, ring_view to anon, authenticated, service_role;
create function caught(n int) returns int language plpgsql as $$
begin
  return (select caught(n + 1));
exception when others then
  return n;
end $$;
create function fans(n int) returns bigint language plpgsql as $$
declare m bigint;
begin
  select sum(fans(n + 1)) into m from generate_series(1, 3);
  return m;
exception when others then
  return 1;
end $$;
";

#[test]
fn what_calls_itself_without_end_is_ended() {
    let more = LOOPS.replace("loops_of_all", "rings");
    let project = Project::new()
        .migration(&format!("{FUNCTIONS}{SCHEMA}{more}"))
        .set("limits.statement_timeout_ms=2000");
    let server = TestServer::start(&project);
    let ada = server.user(ADA);
    let service = server.service();
    let too_deep = "stack depth limit exceeded";
    is_error(&ada.get("/rest/v1/loops"), 500, "54001", too_deep);
    is_error(
        &ada.patch("/rest/v1/loops?id=eq.1", &json!({"next": 1})),
        500,
        "54001",
        too_deep,
    );
    is_error(
        &ada.delete("/rest/v1/loops?id=eq.1"),
        500,
        "54001",
        too_deep,
    );
    is_error(
        &ada.post("/rest/v1/loops", &json!({"id": 3})),
        500,
        "54001",
        too_deep,
    );
    is_error(&service.get("/rest/v1/ring_view"), 500, "54001", too_deep);
    is_error(
        &service.get("/rest/v1/rpc/depth?n=0"),
        500,
        "54001",
        too_deep,
    );
    is_error(
        &service.post("/rest/v1/rpc/depth", &json!({"n": 0})),
        500,
        "54001",
        too_deep,
    );
    is(&service.get("/rest/v1/rpc/caught?n=0"), 200, "31");
    // Three to the power of the depth: the time ends it, whoever handles errors.
    for fans in [
        service.get("/rest/v1/rpc/fans?n=0"),
        service.post("/rest/v1/rpc/fans", &json!({"n": 0})),
    ] {
        is_error(
            &fans,
            500,
            "57014",
            "canceling statement due to statement timeout",
        );
    }
    is(
        &service.get("/rest/v1/loops?select=id&order=id"),
        200,
        r#"[{"id":1},{"id":2}]"#,
    );
    is(
        &service.patch("/rest/v1/loops?id=eq.1", &json!({"next": 1})),
        204,
        "",
    );
}

/// The deepest nesting there is: each level is a statement of SQLite that calls a function, whose blocks are nested as deeply as the
/// reader allows, around a deep expression.
#[test]
fn the_deepest_nesting_within_queries_fits_the_stack() {
    let open = "begin if n >= 0 then ".repeat(24);
    let close = "end if; exception when unique_violation then null; end; ".repeat(24);
    let deep = format!(
        "{}deep(n + 1){}",
        "coalesce(-(".repeat(30),
        "), 0)".repeat(30)
    );
    let more = format!(
        "create table pits (id int primary key);
         alter table pits enable row level security;
         create function deep(n int) returns int language plpgsql as $$
         declare m int;
         begin {open} select {deep} into m from pits where id > 0; {close} return m; end $$;
         create policy every on pits using (deep(0) > 0);
         insert into pits values (1), (2);"
    );
    let server = server_with(&more);
    let ada = server.user(ADA);
    let too_deep = "stack depth limit exceeded";
    is_error(&ada.get("/rest/v1/pits"), 500, "54001", too_deep);
    is_error(&ada.delete("/rest/v1/pits?id=eq.1"), 500, "54001", too_deep);
    is_error(
        &server.service().post("/rest/v1/rpc/deep", &json!({"n": 0})),
        500,
        "54001",
        too_deep,
    );
    is(
        &ada.get("/rest/v1/notes?select=id&id=eq.1"),
        200,
        r#"[{"id":1}]"#,
    );
}

#[test]
fn what_takes_too_long_is_ended() {
    let more = "
        create function forever() returns boolean language plpgsql as $$ begin loop null; end loop; end $$;
        create function counts() returns bigint language plpgsql as $$
        declare n bigint;
        begin
          loop select count(*) into n from generate_series(1, 1000); end loop;
        end $$;
        create policy slow on counters for all using (forever());
        create view slow_view as select id, counts() as n from notes;";
    let project = Project::new()
        .migration(&format!("{FUNCTIONS}{SCHEMA}{more}"))
        .set("limits.statement_timeout_ms=300");
    let server = TestServer::start(&project);
    let ada = server.user(ADA);
    let message = "canceling statement due to statement timeout";
    let start = Instant::now();
    is_error(&ada.get("/rest/v1/counters"), 500, "57014", message);
    is_error(&ada.get("/rest/v1/slow_view"), 500, "57014", message);
    is_error(
        &ada.patch("/rest/v1/counters?value=eq.0", &json!({"value": 1})),
        500,
        "57014",
        message,
    );
    is_error(
        &ada.delete("/rest/v1/counters?value=eq.0"),
        500,
        "57014",
        message,
    );
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    is(
        &server
            .service()
            .patch("/rest/v1/counters?value=eq.0", &json!({"value": 1})),
        204,
        "",
    );
}

/// A million steps each time, of which a request has ten million.
#[test]
fn what_is_the_same_for_each_row_is_asked_for_once() {
    let body = "begin for i in 1..200000 loop null; end loop; return true; end";
    let more = format!(
        "create function stable_one() returns boolean language plpgsql stable as $$ {body} $$;
         create function volatile_one() returns boolean language plpgsql as $$ {body} $$;
         create function of_id(id int) returns boolean language plpgsql stable as $$ {body} $$;
         create table many (id int primary key);
         alter table many enable row level security;
         insert into many select generate_series(1, 10000);
         create policy one on many for select to authenticated using (stable_one());
         create policy two on many for select to anon using ((select volatile_one()));
         create policy three on many for update to authenticated using (of_id(id));
         create policy four on many for delete to authenticated using (volatile_one());
         create view twice as select id, stable_one() as a, (select volatile_one()) as b from many where of_id(5);"
    );
    let server = server_with(&more);
    let ada = server.user(ADA);
    let count = |client: &Client, path: &str| {
        let answer = client.header("prefer", "count=exact").head(path);
        answer.header("content-range").map(str::to_owned)
    };
    assert_eq!(
        count(&ada, "/rest/v1/many?limit=1").as_deref(),
        Some("0-0/10000")
    );
    assert_eq!(
        count(&server.visitor(), "/rest/v1/many?limit=1").as_deref(),
        Some("0-0/10000")
    );
    assert_eq!(
        count(&server.service(), "/rest/v1/twice?a=is.true&limit=1").as_deref(),
        Some("0-0/10000")
    );
    let too_long = "the functions and triggers of the request take more than 10000000 steps";
    is_error(
        &ada.patch("/rest/v1/many?id=gt.0", &json!({"id": 1})),
        500,
        "54001",
        too_long,
    );
    is_error(&ada.delete("/rest/v1/many?id=gt.0"), 500, "54001", too_long);
}

#[test]
fn errors_are_handled_while_a_statement_runs() {
    let more = "
        create function tries(n int) returns text language plpgsql as $$
        begin
          insert into log (what) values ('before ' || n);
          begin
            insert into log (what) values ('within ' || n);
            if n % 2 = 0 then raise exception 'even' using errcode = 'PT400'; end if;
          exception when others then
            return sqlerrm;
          end;
          return 'odd';
        end $$;
        create function try_all() returns table (id int, said text) language sql as $$ select n.id, tries(n.id) from notes n order by n.id $$;
        create function try_updates() returns bigint language plpgsql security definer set search_path = public as $$
        declare n bigint;
        begin
          update notes set title = tries(id) where tries(id + 1) <> 'x';
          get diagnostics n = row_count;
          return n;
        end $$;
        create function try_deletes() returns bigint language sql security definer set search_path = public as $$
          with gone as (delete from notes where tries(id) = 'odd' returning id) select count(*) from gone
        $$;
        create function try_inserts() returns setof text language sql security definer set search_path = public as $$
          insert into notes (id, title) select id + 10, tries(id) from notes
          on conflict (id) do update set title = tries(excluded.id) || 'x' where tries(notes.id) <> '' returning title
        $$;";
    let server = server_with(more);
    let service = server.service();
    let log = || {
        ids(&service, "log?select=what&order=id")
            .as_array()
            .unwrap()
            .len()
    };
    let call = |name: &str| service.post(&format!("/rest/v1/rpc/{name}"), &json!({}));
    is(
        &call("try_all"),
        200,
        r#"[{"id":1,"said":"odd"},{"id":2,"said":"even"},{"id":3,"said":"odd"}]"#,
    );
    assert_eq!(log(), 5);
    is(&call("try_updates"), 200, "3");
    assert_eq!(
        ids(&service, "notes?select=title&order=id"),
        json!([{"title": "odd"}, {"title": "even"}, {"title": "odd"}])
    );
    assert_eq!(log(), 14);
    is(&call("try_inserts"), 200, r#"["odd","even","odd"]"#);
    is(&call("try_deletes"), 200, "4");
    assert_eq!(
        ids(&service, "notes?select=id&order=id"),
        json!([{"id": 2}, {"id": 12}])
    );
    // An error that nobody handles takes back what the functions wrote.
    let before = log();
    let broken = service.post("/rest/v1/rpc/try_all?select=id,said,nothing", &json!({}));
    assert_eq!(broken.status, 400);
    assert_eq!(log(), before);
}

#[test]
fn the_rights_of_one_are_not_those_of_what_calls_it() {
    let more = "
        create table vault (id int primary key, word text);
        alter table vault enable row level security;
        insert into vault values (1, 'xyzzy');
        create function words() returns bigint language plpgsql as $$
        declare n bigint;
        begin
          for i in 1..1 loop select count(*) into n from vault; end loop;
          return n;
        end $$;
        create function words_of_owner() returns bigint language plpgsql security definer set search_path = public as $$
        begin for i in 1..1 loop return words(); end loop; end $$;
        create function quietly() returns boolean language plpgsql security definer set search_path = public as $$
        begin for i in 1..1 loop return current_user = 'postgres'; end loop; end $$;
        -- Owner's rights for its tables, the caller's for what it calls.
        create view counted with (security_invoker = false) as select words() as own, words_of_owner() as of_owner, (select count(*) from vault) as of_view, words() as after;
        create view invoking with (security_invoker = true) as select quietly() as quietly, (select count(*) from vault) as own, words() as words;
        create function inlined() returns bigint language sql security definer set search_path = public as $$ select words() $$;
        create function both_of() returns text language sql stable as $$ select inlined() || ' ' || words() || ' ' || inlined() $$;
        create policy by_function on counters for select using (quietly() and words() > 0);
        create policy by_owner on log for select using (words_of_owner() > 0 and quietly());
        insert into log (what) values ('seen');
        create function closed() returns boolean language plpgsql as $$ begin for i in 1..1 loop return true; end loop; end $$;
        revoke execute on function closed() from public, anon, authenticated;
        create function opens() returns boolean language plpgsql security definer set search_path = public as $$ begin return closed(); end $$;
        create function tries_closed() returns boolean language plpgsql as $$ begin return closed() and true; end $$;
        create view of_closed as select closed() as closed;
        create view of_opens as select opens() as opens;
        create table shut (id int primary key, is_open boolean default closed());
        alter table shut enable row level security;
        create policy every on shut for all using (true);
        grant select on counted, invoking, of_closed, of_opens to anon, authenticated, service_role;";
    let server = server_with(more);
    let ada = server.user(ADA);
    is(
        &ada.get("/rest/v1/counted"),
        200,
        r#"[{"own":0,"of_owner":1,"of_view":1,"after":0}]"#,
    );
    is(
        &ada.get("/rest/v1/invoking"),
        200,
        r#"[{"quietly":true,"own":0,"words":0}]"#,
    );
    is(
        &server.service().get("/rest/v1/counted"),
        200,
        r#"[{"own":1,"of_owner":1,"of_view":1,"after":1}]"#,
    );
    is(&ada.get("/rest/v1/rpc/both_of"), 200, "\"1 0 1\"");
    is(
        &ada.post("/rest/v1/rpc/both_of", &json!({})),
        200,
        "\"1 0 1\"",
    );
    is(&ada.get("/rest/v1/counters"), 200, "[]");
    is(
        &ada.get("/rest/v1/log?select=what"),
        200,
        r#"[{"what":"seen"}]"#,
    );
    let denied = "permission denied for function closed";
    is_error(&ada.get("/rest/v1/of_closed"), 403, "42501", denied);
    is_error(
        &ada.post("/rest/v1/rpc/tries_closed", &json!({})),
        403,
        "42501",
        denied,
    );
    is_error(
        &ada.post("/rest/v1/shut", &json!({"id": 1})),
        403,
        "42501",
        denied,
    );
    is(
        &ada.post("/rest/v1/shut", &json!({"id": 1, "is_open": false})),
        201,
        "",
    );
    is(&ada.get("/rest/v1/of_opens"), 200, r#"[{"opens":true}]"#);
}

#[test]
fn what_is_written_fires_triggers_and_is_taken_back() {
    let more = "
        create function noted() returns trigger language plpgsql as $$
        begin
          new.what := new.what || ' at depth ' || pg_trigger_depth();
          return new;
        end $$;
        create trigger noted before insert on log for each row execute function noted();
        create function next_value(counter text) returns int language plpgsql security definer set search_path = public as $$
        declare n int;
        begin
          update counters set value = value + 1 where name = counter returning value into n;
          insert into log (what) values (counter || n);
          return n;
        end $$;
        create table parts (id int primary key default next_value('code'), name text not null unique, first int default next_value('code'));
        alter table parts enable row level security;
        create policy every on parts for all using (true) with check (next_value('code') > 0);
        grant select on log, counters to authenticated;
        insert into parts (name) values ('seed');
        insert into parts (name, first) select what, default_of from (select 'x' as what, 5 as default_of) s;";
    let server = server_with(more);
    let service = server.service();
    let seen = || ids(&service, "log?select=what&order=id");
    assert_eq!(
        ids(&service, "parts?order=id"),
        json!([{"id": 1, "name": "seed", "first": 2}, {"id": 3, "name": "x", "first": 5}])
    );
    let ada = server.user(ADA);
    let made = ada
        .header("prefer", "return=representation")
        .post("/rest/v1/parts", &json!([{"name": "a"}, {"name": "b"}]));
    is(
        &made,
        201,
        r#"[{"id":4,"name":"a","first":5},{"id":7,"name":"b","first":8}]"#,
    );
    assert_eq!(seen()[8], json!({"what": "code9 at depth 1"}));
    // A row in conflict takes back what its functions wrote.
    let refused = ada.post("/rest/v1/parts", &json!({"name": "a"}));
    assert_eq!((refused.status, refused.code().as_str()), (409, "23505"));
    assert_eq!(seen().as_array().unwrap().len(), 9);
    assert_eq!(
        ids(&service, "counters"),
        json!([{"name": "code", "value": 9}])
    );
}

/// What is planned names a routine by its place among those of its name.
#[test]
fn plans_follow_the_functions_that_they_invoke() {
    let project = Project::new().migration(
        "create table t (id int primary key);
         alter table t enable row level security;
         insert into t values (1), (2);
         create function g(a text) returns int language plpgsql as $$ begin for i in 1..1 loop return length(a); end loop; end $$;
         create function g(a int) returns int language plpgsql as $$ begin for i in 1..1 loop return a; end loop; end $$;
         create function f() returns boolean language sql as $$ select true $$;
         create policy every on t for select using (f() and g(id) > 0);
         create view v as select id, g(id) as g from t;
         grant select on v to anon;",
    );
    let folder = project.write();
    let mut server =
        ServerProcess::start(env!("CARGO_BIN_EXE_underpin"), "dev", folder.path(), &[]);
    let visitor = server.visitor();
    let both = r#"[{"id":1,"g":1},{"id":2,"g":2}]"#;
    is(&visitor.get("/rest/v1/v?order=id"), 200, both);
    let project = project.migration("drop function g(text);");
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(&visitor.get("/rest/v1/v?order=id"), 200, both);
    let project = project.migration(
        "create or replace function f() returns boolean language plpgsql as $$ begin for i in 1..1 loop return false; end loop; end $$;",
    );
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(&visitor.get("/rest/v1/v?order=id"), 200, "[]");
    let project = project.migration(
        "create or replace function f() returns boolean language sql as $$ select true $$;
         create or replace function g(a int) returns int language sql as $$ select a * 10 $$;",
    );
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(
        &visitor.get("/rest/v1/v?order=id"),
        200,
        r#"[{"id":1,"g":10},{"id":2,"g":20}]"#,
    );
}

#[test]
fn migrations_write_what_functions_give() {
    let more = "
        create function next_value() returns int language plpgsql as $$
        declare n int;
        begin
          update counters set value = value + 1 where name = 'code' returning value into n;
          begin
            insert into log (what) values (n::text);
            if n > 3 then raise exception 'enough'; end if;
          exception when others then
            return -n;
          end;
          return n;
        end $$;
        create table t (id int primary key);
        alter table t enable row level security;
        insert into t values (10), (20);
        alter table t add column n int;
        alter table t alter column n set default next_value();
        update t set n = default where true;
        insert into t (id) values (30), (40);
        create view numbers as select id, next_value() as n from t;
        create table copy (id int primary key, n int);
        alter table copy enable row level security;
        ";
    let rows = "
        insert into copy select id, n from numbers;
        update copy set n = next_value() where id > 20;
        delete from copy where next_value() < 0 and id = 10;";
    let project = Project::new().migration(&format!("{FUNCTIONS}{SCHEMA}{more}"));
    let server = TestServer::start(&project.migration(rows));
    let service = server.service();
    assert_eq!(
        ids(&service, "t?select=id,n&order=id"),
        json!([{"id": 10, "n": 1}, {"id": 20, "n": 2}, {"id": 30, "n": 3}, {"id": 40, "n": -4}])
    );
    assert_eq!(
        ids(&service, "log?select=what&order=id")
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let copied = ids(&service, "copy?select=id,n&order=id");
    assert_eq!(
        copied,
        json!([{"id": 20, "n": -6}, {"id": 30, "n": -9}, {"id": 40, "n": -10}])
    );
}

#[test]
fn what_cannot_be_is_refused_with_its_line() {
    let function = "create function f(n int) returns int language plpgsql immutable as $$ begin for i in 1..1 loop return n; end loop; end $$;
         create function handles(n int) returns int language plpgsql as $$ begin return n / 0; exception when others then return 0; end $$;";
    for statement in [
        "create table t (id int check (f(id) > 0));",
        "create table t (id int, n int generated always as (f(id)) stored);",
        "create table t (id int); create index on t (f(id));",
        "create table t (id int); alter table t add column n int default f(1);",
        "create table t (id int); alter table t add column n int not null default f(1);",
        "create table t (id int); insert into t values (1), (2), (3); select handles(id) from t;",
    ] {
        let folder = Project::new()
            .migration(&format!("{function}\n{statement}"))
            .write();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_underpin"))
            .args(["migrate", "up"])
            .arg(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{statement}");
        let reason = if statement.contains("add column") {
            "the rows that exist cannot be given the default of the new column"
        } else if statement.contains("handles") {
            "a function handles an error while a query runs, in a transaction that changes the schema"
        } else {
            "cannot be called in a check, a generated column or an index"
        };
        assert!(said.contains(reason), "{said}");
        assert!(said.contains("_test.sql:3"), "{said}");
    }
}
