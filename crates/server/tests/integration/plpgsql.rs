//! Functions in PL/pgSQL, called at `/rpc` and used in policies, views and defaults. Expected values come from PostgreSQL 15.

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Project, Response, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";

const SCHEMA: &str = "
create table accounts (id int primary key, owner uuid, name text not null unique, balance numeric(10,2) not null default 0 check (balance >= 0));
create table entries (id int generated always as identity primary key, account int not null references accounts (id), amount numeric(10,2) not null, note text);
create table members (id uuid primary key, role text not null default 'member');
create table secrets (id int primary key, word text not null);
alter table accounts enable row level security;
alter table entries enable row level security;
alter table members enable row level security;
alter table secrets enable row level security;
create policy own on accounts for all using (owner = auth.uid());
create policy own on entries for all using (exists (select 1 from accounts a where a.id = account and a.owner = auth.uid()));
insert into members values ('00000000-0000-4000-8000-00000000000a', 'admin'), ('00000000-0000-4000-8000-00000000000b', 'member');
insert into accounts values (1, '00000000-0000-4000-8000-00000000000a', 'a', 100), (2, '00000000-0000-4000-8000-00000000000a', 'b', 50),
  (3, '00000000-0000-4000-8000-00000000000b', 'c', 10);
insert into secrets values (1, 'xyzzy');

create function is_admin() returns boolean language plpgsql stable security definer set search_path = public as $$
declare
  found_role text;
begin
  select role into found_role from members where id = auth.uid();
  if found_role is null then
    return false;
  end if;
  return found_role = 'admin';
end;
$$;
create policy admins on secrets for select using (is_admin());

create function transfer(source int, target int, amount numeric) returns numeric language plpgsql as $$
declare
  rest accounts.balance%type;
begin
  if amount <= 0 then
    raise exception 'invalid amount: %', amount using errcode = '22023', hint = 'Give a positive amount.', detail = 'It is ' || amount;
  end if;
  update accounts set balance = balance - amount where id = source returning balance into rest;
  if not found then
    raise exception using errcode = 'no_data_found', message = format('account %s does not exist', source);
  end if;
  update accounts set balance = balance + transfer.amount where id = target;
  if not found then
    raise sqlstate 'PT404' using message = 'no target', detail = 'the account is not there', hint = 'look again';
  end if;
  insert into entries (account, amount, note) values (source, -amount, 'out'), (target, amount, 'in');
  return rest;
end;
$$;

create function classify(n int) returns text language plpgsql immutable as $$
begin
  case
    when n < 0 then return 'negative';
    when n = 0 then return 'zero';
    else null;
  end case;
  case n when 1, 2 then return 'few'; when 3 then return 'three'; else return 'many'; end case;
end $$;

create function fib(n int) returns setof bigint language plpgsql as $$
declare
  a bigint := 0;
  b bigint := 1;
  t bigint;
begin
  for i in 1..n loop
    return next a;
    t := a + b; a := b; b := t;
  end loop;
  return;
end $$;

create function countdown(n int) returns int[] language plpgsql as $$
declare
  result int[] := '{}';
begin
  for i in reverse n..1 by 2 loop
    continue when i = 3;
    exit when i < 0;
    result := array_append(result, i);
  end loop;
  <<outer>>
  loop
    loop
      exit outer when cardinality(result) > 5;
      result := result || 0;
    end loop;
  end loop;
  while cardinality(result) < 8 loop
    result := result || 9;
  end loop;
  return result;
end $$;

create function statement_of(account_id int) returns table (line int, amount numeric, total numeric) language plpgsql stable as $$
declare
  r record;
begin
  line := 0;
  total := 0;
  for r in select e.amount as moved, e.note from entries e where e.account = account_id order by e.id loop
    line := line + 1;
    amount := r.moved;
    total := total + r.moved;
    return next;
  end loop;
end $$;

create function own_accounts() returns setof accounts language plpgsql stable as $$
begin
  return query select * from accounts order by id;
end $$;

create function first_account() returns accounts language plpgsql stable as $$
declare
  row accounts%rowtype;
begin
  select * into row from accounts order by id limit 1;
  row.name := upper(row.name);
  return row;
end $$;

create function try_insert(id int, name text) returns text language plpgsql as $$
declare
  state text; said text;
