//! Functions that are more than a query where a query needs their value: policies, views, defaults, conditions of triggers, computed
//! columns, and for each row of what other functions read. Expected values come from PostgreSQL 15.

use std::time::Instant;

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
    TestServer::start(&Project::new().migration(&format!("{FUNCTIONS}{SCHEMA}")))
}

#[track_caller]
fn is(response: &Response, status: u16, body: &str) {
    assert_eq!((response.status, response.text().as_str()), (status, body));
}

#[test]
fn a_policy_invokes_one() {
    let server = server();
    let (ada, bob) = (server.user(ADA), server.user(BOB));
    is(
        &ada.get("/rest/v1/notes?select=id&order=id"),
        200,
        r#"[{"id":1},{"id":2},{"id":3}]"#,
    );
    is(
        &bob.get("/rest/v1/notes?select=id&order=id"),
        200,
        r#"[{"id":2},{"id":3}]"#,
    );
    is(&server.visitor().get("/rest/v1/notes?select=id"), 200, "[]");
}
