//! Depth, time and steps: what invokes itself, what never ends, what is asked for once.

use std::time::Instant;

use serde_json::json;
use underpin_testkit::{Client, Project, TestServer};

use super::{ADA, FUNCTIONS, SCHEMA, is, is_error, server_with};

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
