//! The project of the grammar's tests as PostgreSQL creates it, and a table of the SQLite writer's corpus.

/// The tables, types and routines of [`crate::grammar::tests::project::Project`].
pub(super) const SCHEMA: &str = r#"
create type mood as enum ('sad', 'ok', 'happy');
create type spot as (x integer, label text);
create domain posint as integer check (value > 0);
create table t (
    id integer primary key, big bigint, small smallint, price numeric(10,2), rate double precision, name text,
    code character varying(10), flag boolean, day date, at timestamptz, ts timestamp, span interval, data jsonb, doc json,
    tags text[], nums integer[], owner uuid, mood mood, spot spot, raw bytea
);
create table u (id integer primary key, t_id integer references t, name text, amount bigint);
create index on u (t_id);
create table "Odd Name" ("Key" integer primary key);
create view v as select id, price as total from t;
create schema auth;
create table auth.users (id uuid primary key, email character varying);
create function auth.uid() returns uuid language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true)::jsonb ->> 'sub', '')::uuid $$;
create function auth.role() returns text language sql stable as $$ select 'authenticated'::text $$;
create function auth.email() returns text language sql stable as $$ select 'a@b.c'::text $$;
create function auth.jwt() returns jsonb language sql stable as $$ select '{"sub": "x"}'::jsonb $$;
create function add(a integer, b integer default 10) returns integer language sql as 'select a + b';
create function add(a text, b text, c text) returns text language sql as 'select a || b || c';
create function my_teams(who uuid) returns setof integer language sql as 'select 1 union select 2';
create function found(out id integer, out label text) returns setof record language sql as $$ select 1, 'one' $$;
create function joined(separator text, variadic parts text[]) returns text language sql as
    'select array_to_string(parts, separator)';
create function upper(a uuid) returns text language sql as 'select upper(a::text)';
insert into t values
    (1, 10, 100, 1.50, 0.5, 'one', 'a', true, '2024-01-31', '2024-01-31 10:00+00', '2024-01-31 10:00', '1 day',
     '{"a": {"b": [1, 2]}, "k": "x"}', '{"a":  1}', '{x,y}', '{1,2,3}', '00000000-0000-0000-0000-000000000001', 'ok',
     row(1, 'spot'), '\x00ff'),
    (2, 20, 200, 20.25, 1e300, 'two''s "name"', 'b', false, '2025-02-28', '2025-02-28 23:59:59.123456+00', '2025-02-28 01:02',
     '02:03:04', '[1, "a", null]', 'null', '{}', '{{1,2},{3,4}}', null, 'happy', null, ''),
    (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (4, -1, -2, -3.00, '-infinity', '', 'One', true, '0044-03-15 bc', 'infinity', '-infinity', '-1 mon', '{}', '[]',
     '{NULL,"a,b","q\"",null}', '{-1,0}', 'ffffffff-ffff-ffff-ffff-ffffffffffff', 'sad', row(null, ''), '\x5c');
insert into u values (1, 1, 'first', 5), (2, 1, 'second', null), (3, 2, null, -7), (4, null, 'orphan', 9);
insert into "Odd Name" values (1), (2);
insert into auth.users values ('00000000-0000-0000-0000-000000000001', 'a@b.c');
"#;

/// The table of the corpus that the SQLite engine's functions are compared with PostgreSQL by.
pub(super) const THINGS: &str = "create table things (
    id bigint primary key, name text, price numeric, email citext, owner uuid, created timestamptz, score double precision,
    active boolean
);";
