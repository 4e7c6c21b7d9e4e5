//! Literals, columns, operators and predicates.

use super::expression_is;

#[rustfmt::skip]
#[test]
fn literals() {
    expression_is("1", "1 : integer");
    expression_is("2147483648", "2147483648::int8 : bigint");
    expression_is("9223372036854775808", "'9223372036854775808'::numeric : numeric");
    expression_is("1.50", "'1.50'::numeric : numeric");
    expression_is("1e3", "'1000'::numeric : numeric");
    expression_is(".5", "'0.5'::numeric : numeric");
    expression_is("0x1F", "31 : integer");
    expression_is("1_000", "1000 : integer");
    expression_is("'a'", "'a'::unknown : unknown");
    expression_is("'it''s'", "'it's'::unknown : unknown");
    expression_is(r#"E'a\nb'"#, "'a\nb'::unknown : unknown");
    expression_is("$$it's$$", "'it's'::unknown : unknown");
    expression_is("$q$a$$b$q$", "'a$$b'::unknown : unknown");
    expression_is(r#"U&'\0041'"#, "'A'::unknown : unknown");
    expression_is("N'x'", "'x'::unknown : unknown");
    expression_is("null", "null::unknown : unknown");
    expression_is("true", "true : boolean");
    expression_is("b'101'", "0A000: a bit string is not supported");
    expression_is("-1", "-1 : integer");
    expression_is("-2147483648", "-2147483648 : integer");
    expression_is("-1.5", "'-1.5'::numeric : numeric");
    expression_is("- id", "(0 - t.id) : integer");
    expression_is("+ id", "t.id : integer");
    expression_is("-'1'", "-1.0::float8 : double precision");
}

#[rustfmt::skip]
#[test]
fn columns() {
    expression_is("id", "t.id : integer");
    expression_is("t.id", "t.id : integer");
    expression_is("public.t.id", "t.id : integer");
    expression_is(r#""ID""#, r#"42703: column "ID" does not exist"#);
    expression_is("missing", r#"42703: column "missing" does not exist"#);
    expression_is("t.missing", "42703: column t.missing does not exist");
    expression_is("x.id", r#"42P01: missing FROM-clause entry for table "x""#);
    expression_is("first", "$1::int4 : integer");
    expression_is("label", "$2::text : text");
    expression_is("f.first", "$1::int4 : integer");
    expression_is("$1", "$1::int4 : integer");
    expression_is("$2", "$2::text : text");
    expression_is("$3", "42P02: there is no parameter $3");
    expression_is("t", "{id: t.id, big: t.big, small: t.small, price: t.price, rate: t.rate, name: t.name, code: t.code, flag: t.flag, day: t.day, at: t.at, ts: t.ts, span: t.span, data: t.data, doc: t.doc, tags: t.tags, nums: t.nums, owner: t.owner, mood: t.mood, spot: t.spot, raw: t.raw}::record : record");
    expression_is("(t).name", "t.name : text");
    expression_is("to_jsonb(t)", "to_jsonb({id: t.id, big: t.big, small: t.small, price: t.price, rate: t.rate, name: t.name, code: t.code, flag: t.flag, day: t.day, at: t.at, ts: t.ts, span: t.span, data: t.data, doc: t.doc, tags: t.tags, nums: t.nums, owner: t.owner, mood: t.mood, spot: t.spot, raw: t.raw}::record) : jsonb");
    expression_is("row_to_json(t)", "row_to_json({id: t.id, big: t.big, small: t.small, price: t.price, rate: t.rate, name: t.name, code: t.code, flag: t.flag, day: t.day, at: t.at, ts: t.ts, span: t.span, data: t.data, doc: t.doc, tags: t.tags, nums: t.nums, owner: t.owner, mood: t.mood, spot: t.spot, raw: t.raw}::record) : json");
    expression_is("spot.x", r#"42P01: missing FROM-clause entry for table "spot""#);
    expression_is("(spot).x", "(t.spot).x : integer");
    expression_is("(t.spot).label", "(t.spot).label : text");
    expression_is("(spot).y", r#"42703: column "y" not found in data type spot"#);
}

#[rustfmt::skip]
#[test]
fn operators_choose_their_types() {
    expression_is("id = 1", "(t.id = 1) : boolean");
    expression_is("id = '1'", "(t.id = 1) : boolean");
    expression_is("id = 'x'", r#"22P02: invalid input syntax for type integer: "x""#);
    expression_is("name = 1", "42883: operator does not exist: text = integer");
    expression_is("name = 'a'", "(t.name = 'a') : boolean");
    expression_is("name = code", "(t.name = t.code) : boolean");
    expression_is("code = 'a'", "(t.code = 'a') : boolean");
    expression_is("big = id", "(t.big = t.id) : boolean");
    expression_is("small + id", "(t.small + t.id) : integer");
    expression_is("id + big", "(t.id + t.big) : bigint");
    expression_is("id + 1.5", "(cast(t.id as numeric) + '1.5'::numeric) : numeric");
    expression_is("rate + id", "(t.rate + cast(t.id as double precision)) : double precision");
    expression_is("price * 2", "(t.price * '2'::numeric) : numeric");
    expression_is("price / rate", "(cast(t.price as double precision) / t.rate) : double precision");
    expression_is("id / 2", "(t.id / 2) : integer");
    expression_is("id % 2", "(t.id % 2) : integer");
    expression_is("price % 2", "(t.price % '2'::numeric) : numeric");
    expression_is("2 ^ 3", "(2.0::float8 ^ 3.0::float8) : double precision");
    expression_is("rate ^ 2", "(t.rate ^ 2.0::float8) : double precision");
    expression_is("name || 'a'", "(t.name || 'a') : text");
    expression_is("name || id", "(t.name || cast(t.id as text)) : text");
    expression_is("id || name", "(cast(t.id as text) || t.name) : text");
    expression_is("id || id", "42883: operator does not exist: integer || integer");
    expression_is("'a' || 'b'", "('a' || 'b') : text");
    expression_is("tags || 'x'", r#"22P02: malformed array literal: "x""#);
    expression_is("tags || name", "(t.tags || t.name) : text[]");
    expression_is("name || tags", "(t.name || t.tags) : text[]");
    expression_is("tags || tags", "(t.tags || t.tags) : text[]");
    expression_is("nums || 1", "(t.nums || 1) : integer[]");
    expression_is("nums || big", "(cast(t.nums as bigint[]) || t.big) : bigint[]");
    expression_is("data || '{}'", "(t.data || '{}'::jsonb) : jsonb");
    expression_is("raw || raw", "(t.raw || t.raw) : bytea");
    expression_is("id + name", "42883: operator does not exist: integer + text");
    expression_is("'1' + '2'", "42725: operator is not unique: unknown + unknown");
    expression_is("flag = 'yes'", "(t.flag = true) : boolean");
    expression_is("mood = 'ok'", "(t.mood = 'ok'::mood) : boolean");
    expression_is("mood < 'happy'", "(t.mood < 'happy'::mood) : boolean");
    expression_is("mood = 'wrong'", r#"22P02: invalid input value for enum mood: "wrong""#);
    expression_is("mood = name", "42883: operator does not exist: mood = text");
    expression_is("owner = '00000000-0000-0000-0000-000000000001'", "(t.owner = '00000000-0000-0000-0000-000000000001'::uuid) : boolean");
    expression_is("owner = auth.uid()", "(t.owner = uid) : boolean");
    expression_is("auth.uid() = owner", "(uid = t.owner) : boolean");
    expression_is("day = '2024-01-01'", "(t.day = 19723::date) : boolean");
    expression_is("day + 1", "(t.day + 1) : date");
    expression_is("day - 1", "(t.day - 1) : date");
    expression_is("day - '2024-01-01'", "(t.day - 19723::date) : integer");
    expression_is("day + interval '1 day'", "(t.day + '1 day'::interval) : timestamp without time zone");
    expression_is("day < at", "(cast(t.day as timestamp with time zone) < t.at) : boolean");
    expression_is("at > now() - interval '7 days'", "(t.at > (now - '7 days'::interval)) : boolean");
    expression_is("at - at", "(t.at - t.at) : interval");
    expression_is("at + '1 day'", "(t.at + '1 day'::interval) : timestamp with time zone");
    expression_is("ts + span", "(t.ts + t.span) : timestamp without time zone");
    expression_is("span * 2", "(t.span * 2.0::float8) : interval");
    expression_is("span / 2", "(t.span / 2.0::float8) : interval");
}

#[rustfmt::skip]
#[test]
fn context_words() {
    expression_is("now()", "now : timestamp with time zone");
    expression_is("current_timestamp", "now : timestamp with time zone");
    expression_is("current_timestamp(3)", "cast(now as timestamp(3) with time zone) : timestamp with time zone");
    expression_is("current_date", "cast(now as date) : date");
    expression_is("localtimestamp", "cast(now as timestamp without time zone) : timestamp without time zone");
    expression_is("current_user", "currentuser : name");
    expression_is(r#""current_user""#, r#"42703: column "current_user" does not exist"#);
    expression_is("user", "currentuser : name");
}

#[rustfmt::skip]
#[test]
fn json_operators() {
    expression_is("data -> 'a'", "(t.data -> 'a') : jsonb");
    expression_is("data -> 'a' -> 'b' ->> 'c' = 'x'", "((((t.data -> 'a') -> 'b') ->> 'c') = 'x') : boolean");
    expression_is("data ->> 0", "(t.data ->> 0) : text");
    expression_is("data -> 'a' ->> 'b' || 'c'", "(((t.data -> 'a') ->> 'b') || 'c') : text");
    expression_is("data #> '{a,b}'", r#"(t.data #> '["a","b"]'::text[]) : jsonb"#);
    expression_is("data #>> array['a','b']", "(t.data #>> array['a', 'b']) : text");
    expression_is(r#"data @> '{"a": 1}'"#, r#"(t.data @> '{"a":1}'::jsonb) : boolean"#);
    expression_is("data ? 'a'", "(t.data ? 'a') : boolean");
    expression_is("data ?| array['a']", "(t.data ?| array['a']) : boolean");
    expression_is("data - 'a'", "(t.data - 'a') : jsonb");
    expression_is("data - 1", "(t.data - 1) : jsonb");
    expression_is("data #- '{a}'", r#"(t.data #- '["a"]'::text[]) : jsonb"#);
    expression_is("doc ->> 'a'", "(t.doc ->> 'a') : text");
    expression_is("doc = doc", "42883: operator does not exist: json = json");
    expression_is("data = data", "(t.data = t.data) : boolean");
    expression_is("data['a']", "(t.data -> 'a') : jsonb");
}

#[rustfmt::skip]
#[test]
fn array_operators() {
    expression_is("tags @> '{a}'", r#"(t.tags @> '["a"]'::text[]) : boolean"#);
    expression_is("tags @> array['a','b']", "(t.tags @> array['a', 'b']) : boolean");
    expression_is("tags && array[name]", "(t.tags && array[t.name]) : boolean");
    expression_is("tags = '{a,b}'", r#"(t.tags = '["a","b"]'::text[]) : boolean"#);
    expression_is("nums @> tags", "42883: operator does not exist: integer[] @> text[]");
    expression_is("tags[1]", "t.tags[1] : text");
    expression_is("nums[id + 1]", "t.nums[(t.id + 1)] : integer");
    expression_is("nums[1][2]", "t.nums[1][2] : integer");
    expression_is("name[1]", "42804: cannot subscript type text because it does not support subscripting");
}

#[rustfmt::skip]
#[test]
fn patterns() {
    expression_is("a ~ 'x'", r#"42703: column "a" does not exist"#);
    expression_is("name ~ 'x'", "(t.name ~ 'x') : boolean");
    expression_is("name !~ 'x'", "not((t.name ~ 'x')) : boolean");
    expression_is("name ~* 'x'", "(t.name ~* 'x') : boolean");
    expression_is("name like 'a%'", "(t.name ~~ 'a%') : boolean");
    expression_is("name not like 'a%'", "not((t.name ~~ 'a%')) : boolean");
    expression_is("name ilike 'a%'", "(t.name ~~* 'a%') : boolean");
    expression_is("name like 'a!%' escape '!'", r#"(t.name ~~ 'a\%') : boolean"#);
    expression_is(r#"name like 'a\%' escape ''"#, r#"(t.name ~~ 'a\\%') : boolean"#);
    expression_is("name like 'a' escape 'xx'", "22025: invalid escape string");
    expression_is("name similar to 'a|b'", "(t.name similar to 'a|b') : boolean");
    expression_is("name not similar to 'a'", "not((t.name similar to 'a')) : boolean");
    expression_is("name ~~ 'a'", "(t.name ~~ 'a') : boolean");
    expression_is("id like 'a'", "42883: operator does not exist: integer ~~ unknown");
    expression_is("name like any (array['a', 'b'])", "t.name ~~ any(array['a', 'b']) : boolean");
}

#[rustfmt::skip]
#[test]
fn any_and_all() {
    expression_is("id = any (nums)", "t.id = any(t.nums) : boolean");
    expression_is("id = any ('{1,2}')", "t.id = any('[1,2]'::int4[]) : boolean");
    expression_is("id <> all (nums)", "t.id <> all(t.nums) : boolean");
    expression_is("id = any (id)", "42809: op ANY/ALL (array) requires array on right side");
    expression_is("'a' = any (tags)", "'a' = any(t.tags) : boolean");
    expression_is("id = any (array[1, 2, big])", "t.id = any(array[1::int8, 2::int8, t.big]) : boolean");
}

#[rustfmt::skip]
#[test]
fn lists() {
    expression_is("id in (1, 2, 3)", "t.id in [1, 2, 3] : boolean");
    expression_is("id in ('1', '2')", "t.id in [1, 2] : boolean");
    expression_is("id not in (1)", "t.id not in [1] : boolean");
    expression_is("id in (1, big)", "cast(t.id as bigint) in [1::int8, t.big] : boolean");
    expression_is("name in (1)", "42883: operator does not exist: text = integer");
    expression_is("code in ('a', 'b')", "t.code in ['a', 'b'] : boolean");
    expression_is("mood in ('ok', 'sad')", "t.mood in ['ok'::mood, 'sad'::mood] : boolean");
}

#[rustfmt::skip]
#[test]
fn rows() {
    expression_is("(id, name) in ((1, 'a'), (2, 'b'))", "or(and((t.id = 1), (t.name = 'a')), and((t.id = 2), (t.name = 'b'))) : boolean");
    expression_is("(id, name) = (1, 'a')", "and((t.id = 1), (t.name = 'a')) : boolean");
    expression_is("(id, name) <> (1, 'a')", "or((t.id <> 1), (t.name <> 'a')) : boolean");
    expression_is("(id, big) < (1, 2)", "or((t.id < 1), and((t.id = 1), (t.big < 2))) : boolean");
    expression_is("(id, big, small) >= (1, 2, 3)", "or((t.id > 1), and((t.id = 1), or((t.big > 2), and((t.big = 2), (t.small >= 3))))) : boolean");
    expression_is("(id, name) = (1, 2, 3)", "42601: unequal number of entries in row expressions");
    expression_is("row(id, name) = row(1, 'a')", "and((t.id = 1), (t.name = 'a')) : boolean");
}

#[rustfmt::skip]
#[test]
fn between() {
    expression_is("id between 1 and 2", "and((t.id >= 1), (t.id <= 2)) : boolean");
    expression_is("id not between 1 and 2", "or((t.id < 1), (t.id > 2)) : boolean");
    expression_is("id between symmetric 2 and 1", "or(and((t.id >= 2), (t.id <= 1)), and((t.id >= 1), (t.id <= 2))) : boolean");
    expression_is("id between 1 and 2 and flag", "and((t.id >= 1), (t.id <= 2), t.flag) : boolean");
}

#[rustfmt::skip]
#[test]
fn logic() {
    expression_is("flag and id = 1 and not flag", "and(t.flag, (t.id = 1), not(t.flag)) : boolean");
    expression_is("flag or id = 1 or flag and id = 2", "or(t.flag, (t.id = 1), and(t.flag, (t.id = 2))) : boolean");
    expression_is("not flag is null", "not(t.flag is null) : boolean");
    expression_is("not flag", "not(t.flag) : boolean");
    expression_is("not id", "42804: argument of NOT must be type boolean, not type integer");
    expression_is("flag and 'true'", "t.flag : boolean");
    expression_is("flag and 1", "42804: argument of AND must be type boolean, not type integer");
}

#[rustfmt::skip]
#[test]
fn is() {
    expression_is("id is null", "t.id is null : boolean");
    expression_is("id is not null", "t.id is not null : boolean");
    expression_is("id isnull", "t.id is null : boolean");
    expression_is("id notnull", "t.id is not null : boolean");
    expression_is("(id, name) is null", "and(t.id is null, t.name is null) : boolean");
    expression_is("(id, name) is not null", "and(t.id is not null, t.name is not null) : boolean");
    expression_is("flag is true", "t.flag is some(true) : boolean");
    expression_is("flag is not false", "t.flag is not some(false) : boolean");
    expression_is("flag is unknown", "t.flag is none : boolean");
    expression_is("id is true", "42804: argument of IS TRUE must be type boolean, not type integer");
    expression_is("id is distinct from 1", "t.id is distinct from 1 : boolean");
    expression_is("id is not distinct from big", "cast(t.id as bigint) is not distinct from t.big : boolean");
    expression_is("id is distinct from null", "t.id is distinct from null::int4 : boolean");
    expression_is("id = 1 is true", "(t.id = 1) is some(true) : boolean");
}

#[rustfmt::skip]
#[test]
fn precedence() {
    expression_is("id = 1 = flag", "42601: syntax error: comparisons do not chain; use brackets or AND");
    expression_is("id < 2 < 3", "42601: syntax error: comparisons do not chain; use brackets or AND");
    expression_is("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4) : integer");
    expression_is("2 * 3 + 1", "((2 * 3) + 1) : integer");
    expression_is("- 2 ^ 2", "(-2.0::float8 ^ 2.0::float8) : double precision");
    expression_is("1 - 2 - 3", "((1 - 2) - 3) : integer");
    expression_is("100 / 10 / 5", "((100 / 10) / 5) : integer");
    expression_is("name || 'a' || 'b'", "((t.name || 'a') || 'b') : text");
    expression_is("name || 'a' = 'b'", "((t.name || 'a') = 'b') : boolean");
    expression_is("id + 1 > 2 and name is not null", "and(((t.id + 1) > 2), t.name is not null) : boolean");
}
