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
