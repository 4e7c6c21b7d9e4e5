//! Expressions as migrations of real projects write them.

use super::expression_is;

#[rustfmt::skip]
#[test]
fn what_migrations_write() {
    expression_is("((code)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))", "t.code = any(array['a', 'b']) : boolean");
    expression_is("(code = ANY (ARRAY['a'::text, 'b'::text]))", "t.code = any(array['a', 'b']) : boolean");
    expression_is("timezone('utc'::text, now())", "timezone('utc', now) : timestamp without time zone");
    expression_is("uuid_generate_v4()", "uuid_generate_v4() : uuid");
    expression_is("extensions.uuid_generate_v4()", "uuid_generate_v4() : uuid");
    expression_is("extensions.gen_random_uuid()", "gen_random_uuid() : uuid");
    expression_is("nextval('seq'::regclass)", "nextval('seq') : bigint");
    expression_is("'{}'::text[]", "'[]'::text[] : text[]");
    expression_is("ARRAY[]::text[]", "array[] : text[]");
    expression_is("(now() at time zone 'utc')", "timezone('utc', now) : timestamp without time zone");
    expression_is("encode(raw, 'hex')", "encode(t.raw, 'hex') : text");
    expression_is("decode('ff', 'hex')", "decode('ff', 'hex') : bytea");
    expression_is("interval '1 hour' * id", "('01:00:00'::interval * cast(t.id as double precision)) : interval");
    expression_is("interval '1 hour' * 1.5", "('01:00:00'::interval * 1.5::float8) : interval");
    expression_is("id * interval '1 hour'", "(cast(t.id as double precision) * '01:00:00'::interval) : interval");
    expression_is("now()::date", "cast(now as date) : date");
    expression_is("date_trunc('month', now())", "date_trunc('month', now) : timestamp with time zone");
    expression_is("extract(epoch from (at - now()))", "extract('epoch', (t.at - now)) : numeric");
    expression_is("extract(epoch from at - now())::int", "cast(extract('epoch', (t.at - now)) as integer) : integer");
    expression_is("(at - now()) > interval '1 day'", "((t.at - now) > '1 day'::interval) : boolean");
    expression_is("at::date - day", "(cast(t.at as date) - t.day) : integer");
    expression_is("day - at::date > 3", "((t.day - cast(t.at as date)) > 3) : boolean");
    expression_is("lower(trim(name))", "lower(btrim(t.name)) : text");
}