begin
  insert into entries (account, amount, note) values (1, 1, 'before');
  begin
    insert into accounts (id, owner, name) values (try_insert.id, auth.uid(), try_insert.name);
    insert into entries (account, amount) values (try_insert.id, 5);
  exception
    when unique_violation or check_violation then
      get stacked diagnostics state = returned_sqlstate, said = message_text;
      return state || ': ' || said;
    when foreign_key_violation then
      return 'no account';
    when others then
      return 'other ' || sqlstate || ' ' || sqlerrm;
  end;
  return 'made';
end $$;

create function pair(out a int, out b text) language plpgsql as $$ begin a := 1; b := 'two'; end $$;
create function one(out sole int) language plpgsql as $$ begin sole := 7; end $$;
create function doubled(inout n int) language plpgsql as $$ begin n := n * 2; end $$;
create function strict_one(account_id int) returns text language plpgsql stable as $$
declare n text;
begin
  select name into strict n from accounts where id = account_id or account_id = 0;
  return n;
end $$;
create function forgets() returns int language plpgsql as $$ begin perform 1; end $$;
create function rows_changed() returns int language plpgsql as $$
declare n int;
begin
  update accounts set balance = balance where true;
  get diagnostics n = row_count;
  return n;
end $$;
create function inner_note(word text) returns int language plpgsql security definer as $$
declare n int;
begin
  insert into entries (account, amount, note) values (3, 1, word);
  select count(*) into n from entries where note = word;
  return n;
end $$;
create function outer_note(word text) returns text language plpgsql as $$
declare n int;
begin
  n := inner_note(word);
  perform inner_note(word);
  if inner_note(word) = 3 then
    return 'three';
  end if;
  return 'n = ' || n;
end $$;
create function sql_calls(word text) returns int language sql as $$ select inner_note(word) + 100 $$;
create function sum_of(variadic numbers int[]) returns int language plpgsql immutable as $$
declare total int := 0; x int;
begin
  foreach x in array numbers loop total := total + coalesce(x, 0); end loop;
  return total;
end $$;
create function whoami() returns text language plpgsql security definer as $$ begin return current_user || ' ' || (auth.jwt() ->> 'role'); end $$;
create function custom_error() returns void language plpgsql as $$
begin
  raise sqlstate 'PGRST' using
    message = '{\"code\":\"MY1\",\"message\":\"Payment needed\",\"details\":\"d\",\"hint\":\"h\"}',
    detail = '{\"status\":402,\"headers\":{\"x-reason\":\"money\"}}';
end $$;
create function bad_custom_error() returns void language plpgsql as $$ begin raise sqlstate 'PGRST' using message = 'x', detail = 'y'; end $$;
create function asserts(n int) returns void language plpgsql as $$ begin assert n > 0, 'n is ' || n; end $$;
create function forever() returns void language plpgsql as $$ begin loop null; end loop; end $$;
create function recursive(n int) returns int language plpgsql as $$
declare below int;
begin
  if n = 0 then return 0; end if;
  below := recursive(n - 1);
  return below + 1;
end $$;
";

fn server() -> TestServer {
    TestServer::start(&Project::new().migration(SCHEMA))
}

fn call(client: &Client, function: &str, arguments: &Json) -> Response {
    client.post(&format!("/rest/v1/rpc/{function}"), arguments)
}

#[track_caller]
fn is(response: &Response, status: u16, body: &str) {
    assert_eq!((response.status, response.text().as_str()), (status, body));
}

#[track_caller]
fn is_error(response: &Response, status: u16, expected: &Json) {
    let mut json = response.json();
    json["status"] = json!(response.status);
    let mut expected = expected.clone();
    expected["status"] = json!(status);
    for member in ["details", "hint"] {
        if expected[member].is_null() {
            expected[member] = Json::Null;
        }
    }
    assert_eq!(json, expected);
}

