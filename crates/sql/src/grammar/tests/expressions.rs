//! Casts, calls, subqueries and everything else that is an expression.

use super::expression_is;

#[rustfmt::skip]
#[test]
fn casts() {
    expression_is("-1::int8", "-1::int8 : bigint");
    expression_is("id::text", "cast(t.id as text) : text");
    expression_is("id::text || 'x'", "(cast(t.id as text) || 'x') : text");
    expression_is("'1'::int", "1 : integer");
    expression_is("'1'::int8 + 1", "(1::int8 + 1) : bigint");
    expression_is("'x'::int", r#"22P02: invalid input syntax for type integer: "x""#);
    expression_is("'{}'::jsonb", "'{}'::jsonb : jsonb");
    expression_is("'{a,b}'::text[]", r#"'["a","b"]'::text[] : text[]"#);
    expression_is("'2024-01-01'::date", "19723::date : date");
    expression_is("cast(id as bigint)", "cast(t.id as bigint) : bigint");
    expression_is("cast('12.345' as numeric(5,2))", "'12.35'::numeric : numeric");
    expression_is("id::numeric(10,2)", "cast(t.id as numeric(10,2)) : numeric");
    expression_is("name::varchar(3)", "cast(t.name as character varying(3)) : character varying");
    expression_is("'abcdef'::varchar(3)", "'abc'::varchar : character varying");
    expression_is("'abcdef'::char(3)", "'abc'::character : character");
    expression_is("price::int", "cast(t.price as integer) : integer");
    expression_is("flag::int", "cast(t.flag as integer) : integer");
    expression_is("id::bool", "cast(t.id as boolean) : boolean");
    expression_is("big::bool", "42846: cannot cast type bigint to boolean");
    expression_is("name::mood", "cast(t.name as mood) : mood");
    expression_is("'ok'::mood", "'ok'::mood : mood");
    expression_is("'bad'::mood", r#"22P02: invalid input value for enum mood: "bad""#);
    expression_is("id::posint", "0A000: a cast to the domain public.posint is not supported");
    expression_is("id::nothing", r#"42704: type "nothing" does not exist"#);
    expression_is("id::money", r#"0A000: values of type "money" are not supported"#);
    expression_is("id::date", "42846: cannot cast type integer to date");
}

#[rustfmt::skip]
#[test]
fn typed_literals() {
    expression_is("date '2024-01-01'", "19723::date : date");
    expression_is("timestamp '2024-01-01 10:00'", "1704103200000000::timestamp : timestamp without time zone");
    expression_is("timestamptz '2024-01-01 10:00+02'", "1704096000000000::timestamptz : timestamp with time zone");
    expression_is("timestamp with time zone '2024-01-01 10:00'", "1704103200000000::timestamptz : timestamp with time zone");
    expression_is("interval '1 day 2 hours'", "'1 day 02:00:00'::interval : interval");
    expression_is("interval '1' day", "'1 day'::interval : interval");
    expression_is("interval '90' minute", "'01:30:00'::interval : interval");
    expression_is("time '10:00'", "36000000000::time without time zone : time without time zone");
    expression_is(r#"jsonb '{"a":1}'"#, r#"'{"a":1}'::jsonb : jsonb"#);
    expression_is("numeric(5,2) '1.234'", "'1.23'::numeric : numeric");
    expression_is("'now'::text::int", r#"22P02: invalid input syntax for type integer: "now""#);
    expression_is("null::int", "null::int4 : integer");
    expression_is("null::u", "null::u : u");
    expression_is("'x'::regclass", "'x' : text");
}

#[rustfmt::skip]
#[test]
fn special_syntax() {
    expression_is("at at time zone 'utc'", "timezone('utc', t.at) : timestamp without time zone");
    expression_is("ts at time zone 'Europe/Berlin'", "timezone('Europe/Berlin', t.ts) : timestamp with time zone");
    expression_is("at at time zone 'utc' = ts", "(timezone('utc', t.at) = t.ts) : boolean");
    expression_is("extract(year from at)", "extract('year', t.at) : numeric");
    expression_is("extract(epoch from span)", "extract('epoch', t.span) : numeric");
    expression_is("extract('dow' from day)", "extract('dow', t.day) : numeric");
    expression_is("date_trunc('day', at)", "date_trunc('day', t.at) : timestamp with time zone");
    expression_is("date_part('year', at)", "date_part('year', t.at) : double precision");
    expression_is("age(at)", "age(t.at) : interval");
    expression_is("substring(name from 2 for 3)", "substring(t.name, 2, 3) : text");
    expression_is("substring(name from 2)", "substring(t.name, 2) : text");
    expression_is("substring(name for 3)", "substring(t.name, 1, 3) : text");
    expression_is("substring(name, 2, 3)", "substring(t.name, 2, 3) : text");
    expression_is("substring(name from 'a.c')", "substring(t.name, 'a.c') : text");
    expression_is("position('a' in name)", "position(t.name, 'a') : integer");
    expression_is("overlay(name placing 'x' from 1 for 2)", "overlay(t.name, 'x', 1, 2) : text");
    expression_is("trim(name)", "btrim(t.name) : text");
    expression_is("trim(both 'x' from name)", "btrim(t.name, 'x') : text");
    expression_is("trim(leading from name)", "ltrim(t.name) : text");
    expression_is("trim(trailing 'x' from name)", "rtrim(t.name, 'x') : text");
    expression_is("btrim(name, 'x')", "btrim(t.name, 'x') : text");
}

#[rustfmt::skip]
#[test]
fn functions() {
    expression_is("upper(name)", "upper(t.name) : text");
    expression_is("upper(owner)", "call public.upper(t.owner) : text");
    expression_is("upper(code)", "upper(t.code) : text");
    expression_is("upper(id)", "42883: function upper(integer) does not exist");
    expression_is("lower('A')", "lower('A') : text");
    expression_is("length(name)", "length(t.name) : integer");
    expression_is("length('abc')", "length('abc') : integer");
    expression_is("char_length(name)", "char_length(t.name) : integer");
    expression_is("round(price, 2)", "round(t.price, 2) : numeric");
    expression_is("round(price)", "round(t.price) : numeric");
    expression_is("round(id)", "round(cast(t.id as double precision)) : double precision");
    expression_is("round(rate)", "round(t.rate) : double precision");
    expression_is("floor(rate)", "floor(t.rate) : double precision");
    expression_is("abs(id)", "abs(t.id) : integer");
    expression_is("abs(price)", "abs(t.price) : numeric");
    expression_is("abs(-1)", "abs(-1) : integer");
}

#[rustfmt::skip]
#[test]
fn conditionals() {
    expression_is("coalesce(name, 'x')", "coalesce(t.name, 'x') : text");
    expression_is("coalesce(null, id, 1.5)", "coalesce(null::numeric, cast(t.id as numeric), '1.5'::numeric) : numeric");
    expression_is("coalesce(id, 'x')", r#"22P02: invalid input syntax for type integer: "x""#);
    expression_is("coalesce(null, null)", "coalesce(null::text, null::text) : text");
    expression_is("nullif(id, 0)", "nullif(t.id, 0) : integer");
    expression_is("nullif(name, '')", "nullif(t.name, '') : text");
    expression_is("greatest(id, big, 1.5)", "greatest(cast(t.id as numeric), cast(t.big as numeric), '1.5'::numeric) : numeric");
    expression_is("least('a', name)", "least('a', t.name) : text");
    expression_is("case when flag then 1 else 2 end", "case(t.flag -> 1; 2) : integer");
    expression_is("case when flag then 1 end", "case(t.flag -> 1) : integer");
    expression_is("case id when 1 then 'a' when 2 then 'b' else name end", "case((t.id = 1) -> 'a', (t.id = 2) -> 'b'; t.name) : text");
    expression_is("case when flag then 1 else 'x' end", r#"22P02: invalid input syntax for type integer: "x""#);
    expression_is("case when id then 1 end", "42804: argument of CASE/WHEN must be type boolean, not type integer");
    expression_is("case when flag then null else id end", "case(t.flag -> null::int4; t.id) : integer");
}

#[rustfmt::skip]
#[test]
fn arrays_and_rows() {
    expression_is("array[1, 2]", "array[1, 2] : integer[]");
    expression_is("array[1, 2.5]", "array['1'::numeric, '2.5'::numeric] : numeric[]");
    expression_is("array['a', name]", "array['a', t.name] : text[]");
    expression_is("array[]", "42P18: cannot determine type of empty array");
    expression_is("array[]::int[]", "array[] : integer[]");
    expression_is("array[1, 'x']", r#"22P02: invalid input syntax for type integer: "x""#);
    expression_is("array[[1, 2], [3, 4]]", "array[array[1, 2], array[3, 4]] : integer[]");
    expression_is("array['1']::int[]", "array[1] : integer[]");
    expression_is("row(1, 'a')", "row(1, 'a') : record");
    expression_is("row(1, 'a')::spot", "{x: 1, label: 'a'}::spot : spot");
    expression_is("(1, 'a')::spot", "{x: 1, label: 'a'}::spot : spot");
}

#[rustfmt::skip]
#[test]
fn variadic_and_polymorphic_functions() {
    expression_is("concat(name, id)", "concat(t.name, t.id) : text");
    expression_is("concat_ws(', ', name, code)", "concat_ws(', ', t.name, t.code) : text");
    expression_is("format('%s', name)", "format('%s', t.name) : text");
    expression_is("jsonb_build_object('a', id, 'b', name)", "jsonb_build_object('a', t.id, 'b', t.name) : jsonb");
    expression_is("json_build_array(1, 'a')", "json_build_array(1, 'a') : json");
    expression_is("to_jsonb(id)", "to_jsonb(t.id) : jsonb");
    expression_is("to_jsonb('a'::text)", "to_jsonb('a') : jsonb");
    expression_is("jsonb_set(data, '{a}', '1')", r#"jsonb_set(t.data, '["a"]'::text[], '1'::jsonb) : jsonb"#);
    expression_is("jsonb_array_length(data)", "jsonb_array_length(t.data) : integer");
    expression_is("array_length(tags, 1)", "array_length(t.tags, 1) : integer");
    expression_is("array_append(tags, 'a')", "array_append(t.tags, 'a') : text[]");
    expression_is("array_append(nums, 1)", "array_append(t.nums, 1) : integer[]");
    expression_is("array_to_string(tags, ',')", "array_to_string(t.tags, ',') : text");
    expression_is("string_to_array(name, ',')", "string_to_array(t.name, ',') : text[]");
    expression_is("cardinality(tags)", "cardinality(t.tags) : integer");
    expression_is("array_position(tags, 'a')", "array_position(t.tags, 'a') : integer");
    expression_is("gen_random_uuid()", "gen_random_uuid() : uuid");
    expression_is("random()", "random() : double precision");
}

#[rustfmt::skip]
#[test]
fn what_the_request_supplies() {
    expression_is("auth.uid()", "uid : uuid");
    expression_is("(select auth.uid())", "uid : uuid");
    expression_is("(select auth.uid()) = owner", "(uid = t.owner) : boolean");
    expression_is("auth.role()", "role : text");
    expression_is("auth.email()", "email : text");
    expression_is("auth.jwt() ->> 'email'", "(jwt ->> 'email') : text");
    expression_is("(auth.jwt() -> 'app_metadata' ->> 'role') = 'admin'", "(((jwt -> 'app_metadata') ->> 'role') = 'admin') : boolean");
    expression_is("(select auth.jwt() ->> 'role')", "(jwt ->> 'role') : text");
    expression_is("auth.nope()", "42883: function auth.nope() does not exist");
    expression_is("current_setting('request.jwt.claims', true)", r#"setting("request.jwt.claims") : text"#);
    expression_is("current_setting('request.jwt.claims', true)::jsonb ->> 'sub'", r#"(cast(setting("request.jwt.claims") as jsonb) ->> 'sub') : text"#);
    expression_is("current_setting('work_mem')", "0A000: the setting work_mem is not supported");
}

#[rustfmt::skip]
#[test]
fn routines() {
    expression_is("add(1, 2)", "call public.add(1, 2) : integer");
    expression_is("add(1)", "call public.add(1, 10) : integer");
    expression_is("add(a => 1, b => 2)", "call public.add(1, 2) : integer");
    expression_is("add(b => 2, a => 1)", "call public.add(1, 2) : integer");
    expression_is("add(a := 1)", "call public.add(1, 10) : integer");
    expression_is("add(small)", "call public.add(cast(t.small as integer), 10) : integer");
    expression_is("add('1', '2')", "call public.add(1, 2) : integer");
    expression_is("add('a', 'b', 'c')", "call public.add('a', 'b', 'c') : text");
    expression_is("add(name)", "42883: function add(text) does not exist");
    expression_is("add(1, 2, 3)", "42883: function add(integer, integer, integer) does not exist");
    expression_is("add(c => 1)", "42883: function add(c => integer) does not exist");
    expression_is("public.add(1)", "call public.add(1, 10) : integer");
    expression_is("other.add(1)", "42883: function other.add(integer) does not exist");
    expression_is("joined('-', 'a', 'b')", "call public.joined('-', array['a', 'b']) : text");
    expression_is("joined('-', name)", "call public.joined('-', array[t.name]) : text");
    expression_is("joined('-', variadic tags)", "call public.joined('-', t.tags) : text");
    expression_is("nope(1, 'a')", "42883: function nope(integer, unknown) does not exist");
    expression_is("my_teams(owner)", "0A000: the set-returning function my_teams in this place is not supported");
    expression_is("id in (select my_teams(auth.uid()))", "(t.id) in (select my_teams.my_teams from call public.my_teams(uid) my_teams(my_teams int4)) : boolean");
}

#[rustfmt::skip]
#[test]
fn subqueries() {
    expression_is("exists (select 1 from u where u.t_id = t.id)", "exists(select 1 as ?column? from u where (u.t_id = t.id)) : boolean");
    expression_is("exists (select from u where t_id = t.id and u.name = t.name)", "exists(select  from u where and((u.t_id = t.id), (u.name = t.name))) : boolean");
    expression_is("id in (select t_id from u)", "(t.id) in (select u.t_id from u) : boolean");
    expression_is("id in (select amount from u)", "(t.id) in (select u.amount from u) : boolean");
    expression_is("name in (select t_id from u)", "42883: operator does not exist: text = integer");
    expression_is("id in (select id, name from u)", "42601: subquery has too many columns");
    expression_is("(id, name) in (select id, name from u)", "(t.id, t.name) in (select u.id, u.name from u) : boolean");
    expression_is("id not in (select t_id from u where name is not null)", "(t.id) not in (select u.t_id from u where u.name is not null) : boolean");
    expression_is("id = (select max(t_id) from u)", "(t.id = scalar(select max(u.t_id) as max from u)) : boolean");
    expression_is("id = any (select t_id from u)", "(t.id) in (select u.t_id from u) : boolean");
    expression_is("id <> all (select t_id from u)", "(t.id) not in (select u.t_id from u) : boolean");
    expression_is("id > all (select t_id from u)", "t.id > all(array(select u.t_id from u)) : boolean");
    expression_is("array(select name from u order by id)", "array(select u.name from u order by u.id) : text[]");
    expression_is("(select count(*) from u where u.t_id = t.id)", "scalar(select count() as count from u where (u.t_id = t.id)) : bigint");
    expression_is("(select name, id from u)", "42601: subquery must return only one column");
    expression_is("(select 1 union select 2)", "scalar([select 1 as ?column?] union [select 2 as ?column?]) : integer");
    expression_is("id in (select id from t)", "(t.id) in (select t_1.id from t t_1) : boolean");
    expression_is("id in (select t2.id from t t2 where t2.owner = t.owner)", "(t.id) in (select t2.id from t t2 where (t2.owner = t.owner)) : boolean");
    expression_is("id in (select id from missing)", r#"42P01: relation "missing" does not exist"#);
}

#[rustfmt::skip]
#[test]
fn refused_without_a_query() {
    expression_is("count(*)", "42803: aggregate functions are not allowed in this expression");
    expression_is("sum(id)", "42803: aggregate functions are not allowed in this expression");
    expression_is("exists (select count(*) from u)", "exists(select count() as count from u) : boolean");
    expression_is("unnest(tags)", "0A000: the set-returning function unnest in this place is not supported");
    expression_is("generate_series(1, 3)", "0A000: the set-returning function generate_series in this place is not supported");
    expression_is("row_number() over ()", "42P20: window functions are not allowed in this expression");
}

#[rustfmt::skip]
#[test]
fn unusual_operators() {
    expression_is(r#"name collate "C" = 'a'"#, "(t.name = 'a') : boolean");
    expression_is(r#"name collate "de_DE" = 'a'"#, r#"0A000: the collation "de_DE" is not supported"#);
    expression_is("@ id", "abs(t.id) : integer");
    expression_is("~ id", "((0 - t.id) - 1) : integer");
    expression_is("|/ rate", "sqrt(t.rate) : double precision");
    expression_is("id <-> 1", "42883: operator does not exist: integer <-> integer");
    expression_is("id @@ name", "42883: operator does not exist: integer @@ text");
    expression_is("name @@ 'a & b'::tsquery", "(t.name @@ ''a' & 'b''::tsquery) : boolean");
    expression_is("!! 'a'::tsquery <-> 'b'", "(tsquery_not(''a''::tsquery) <-> ''b''::tsquery) : tsquery");
    expression_is("operator(1)", r#"42601: syntax error at or near "1""#);
    expression_is("id operator(pg_catalog.+) 1", "(t.id + 1) : integer");
    expression_is("name = 'a' 'b'", r#"42601: syntax error at or near "'b'""#);
}

#[rustfmt::skip]
#[test]
fn names_of_types_as_functions() {
    expression_is("date(at)", "date(t.at) : date");
    expression_is("int4(name)", "cast(t.name as integer) : integer");
    expression_is("text(id)", "cast(t.id as text) : text");
    expression_is("make_interval(days => 3)", "make_interval(0, 0, 0, 3, 0, 0, 0.0::float8) : interval");
    expression_is("make_interval(1, 2)", "make_interval(1, 2) : interval");
}

#[rustfmt::skip]
#[test]
fn more_than_an_expression() {
    expression_is("id + ", "42601: syntax error at end of input");
    expression_is("1 2", r#"42601: syntax error at or near "2""#);
    expression_is("1; select 2", "42601: syntax error: the statement is incomplete");
    expression_is("1 from t", "42601: syntax error: the statement is incomplete");
    expression_is("1 as x", "42601: syntax error: the statement is incomplete");
    expression_is("*", "42601: syntax error: the statement is incomplete");
    expression_is("select 1", r#"42601: syntax error at or near "select""#);
    expression_is("default", r#"42601: syntax error at or near "default""#);
}

#[rustfmt::skip]
#[test]
fn limits_and_brackets() {
    expression_is("-9223372036854775808", "-9223372036854775808::int8 : bigint");
    expression_is("- (2147483648)", "-2147483648::int8 : bigint");
    expression_is("concat(variadic tags)", "0A000: VARIADIC in a call of concat is not supported");
    expression_is("public.t.missing", r#"42P01: missing FROM-clause entry for table "t""#);
    expression_is("name operator(pg_catalog.~~) 'a'", "(t.name ~~ 'a') : boolean");
    expression_is("not not flag", "t.flag : boolean");
    expression_is("not (flag or flag)", "not(or(t.flag, t.flag)) : boolean");
    expression_is("true and flag", "t.flag : boolean");
    expression_is("flag is not distinct from true", "t.flag is not distinct from true : boolean");
    expression_is("(id) in ((1))", "t.id in [1] : boolean");
    expression_is("id in ((select 1))", "(t.id) in (select 1 as ?column?) : boolean");
    expression_is("name between 'a' and 'b' or flag", "or(and((t.name >= 'a'), (t.name <= 'b')), t.flag) : boolean");
    expression_is("id + 1 between 2 and 3 + 4", "and(((t.id + 1) >= 2), ((t.id + 1) <= (3 + 4))) : boolean");
    expression_is("name || 'a' like 'b' || '%'", "((t.name || 'a') ~~ ('b' || '%')) : boolean");
    expression_is("id in (1) is true", "t.id in [1] is some(true) : boolean");
    expression_is("a.b.c.d", "0A000: cross-database references are not implemented");
    expression_is("(id, 1)", "row(t.id, 1) : record");
    expression_is("(id)::text", "cast(t.id as text) : text");
    expression_is("((id))", "t.id : integer");
    expression_is("t.*", "0A000: the expansion of a row in this place is not supported");
    expression_is("at::date = current_date", "(cast(t.at as date) = cast(now as date)) : boolean");
    expression_is("(data ->> 'n')::int + 1", "(cast((t.data ->> 'n') as integer) + 1) : integer");
    expression_is("data ->> 'a' is null", "(t.data ->> 'a') is null : boolean");
    expression_is("name is not null and name <> ''", "and(t.name is not null, (t.name <> '')) : boolean");
    expression_is("coalesce(data ->> 'a', 'b') = 'c'", "(coalesce((t.data ->> 'a'), 'b') = 'c') : boolean");
    expression_is("tags @> array['a']::varchar[]", "(t.tags @> array['a']) : boolean");
    expression_is("owner::text = name", "(cast(t.owner as text) = t.name) : boolean");
    expression_is("mood::text like 'h%'", "(cast(t.mood as text) ~~ 'h%') : boolean");
    expression_is("mood in ('nope')", r#"22P02: invalid input value for enum mood: "nope""#);
    expression_is("nums[1:2]", "case(t.nums is null -> null::int4[]; array(select slice.value from unnest(t.nums) slice(value int4, number int8) ordinality where and((slice.number >= 1::int8), (slice.number <= 2::int8)) order by slice.number)) : integer[]");
    expression_is("tags[:id]", "case(or(t.tags is null, cast(t.id as bigint) is null) -> null::text[]; array(select slice.value from unnest(t.tags) slice(value text, number int8) ordinality where (slice.number <= cast(t.id as bigint)) order by slice.number)) : text[]");
    expression_is("(string_to_array(name, '/'))[2:]", "case(string_to_array(t.name, '/') is null -> null::text[]; array(select slice.value from unnest(string_to_array(t.name, '/')) slice(value text, number int8) ordinality where (slice.number >= 2::int8) order by slice.number)) : text[]");
    expression_is("name[1:2]", "42804: cannot subscript type text because it does not support subscripting");
    expression_is("nums[1:2][1:1]", "0A000: a slice of an array of several dimensions is not supported");
    expression_is("array_agg(id)", "42803: aggregate functions are not allowed in this expression");
    expression_is("exists (select 1 from t where t.id = id)", "exists(select 1 as ?column? from t t_1 where (t_1.id = t_1.id)) : boolean");
    expression_is("exists (select 1 from u as t where t.id = 1)", "exists(select 1 as ?column? from u t_1 where (t_1.id = 1)) : boolean");
    expression_is("(select u.name from u where u.id = t.id limit 1) = name", "(scalar(select u.name from u where (u.id = t.id) limit 1::int8) = t.name) : boolean");
    expression_is("case when exists (select 1 from u) then 1 else 0 end", "case(exists(select 1 as ?column? from u) -> 1; 0) : integer");
    expression_is("id = (select t_id from u where u.name = t.name)", "(t.id = scalar(select u.t_id from u where (u.name = t.name))) : boolean");
}