#[rustfmt::skip]
#[test]
fn text_functions() {
    expression_is("regexp_replace(name, '[^a-z]+', '-', 'g')", "regexp_replace(t.name, '[^a-z]+', '-', 'g') : text");
    expression_is("regexp_match(name, 'a')", "regexp_match(t.name, 'a') : text[]");
    expression_is("left(name, 3)", "left(t.name, 3) : text");
    expression_is("right(name, 3)", "right(t.name, 3) : text");
    expression_is("split_part(name, '@', 2)", "split_part(t.name, '@', 2) : text");
    expression_is("md5(name)", "md5(t.name) : text");
    expression_is("replace(name, 'a', 'b')", "replace(t.name, 'a', 'b') : text");
    expression_is("lpad(id::text, 5, '0')", "lpad(cast(t.id as text), 5, '0') : text");
    expression_is("to_char(at, 'YYYY-MM-DD')", "to_char(t.at, 'YYYY-MM-DD') : text");
    expression_is("to_date('2024', 'YYYY')", "to_date('2024', 'YYYY') : date");
    expression_is("to_timestamp(0)", "to_timestamp(0.0::float8) : timestamp with time zone");
    expression_is("char_length(code) <= 10", "(char_length(t.code) <= 10) : boolean");
    expression_is("length(code)", "length(t.code) : integer");
    expression_is("email ~* '^a$'", r#"42703: column "email" does not exist"#);
    expression_is("code ~* '^[a-z]+$'", "(t.code ~* '^[a-z]+$') : boolean");
}

#[rustfmt::skip]
#[test]
fn numbers_and_json() {
    expression_is("price >= (0)::numeric", "(t.price >= '0'::numeric) : boolean");
    expression_is("price > 0 and price < 100.50", "and((t.price > '0'::numeric), (t.price < '100.50'::numeric)) : boolean");
    expression_is("price * 100", "(t.price * '100'::numeric) : numeric");
    expression_is("(price * 100)::int", "cast((t.price * '100'::numeric) as integer) : integer");
    expression_is("price::text", "cast(t.price as text) : text");
    expression_is("jsonb_typeof(data) = 'array'", "(jsonb_typeof(t.data) = 'array') : boolean");
    expression_is("jsonb_array_length(data) > 0", "(jsonb_array_length(t.data) > 0) : boolean");
    expression_is("data @> jsonb_build_object('a', id)", "(t.data @> jsonb_build_object('a', t.id)) : boolean");
    expression_is(r#"data @> '[{"a": 1}]'::jsonb"#, r#"(t.data @> '[{"a":1}]'::jsonb) : boolean"#);
    expression_is("data -> 'tags' ? 'x'", "((t.data -> 'tags') ? 'x') : boolean");
    expression_is("data #>> '{a,0}'", r#"(t.data #>> '["a","0"]'::text[]) : text"#);
    expression_is("(data ->> 'a')::boolean", "cast((t.data ->> 'a') as boolean) : boolean");
    expression_is("(data ->> 'a')::numeric > 1", "(cast((t.data ->> 'a') as numeric) > '1'::numeric) : boolean");
    expression_is("(data -> 'a')::int", "cast((t.data -> 'a') as integer) : integer");
}

#[rustfmt::skip]
#[test]
fn arrays_and_times() {
    expression_is("cardinality(tags) = 0", "(cardinality(t.tags) = 0) : boolean");
    expression_is("array_length(tags, 1) > 0", "(array_length(t.tags, 1) > 0) : boolean");
    expression_is("'a' = any (tags) or name = any (array['x'])", "or('a' = any(t.tags), t.name = any(array['x'])) : boolean");
    expression_is("tags <@ array['a','b']::text[]", "(t.tags <@ array['a', 'b']) : boolean");
    expression_is("array_remove(tags, 'a')", "array_remove(t.tags, 'a') : text[]");
    expression_is("tags || array['b']", "(t.tags || array['b']) : text[]");
    expression_is("array_cat(tags, tags)", "array_cat(t.tags, t.tags) : text[]");
    expression_is("not (name = '' or name is null)", "not(or((t.name = ''), t.name is null)) : boolean");
    expression_is("coalesce((data ->> 'x')::int, 0) + 1", "(coalesce(cast((t.data ->> 'x') as integer), 0) + 1) : integer");
    expression_is("greatest(now(), at)", "greatest(now, t.at) : timestamp with time zone");
    expression_is("now() > at + interval '1 hour'", "(now > (t.at + '01:00:00'::interval)) : boolean");
    expression_is("at >= '2024-01-01' and at < '2025-01-01'", "and((t.at >= 1704067200000000::timestamptz), (t.at < 1735689600000000::timestamptz)) : boolean");
    expression_is("day between '2024-01-01' and '2024-12-31'", "and((t.day >= 19723::date), (t.day <= 20088::date)) : boolean");
    expression_is("date_part('dow', at)", "date_part('dow', t.at) : double precision");
    expression_is("age(now(), at)", "age(now, t.at) : interval");
    expression_is("justify_interval(span)", "justify_interval(t.span) : interval");
    expression_is("ceil(price)", "ceil(t.price) : numeric");
    expression_is("ceil(rate)", "ceil(t.rate) : double precision");
    expression_is("trunc(price, 1)", "trunc(t.price, 1) : numeric");
    expression_is("power(2, 3)", "power(2.0::float8, 3.0::float8) : double precision");
    expression_is("mod(id, 2)", "mod(t.id, 2) : integer");
    expression_is("sign(price)", "sign(t.price) : numeric");
    expression_is("sqrt(4)", "sqrt(4.0::float8) : double precision");
    expression_is("random() * 100", "(random() * 100.0::float8) : double precision");
    expression_is("floor(random() * 100)::int", "cast(floor((random() * 100.0::float8)) as integer) : integer");
    expression_is("num_nulls(id, name)", "num_nulls(t.id, t.name) : integer");
    expression_is("num_nonnulls(id, name) = 1", "(num_nonnulls(t.id, t.name) = 1) : boolean");
    expression_is("(id is null) <> (name is null)", "(t.id is null <> t.name is null) : boolean");
    expression_is("(id is not null)::int + (name is not null)::int = 1", "((cast(t.id is not null as integer) + cast(t.name is not null as integer)) = 1) : boolean");
    expression_is("is_valid", r#"42703: column "is_valid" does not exist"#);
    expression_is("initcap(name)", "initcap(t.name) : text");
    expression_is("concat(name, ' ', code)", "concat(t.name, ' ', t.code) : text");
}

#[rustfmt::skip]
#[test]
fn names_and_places() {
    expression_is("name || ' ' || code", "((t.name || ' ') || t.code) : text");
    expression_is("name || ' ' || coalesce(code, '')", "((t.name || ' ') || coalesce(t.code, ''::varchar)) : text");
    expression_is("quote_ident(name)", "quote_ident(t.name) : text");
    expression_is("format('%s-%s', name, id)", "format('%s-%s', t.name, t.id) : text");
    expression_is("to_jsonb(array[1,2])", "to_jsonb(array[1, 2]) : jsonb");
    expression_is("array_to_json(tags)", "array_to_json(t.tags) : json");
    expression_is("jsonb_strip_nulls(data)", "jsonb_strip_nulls(t.data) : jsonb");
    expression_is("jsonb_object_keys(data)", "0A000: the set-returning function jsonb_object_keys in this place is not supported");
    expression_is("starts_with(name, 'a')", "starts_with(t.name, 'a') : boolean");
    expression_is("position('@' in name) > 1", "(position(t.name, '@') > 1) : boolean");
    expression_is("substring(name, 1, 1) = 'a'", "(substring(t.name, 1, 1) = 'a') : boolean");
    expression_is("name ilike '%' || code || '%'", "(t.name ~~* (('%' || t.code) || '%')) : boolean");
    expression_is("strpos(name, 'a')", "strpos(t.name, 'a') : integer");
    expression_is("reverse(name)", "reverse(t.name) : text");
    expression_is("repeat('a', 3)", "repeat('a', 3) : text");
    expression_is("ascii(name)", "ascii(t.name) : integer");
    expression_is("chr(65)", "chr(65) : text");
    expression_is("translate(name, 'a', 'b')", "translate(t.name, 'a', 'b') : text");
    expression_is("overlay(name placing 'x' from 2)", "overlay(t.name, 'x', 2) : text");
    expression_is("to_hex(id)", "to_hex(t.id) : text");
    expression_is("string_to_array('a,b', ',')", "string_to_array('a,b', ',') : text[]");
    expression_is("array_upper(tags, 1)", "array_upper(t.tags, 1) : integer");
    expression_is("clock_timestamp()", "clock_timestamp() : timestamp with time zone");
    expression_is("statement_timestamp()", "now : timestamp with time zone");
    expression_is("make_date(2024, 1, 1)", "make_date(2024, 1, 1) : date");
    expression_is("make_timestamptz(2024, 1, 1, 0, 0, 0)", "make_timestamptz(2024, 1, 1, 0, 0, 0.0::float8) : timestamp with time zone");
}

#[rustfmt::skip]
#[test]
fn policies() {
    expression_is("isfinite(at)", "isfinite(t.at) : boolean");
    expression_is("mood::text", "cast(t.mood as text) : text");
    expression_is("owner is not null and owner = (select auth.uid())", "and(t.owner is not null, (t.owner = uid)) : boolean");
    expression_is("(owner = auth.uid()) is true", "(t.owner = uid) is some(true) : boolean");
    expression_is("auth.role() = 'authenticated'", "(role = 'authenticated') : boolean");
    expression_is("auth.jwt() ->> 'role' = 'service_role'", "((jwt ->> 'role') = 'service_role') : boolean");
    expression_is("((auth.jwt() -> 'user_metadata') ->> 'x')::boolean", "cast(((jwt -> 'user_metadata') ->> 'x') as boolean) : boolean");
    expression_is("coalesce(auth.jwt() -> 'app_metadata' -> 'roles', '[]'::jsonb) ? 'admin'", "(coalesce(((jwt -> 'app_metadata') -> 'roles'), '[]'::jsonb) ? 'admin') : boolean");
    expression_is("current_user = 'postgres'", "(currentuser = 'postgres'::name) : boolean");
    expression_is("(current_setting('request.jwt.claims', true)::json ->> 'sub')::uuid = owner", r#"(cast((cast(setting("request.jwt.claims") as json) ->> 'sub') as uuid) = t.owner) : boolean"#);
    expression_is("(current_setting('request.jwt.claim.sub', true))::uuid", r#"cast(setting("request.jwt.claim.sub") as uuid) : uuid"#);
}

#[rustfmt::skip]
#[test]
fn numbers_of_several_types() {
    expression_is("id = 1::bigint", "(t.id = 1::int8) : boolean");
    expression_is("big = 1", "(t.big = 1) : boolean");
    expression_is("small = 1", "(t.small = 1) : boolean");
    expression_is("small = 40000", "(t.small = 40000) : boolean");
    expression_is("rate = 1", "(t.rate = 1.0::float8) : boolean");
    expression_is("rate = 0.1", "(t.rate = 0.1::float8) : boolean");
    expression_is("price = 0.1", "(t.price = '0.1'::numeric) : boolean");
    expression_is("price = rate", "(cast(t.price as double precision) = t.rate) : boolean");
    expression_is("1 / 2", "(1 / 2) : integer");
    expression_is("1.0 / 2", "('1.0'::numeric / '2'::numeric) : numeric");
    expression_is("5 % 3", "(5 % 3) : integer");
    expression_is("-5 % 3", "(-5 % 3) : integer");
    expression_is("2 ^ 10", "(2.0::float8 ^ 10.0::float8) : double precision");
    expression_is("10 - -1", "(10 - -1) : integer");
    expression_is("1 + + 1", "(1 + 1) : integer");
    expression_is("'a' < 'b'", "('a' < 'b') : boolean");
    expression_is("'1' < 2", "(1 < 2) : boolean");
}

#[rustfmt::skip]
#[test]
fn nulls_and_branches() {
    expression_is("null = 1", "(null::int4 = 1) : boolean");
    expression_is("null and true", "null::bool : boolean");
    expression_is("null::int = null", "(null::int4 = null::int4) : boolean");
    expression_is("case when true then 'a'::varchar else 'b'::text end", "case(true -> 'a'; 'b') : text");
    expression_is("case when true then 1 else 2.5 end", "case(true -> '1'::numeric; '2.5'::numeric) : numeric");
    expression_is("case when true then null end", "case(true -> null::text) : text");
    expression_is("coalesce(code, name)", "coalesce(t.code, t.name) : character varying");
    expression_is("coalesce(code, 'x')", "coalesce(t.code, 'x'::varchar) : character varying");
    expression_is("array[1, null]", "array[1, null::int4] : integer[]");
    expression_is("array[null]", "array[null::text] : text[]");
    expression_is("array[code, name]", "array[t.code, t.name] : character varying[]");
    expression_is("row(1, 'a') = row(1, 'a')", "and((1 = 1), ('a' = 'a')) : boolean");
    expression_is("(1, 2) < (1, 3)", "or((1 < 1), and((1 = 1), (2 < 3))) : boolean");
    expression_is("(id, name) is distinct from (1, 'a')", "or(t.id is distinct from 1, t.name is distinct from 'a') : boolean");
    expression_is("exists (select * from u group by name having count(*) > 1)", r#"42803: column "u.id" must appear in the GROUP BY clause or be used in an aggregate function"#);
}
