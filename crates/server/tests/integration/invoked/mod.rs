//! Functions that are more than a query where a query needs their value: policies, views, defaults, conditions of triggers, computed
//! columns, and for each row of what other functions read. Expected values come from PostgreSQL 15.

mod limits;
mod migrations;
mod rights;

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Project, Response, TestServer};

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

/// Whatever a function writes, the query that calls it goes over the rows that there were.
#[test]
fn a_query_goes_over_the_rows_that_there_were() {
    let more = "
        create table jobs (id int generated by default as identity primary key, run_at int not null, note text);
        create index on jobs (run_at);
        alter table jobs enable row level security;
        insert into jobs (run_at) values (1), (2), (3);
        create function later(job int, by int default 1) returns int language plpgsql as $$
        declare at int;
        begin
          insert into jobs (run_at, note) values (50, 'made by ' || job);
          update jobs set run_at = run_at + later.by where id = job returning run_at into at;
          return at;
        end $$;
        create function all_later() returns table (id int, at int) language sql as $$
          select j.id, later(j.id) from jobs j where j.run_at < 100 order by j.run_at desc $$;
        create function makes(job int) returns int language plpgsql as $$
        begin
          insert into jobs (run_at, note) values (job, 'made by ' || job);
          return 1;
        end $$;
        create function some_later() returns bigint language plpgsql as $$
        declare n bigint;
        begin
          select count(*) + sum(later(j.id, 0)) into n from jobs j join notes n on n.id = j.id where later(j.id) > 0 and j.run_at < 100;
          return n;
        end $$;
        create function update_later() returns bigint language plpgsql as $$
        declare n bigint;
        begin
          update jobs set note = makes(jobs.id)::text where run_at < 100;
          get diagnostics n = row_count;
          update jobs set note = 'x' where run_at < 100 and makes(jobs.id) > 0;
          delete from jobs where note = 'x' and run_at < 3 and makes(jobs.id) > 0;
          insert into jobs (run_at) select makes(j.id) from jobs j where j.run_at < 4;
          return n;
        end $$;";
    let project = Project::new()
        .migration(&format!("{FUNCTIONS}{SCHEMA}{more}"))
        .set("api.tx_end=commit-allow-override");
    let server = TestServer::start(&project);
    let service = server.service();
    let call = |name: &str| {
        service
            .header("prefer", "tx=rollback")
            .post(&format!("/rest/v1/rpc/{name}"), &json!({}))
    };
    let count = || ids(&service, "jobs?select=id").as_array().unwrap().len();
    is(
        &call("all_later"),
        200,
        r#"[{"id":3,"at":4},{"id":2,"at":3},{"id":1,"at":2}]"#,
    );
    is(&call("some_later"), 200, "12");
    is(&call("update_later"), 200, "3");
    assert_eq!(count(), 3);
}