#[test]
fn values_are_computed() {
    let server = server();
    let ada = server.user(ADA);
    let check = |function: &str, arguments: Json, expected: &str| {
        is(&call(&ada, function, &arguments), 200, expected);
    };
    check("classify", json!({ "n": -1 }), "\"negative\"");
    check("classify", json!({ "n": 0 }), "\"zero\"");
    check("classify", json!({ "n": 2 }), "\"few\"");
    check("classify", json!({ "n": 3 }), "\"three\"");
    check("classify", json!({ "n": 9 }), "\"many\"");
    check("fib", json!({ "n": 8 }), "[0,1,1,2,3,5,8,13]");
    check("countdown", json!({ "n": 7 }), "[7,5,1,0,0,0,9,9]");
    check("pair", json!({}), r#"{"a":1,"b":"two"}"#);
    check("one", json!({}), r#"{"sole":7}"#);
    check("doubled", json!({ "n": 4 }), r#"{"n":8}"#);
    check("sum_of", json!({ "numbers": [1, 2, null, 4] }), "7");
    check("whoami", json!({}), "\"postgres authenticated\"");
    check("rows_changed", json!({}), "2");
    check("recursive", json!({ "n": 20 }), "20");
    check("is_admin", json!({}), "true");
    is(&ada.get("/rest/v1/rpc/fib?n=3&limit=2"), 200, "[0,1]");
}

#[test]
fn rows_are_returned() {
    let server = server();
    let ada = server.user(ADA);
    is(
        &call(
            &ada,
            "transfer",
            &json!({ "source": 1, "target": 2, "amount": 30 }),
        ),
        200,
        "70.00",
    );
    is(
        &ada.get("/rest/v1/rpc/statement_of?account_id=2"),
        200,
        r#"[{"line":1,"amount":30.00,"total":30.00}]"#,
    );
    is(
        &ada.get(
            "/rest/v1/rpc/own_accounts?select=name,entries(amount)&balance=gt.0&order=name.desc",
        ),
        200,
        r#"[{"name":"b","entries":[{"amount":30.00}]},{"name":"a","entries":[{"amount":-30.00}]}]"#,
    );
    is(
        &ada.get("/rest/v1/rpc/first_account"),
        200,
        &format!(r#"{{"id":1,"owner":"{ADA}","name":"A","balance":70.00}}"#),
    );
}

#[test]
fn errors_are_raised_whole() {
    let server = server();
    let ada = server.user(ADA);
    let check = |function: &str, arguments: Json, status: u16, expected: Json| {
        is_error(&call(&ada, function, &arguments), status, &expected);
    };
    check(
        "transfer",
        json!({ "source": 1, "target": 2, "amount": -1 }),
        400,
        json!({ "code": "22023", "message": "invalid amount: -1", "details": "It is -1", "hint": "Give a positive amount." }),
    );
    check(
        "transfer",
        json!({ "source": 9, "target": 2, "amount": 1 }),
        500,
        json!({ "code": "P0002", "message": "account 9 does not exist" }),
    );
    check(
        "transfer",
        json!({ "source": 1, "target": 3, "amount": 1 }),
        404,
        json!({ "code": "PT404", "message": "no target", "details": "the account is not there", "hint": "look again" }),
    );
    check(
        "strict_one",
        json!({ "account_id": 99 }),
        500,
        json!({ "code": "P0002", "message": "query returned no rows" }),
    );
    check(
        "strict_one",
        json!({ "account_id": 0 }),
        500,
        json!({ "code": "P0003", "message": "query returned more than one row", "hint": "Make sure the query returns a single row, or use LIMIT 1." }),
    );
    check(
        "forgets",
        json!({}),
        400,
        json!({ "code": "2F005", "message": "control reached end of function without RETURN" }),
    );
    check(
        "asserts",
        json!({ "n": 0 }),
        500,
        json!({ "code": "P0004", "message": "n is 0" }),
    );
    is(&call(&ada, "asserts", &json!({ "n": 1 })), 204, "");
    is(
        &ada.get("/rest/v1/accounts?select=balance&id=eq.1"),
        200,
        r#"[{"balance":100.00}]"#,
    );
}

#[test]
fn an_error_may_be_the_whole_answer() {
    let server = server();
    let ada = server.user(ADA);
    let custom = call(&ada, "custom_error", &json!({}));
    is_error(
        &custom,
        402,
        &json!({ "code": "MY1", "message": "Payment needed", "details": "d", "hint": "h" }),
    );
    assert_eq!(custom.header("x-reason"), Some("money"));
    is_error(
        &call(&ada, "bad_custom_error", &json!({})),
        500,
        &json!({
            "code": "PGRST121",
            "message": "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error",
            "details": "Invalid JSON value for MESSAGE: 'x'",
            "hint": "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
        }),
    );
}

#[test]
fn a_handler_takes_back_its_block_alone() {
    let server = server();
    let ada = server.user(ADA);
    is(
        &call(&ada, "try_insert", &json!({ "id": 7, "name": "a" })),
        200,
        "\"23505: duplicate key value violates unique constraint \\\"accounts_name_key\\\"\"",
    );
    is(
        &call(&ada, "try_insert", &json!({ "id": 7, "name": "g" })),
        200,
        "\"made\"",
    );
    is(
        &call(&ada, "try_insert", &json!({ "id": null, "name": "h" })),
        200,
        "\"other 23502 null value in column \\\"id\\\" of relation \\\"accounts\\\" violates not-null constraint\"",
    );
    is(
        &ada.get("/rest/v1/entries?select=note,account&order=id"),
        200,
        r#"[{"note":"before","account":1},{"note":"before","account":1},{"note":null,"account":7},{"note":"before","account":1}]"#,
    );
}

#[test]
fn functions_call_functions() {
    let server = server();
    let ada = server.user(ADA);
    is(
        &call(&ada, "outer_note", &json!({ "word": "w" })),
        200,
        "\"three\"",
    );
    is(
        &call(&ada, "outer_note", &json!({ "word": "w" })),
        200,
        "\"n = 4\"",
    );
    is(
        &call(&ada, "sql_calls", &json!({ "word": "v" })),
        200,
        "101",
    );
    is(&ada.get("/rest/v1/entries"), 200, "[]");
}

#[test]
fn a_policy_may_use_one() {
    let server = server();
    is(
        &server.user(ADA).get("/rest/v1/secrets?select=word"),
        200,
        r#"[{"word":"xyzzy"}]"#,
    );
    let bob = server.user("00000000-0000-4000-8000-00000000000b");
    is(&bob.get("/rest/v1/secrets"), 200, "[]");
    is(&server.visitor().get("/rest/v1/secrets"), 200, "[]");
}

#[test]
fn what_never_ends_is_ended() {
    let project = Project::new()
        .migration(SCHEMA)
        .set("limits.statement_timeout_ms=300");
    let server = TestServer::start(&project);
    let ada = server.user(ADA);
    is_error(
        &call(&ada, "forever", &json!({})),
        500,
        &json!({ "code": "57014", "message": "canceling statement due to statement timeout" }),
    );
    let deep = call(&ada, "recursive", &json!({ "n": 100_000 }));
    assert_eq!((deep.status, deep.code().as_str()), (500, "54001"));
    is(&call(&ada, "classify", &json!({ "n": 0 })), 200, "\"zero\"");
}

#[test]
fn the_documentation_holds() {
    let tables = "
        create table members (id uuid primary key, role text);
        create table secrets (id int primary key);
        create table notes (id int primary key, updated_at timestamptz);
        insert into members values ('00000000-0000-4000-8000-00000000000a', 'admin');
        insert into notes values (1, '2000-01-01');
        alter table secrets enable row level security;
        insert into secrets values (1);";
    let page = include_str!("../../../../docs/functions-in-sql.md");
    let blocks: Vec<&str> = page
        .split("```sql")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 3);
    let schema = format!("{tables}{}", blocks.join("\n"));
    let server = TestServer::start(&Project::new().migration(&schema));
    let ada = server.user(ADA);
    is(&ada.get("/rest/v1/rpc/add?a=1"), 200, "11");
    is(&ada.get("/rest/v1/secrets"), 200, r#"[{"id":1}]"#);
    is(&server.visitor().get("/rest/v1/secrets"), 200, "[]");
    let service = server.service();
    service.patch("/rest/v1/notes?id=eq.1", &json!({ "id": 2 }));
    let touched = service.get("/rest/v1/notes?select=updated_at").json();
    assert!(touched[0]["updated_at"].as_str().unwrap() > "2020");
}

#[test]
fn the_deepest_nesting_fits_the_stack() {
    let open = "begin if n > 0 then ".repeat(24);
    let close = "end if; exception when unique_violation then null; end; ".repeat(24);
    let schema = format!(
        "create function deep(n int) returns int language plpgsql as $$
         declare m int;
         begin {open} m := deep(n - 1); {close} return coalesce(m + 1, 0); end $$;"
    );
    let server = TestServer::start(&Project::new().migration(&schema));
    let service = server.service();
    is(&call(&service, "deep", &json!({ "n": 31 })), 200, "31");
    let deeper = call(&service, "deep", &json!({ "n": 32 }));
    assert_eq!((deeper.status, deeper.code().as_str()), (500, "54001"));
}
