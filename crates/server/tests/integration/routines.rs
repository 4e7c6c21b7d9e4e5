//! Functions and views in the places where they are used without being called: defaults, migrations, policies.

use serde_json::json;
use underpin_testkit::{Project, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";

#[test]
fn a_default_may_call_a_function() {
    let schema = "
        create table counters (name text primary key, value int not null);
        insert into counters values ('notes', 41);
        create function next_code(prefix text) returns text language sql stable security definer
          as $$ select prefix || '-' || (value + 1) from counters where name = 'notes' $$;
        create table notes (id int primary key, code text not null default next_code('n'));
        alter table notes enable row level security;
        create policy everybody on notes using (true) with check (code like 'n-%');
        alter table counters enable row level security;";
    let server = TestServer::start(&Project::new().migration(schema));
    let ada = server.user(ADA).header("prefer", "return=representation");
    let made = ada.post("/rest/v1/notes", &json!({ "id": 1 }));
    assert_eq!(
        (made.status, made.json()),
        (201, json!([{ "id": 1, "code": "n-42" }]))
    );
    let refused = ada.post("/rest/v1/notes", &json!({ "id": 2, "code": "x" }));
    assert_eq!((refused.status, refused.code().as_str()), (403, "42501"));
}

#[test]
fn a_migration_may_write_what_views_and_functions_read() {
    let schema = "
        create table people (id int primary key, name text not null, age int);
        insert into people values (1, 'ann', 30), (2, 'bob', 12);
        create view adults as select id, name from people where age >= 18;
        create function shout(word text) returns text language sql immutable as $$ select upper(word) || '!' $$;
        create table badges (id int primary key, text text not null);
        insert into badges select id, shout(name) from adults;
        update badges set text = shout(text) where id in (select id from adults);";
    let server = TestServer::start(&Project::new().migration(schema));
    let badges = server.service().get("/rest/v1/badges");
    assert_eq!(badges.json(), json!([{ "id": 1, "text": "ANN!!" }]));
}

#[test]
fn an_identity_that_is_not_the_key_counts_up() {
    let schema = "
        create table orders (id uuid primary key default gen_random_uuid(), number bigint generated always as identity unique, note text);
        insert into orders (note) values ('a'), ('b');";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    service.post("/rest/v1/orders", &json!({ "note": "c" }));
    let orders = service.get("/rest/v1/orders?select=number,note&order=number");
    let expected = json!([
        { "number": 1, "note": "a" }, { "number": 2, "note": "b" }, { "number": 3, "note": "c" }
    ]);
    assert_eq!(orders.json(), expected);
}

/// The two newest orders of each customer, by a view and by a function: whoever asks gets those that he may see.
#[test]
fn a_lateral_query_has_the_rows_that_the_caller_may_see() {
    let schema = "
        create table customers (id int primary key, name text not null);
        create table orders (
          id int primary key,
          customer_id int not null references customers (id),
          owner uuid not null,
          total numeric(8, 2) not null,
          weight float8,
          seal bytea
        );
        alter table customers enable row level security;
        create policy everybody on customers using (true);
        alter table orders enable row level security;
        create policy own on orders using (owner = auth.uid());
        insert into customers values (1, 'ann'), (2, 'bob'), (3, 'cy');
        insert into orders values
          (1, 1, '00000000-0000-4000-8000-00000000000a', 1.50, 0.1, null),
          (2, 1, '00000000-0000-4000-8000-00000000000a', 20.00, null, '\\x00ff'),
          (3, 1, '00000000-0000-4000-8000-00000000000b', 3.00, 2, ''),
          (4, 1, '00000000-0000-4000-8000-00000000000a', 4.00, 1e300, null),
          (5, 2, '00000000-0000-4000-8000-00000000000b', 5.00, 5, null);
        create view newest as
          select c.name, o.* from customers c
          left join lateral (
            select id, total, weight, seal from orders where customer_id = c.id order by id desc limit 2
          ) o on true;
        create function newest_of(lowest numeric) returns table (name text, id int, total numeric) language sql stable as $$
          select c.name, o.id, o.total from customers c
          cross join lateral (select * from orders where customer_id = c.id order by id desc limit 2) o
          where o.total >= lowest order by o.id
        $$;";
    let server = TestServer::start(&Project::new().migration(schema));
    let ada = server.user(ADA);
    let newest = ada.get("/rest/v1/newest?order=name,id");
    let expected = [
        r#"{"name":"ann","id":2,"total":20.00,"weight":null,"seal":"\\x00ff"}"#,
        r#"{"name":"ann","id":4,"total":4.00,"weight":1e+300,"seal":null}"#,
        r#"{"name":"bob","id":null,"total":null,"weight":null,"seal":null}"#,
        r#"{"name":"cy","id":null,"total":null,"weight":null,"seal":null}"#,
    ];
    assert_eq!(newest.text(), format!("[{}]", expected.join(",")));
    let filtered = ada.get("/rest/v1/newest?select=id&total=gt.4&order=id");
    assert_eq!(filtered.json(), json!([{ "id": 2 }]));
    let all = server
        .service()
        .get("/rest/v1/rpc/newest_of?lowest=4&select=id,name&order=id");
    let expected = json!([{ "id": 4, "name": "ann" }, { "id": 5, "name": "bob" }]);
    assert_eq!(all.json(), expected);
}

/// What a function promises is made of its rows when they are told apart and ordered.
#[test]
fn results_are_converted_last() {
    let schema = "
        create table t (id int primary key, n numeric, b int);
        alter table t enable row level security;
        insert into t values (1, 1.2, 10), (2, 1.4, 9), (3, 1.2, 100);
        create function whole() returns setof int language sql stable as $$ select distinct n from t order by n $$;
        create function plain() returns setof int language sql stable as $$ select distinct n from t where n > 1.3 $$;
        create function texts() returns setof varchar language sql stable as $$ select b from t order by b $$;
        create function by_name() returns setof text language sql stable as $$ select b as x from t order by x desc $$;
        create function by_place() returns table (a text, b text) language sql stable as $$ select b, b from t order by 1 limit 2 $$;
        create function one_of() returns table (a int, b varchar) language sql stable as $$
          select distinct on (round(n)) n, b from t order by round(n), b desc $$;
        create function same() returns setof text language sql stable as $$ select distinct 'x' from t $$;
        create function pair() returns text language plpgsql stable as $$
        declare a text; b text;
        begin
          select x.id, y.id into a, b from t x join t y on y.id = x.id + 1 order by x.id limit 1;
          return a || b;
        end $$;
        create function grouped() returns setof int language sql stable as $$ select sum(b) from t group by n order by sum(b) $$;";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    for (function, expected) in [
        ("whole", "[1,1]"),
        ("plain", "[1]"),
        ("texts", r#"["9","10","100"]"#),
        ("by_name", r#"["100","10","9"]"#),
        ("by_place", r#"[{"a":"9","b":"9"},{"a":"10","b":"10"}]"#),
        ("one_of", r#"[{"a":1,"b":"100"}]"#),
        ("same", r#"["x"]"#),
        ("grouped", "[9,110]"),
        ("pair", "\"12\""),
    ] {
        let answer = service.get(&format!("/rest/v1/rpc/{function}"));
        assert_eq!(answer.text(), expected, "{function}");
    }
}

/// `now` and its like are read whenever a body runs, not when the migration is read.
#[test]
fn bodies_know_the_time() {
    let schema = "
        create function in_sql() returns text language sql volatile as $$ select ('now'::timestamptz)::text $$;
        create function in_steps() returns text language plpgsql volatile as $$
        declare
          t timestamptz := 'now';
        begin
          for i in 1..1 loop return t || ' ' || timestamp 'now'; end loop;
        end $$;
        create function assigned() returns text language plpgsql as $$ declare t timestamptz; begin for i in 1..1 loop t := 'now'; end loop; return t; end $$;
        create function days() returns boolean language plpgsql stable as $$
        begin
          return 'today'::date = current_date and date 'tomorrow' = current_date + 1 and 'yesterday' = current_date - 1
            and 'epoch'::date = '1970-01-01' and 'today'::timestamptz(0) <= now();
        end $$;
        create table t (id int primary key, at timestamptz);
        alter table t enable row level security;
        create function stamp() returns trigger language plpgsql as $$ begin for i in 1..1 loop new.at := 'now'; end loop; return new; end $$;
        create trigger stamp before insert on t for each row execute function stamp();";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    for function in ["in_sql", "in_steps", "assigned"] {
        let ask = || service.get(&format!("/rest/v1/rpc/{function}")).text();
        assert_ne!(ask(), ask(), "{function}");
        let write = || {
            service
                .post(&format!("/rest/v1/rpc/{function}"), &serde_json::json!({}))
                .text()
        };
        assert_ne!(write(), write(), "{function}");
    }
    assert_eq!(service.get("/rest/v1/rpc/days").text(), "true");
    for id in [1, 2] {
        service.post("/rest/v1/t", &serde_json::json!({ "id": id }));
    }
    let rows = service.get("/rest/v1/t?select=at").json();
    assert!(rows[0]["at"].is_string() && rows[0] != rows[1], "{rows}");
}

/// A function of several rows is called for each row of a view's table.
#[test]
fn a_function_of_rows_is_called_for_each_row() {
    let schema = "
        create table people (id int primary key, name text not null);
        create table notes (id int primary key, person_id int not null references people (id), body text not null);
        insert into people values (1, 'ann'), (2, 'bob'), (3, 'cy');
        insert into notes values (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (4, 2, 'd');
        create function notes_of(person int, many int) returns setof notes language sql stable as $$
          select * from notes where person_id = person order by id desc limit 2
        $$;
        create view newest as
          select p.name, n.id, n.body from people p left join notes_of(p.id, 2) n on true;
        create view joined as
          select p.name, string_agg(n.body, '+' order by n.id) as bodies
          from people p, lateral notes_of(p.id, 2) n group by p.name;";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    let newest = service.get("/rest/v1/newest?order=name,id");
    let expected = json!([
        { "name": "ann", "id": 2, "body": "b" },
        { "name": "ann", "id": 3, "body": "c" },
        { "name": "bob", "id": 4, "body": "d" },
        { "name": "cy", "id": null, "body": null },
    ]);
    assert_eq!(newest.json(), expected);
    let joined = service.get("/rest/v1/joined?order=name");
    let expected = json!([{ "name": "ann", "bodies": "b+c" }, { "name": "bob", "bodies": "d" }]);
    assert_eq!(joined.json(), expected);
}

/// What is another value each time is asked for as often as the body says.
#[test]
fn a_variable_keeps_what_it_was_given() {
    let schema = "
        create function same() returns boolean language plpgsql as $$ declare x uuid := gen_random_uuid(); begin return x = x; end $$;
        create function equal(a float8) returns boolean language sql immutable as $$ select a = a $$;
        create function argument() returns boolean language sql volatile as $$ select equal(random()) $$;
        create view each as select n, equal(random()) as equal, same() as same from generate_series(1, 3) n;
        grant select on each to service_role;";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    for function in ["same", "argument"] {
        let answer = service.get(&format!("/rest/v1/rpc/{function}"));
        assert_eq!(answer.text(), "true", "{function}");
    }
    let each = service
        .get("/rest/v1/each?equal=is.true&same=is.true")
        .json();
    assert_eq!(each.as_array().map(Vec::len), Some(3), "{each}");
}
