//! `insert`, `update`, `delete`.

use super::statement_is;

#[rustfmt::skip]
#[test]
fn inserts() {
    statement_is("insert into u values (1, 2, 'a', 3)", "insert u(id, t_id, name, amount) values (1, 2, 'a', 3::int8)");
    statement_is("insert into u (id, name) values (1, 'a'), (2, default)", "insert u(id, name) values (1, 'a'), (2, default)");
    statement_is("insert into u (id, name) values ('1', 2)", "insert u(id, name) values (1, '2')");
    statement_is("insert into u (id, name) values ('x', 'a')", r#"22P02: invalid input syntax for type integer: "x""#);
    statement_is("insert into u (id, name) values (1)", "42601: INSERT has more target columns than expressions");
    statement_is("insert into u (id) values (1, 2)", "42601: INSERT has more expressions than target columns");
    statement_is("insert into u (id, id) values (1, 2)", r#"42701: column "id" specified more than once"#);
    statement_is("insert into u (nope) values (1)", r#"42703: column "nope" of relation "u" does not exist"#);
    statement_is("insert into u values (1)", "insert u(id) values (1)");
    statement_is("insert into u values (1, 2, 3, 4, 5)", "42601: INSERT has more expressions than target columns");
    statement_is("insert into missing values (1)", r#"42P01: relation "missing" does not exist"#);
    statement_is("insert into u default values", "insert u() default");
    statement_is("insert into u (id, amount) select id, big from t", "insert u(id, amount) select t.id, t.big from t");
    statement_is("insert into u (id, amount) select id, big from t union all select 1, 2", "insert u(id, amount) [select t.id, t.big from t] union all [select 1 as ?column?, 2::int8 as ?column?]");
    statement_is("insert into u (id, name) select 1, null", "insert u(id, name) select 1 as ?column?, null::text as ?column?");
    statement_is("insert into u (id, name) select id, at from t", "insert u(id, name) select t.id, cast(t.at as text) as at from t");
    statement_is("insert into u (id, name) select at, 'a' from t", r#"42804: column "id" is of type integer but expression is of type timestamp with time zone"#);
    statement_is("insert into t (price, code, mood, day, data, tags, nums) values (1, 'abc', 'ok', '2024-01-01', '{}', '{a}', array[1])", r#"insert t(price, code, mood, day, data, tags, nums) values ('1.00'::numeric, 'abc'::varchar, 'ok'::mood, 19723::date, '{}'::jsonb, '["a"]'::text[], array[1])"#);
    statement_is("insert into t (code) values ('12345678901')", "22001: value too long for type character varying(10)");
    statement_is("insert into t (mood) select name from t", r#"42804: column "mood" is of type mood but expression is of type text"#);
}

#[rustfmt::skip]
#[test]
fn returning_and_conflicts() {
    statement_is("insert into u (id) values (1) returning *", "insert u(id) values (1) returning u.id, u.t_id, u.name, u.amount");
    statement_is("insert into u as x (id) values (1) returning x.id, id + 1 as next", "insert u x(id) values (1) returning x.id, (x.id + 1) as next");
    statement_is("insert into u (id) values (1) on conflict do nothing", "insert u(id) values (1) conflict() nothing");
    statement_is("insert into u (id) values (1) on conflict (id) do nothing", "insert u(id) values (1) conflict(id) nothing");
    statement_is("insert into u (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name", "insert u(id, name) values (1, 'a') conflict(id) set name = excluded.name");
    statement_is("insert into u (id, name) values (1, 'a') on conflict (id) do update set name = excluded.name, amount = u.amount + 1 where u.name is distinct from excluded.name returning id", "insert u(id, name) values (1, 'a') conflict(id) set name = excluded.name, amount = (u.amount + 1) where u.name is distinct from excluded.name returning u.id");
    statement_is("insert into u (id) values (1) on conflict (id) do update set name = name || 'x'", r#"42702: column reference "name" is ambiguous"#);
    statement_is("insert into u (id) values (1) on conflict do update set name = 'a'", "42601: ON CONFLICT DO UPDATE requires inference specification or constraint name");
    statement_is("insert into u (id) values (1) on conflict (nope) do nothing", r#"42703: column "nope" does not exist"#);
    statement_is("insert into u (id) values (1) on conflict on constraint u_pkey do nothing", "insert u(id) values (1) conflict(id) nothing");
    statement_is("insert into u (id) values (1) on conflict on constraint u_key do update set id = 2", "42704: constraint \"u_key\" for table \"u\" does not exist");
    statement_is("insert into u (id) values (1) on conflict (id) where id > 1 do nothing", "0A000: ON CONFLICT with a condition on the index is not supported");
    statement_is("insert into u (id) values (1) on conflict (lower(name)) do nothing", "0A000: ON CONFLICT on an expression is not supported");
    statement_is("update u set (name, amount) = (select t.name, t.big from t where t.id = u.t_id)", "update u set name = scalar(select t.name from t where (t.id = u.t_id)), amount = scalar(select t_1.big from t t_1 where (t_1.id = u.t_id))");
    statement_is("update u set (name, amount) = (select 'a', 1 union select 'b', 2)", "0A000: a set operation assigned to several columns is not supported");
    statement_is("update u set (name, amount) = (select 'a')", "42601: number of columns does not match number of values");
    statement_is("insert into u (id) overriding system value values (1)", "insert u(id) values (1)");
    statement_is("insert into u (id) values ((select max(id) from t))", "insert u(id) values (scalar(select max(t.id) as max from t))");
    statement_is("insert into u (id) values (count(*))", "42803: aggregate functions are not allowed in VALUES");
    statement_is("with x as (select 1 as a) insert into u (id) select a from x", "with x(a int4) as (select 1 as a) insert u(id) select x.a from cte x");
}

#[rustfmt::skip]
#[test]
fn updates() {
    statement_is("update u set name = 'a'", "update u set name = 'a'");
    statement_is("update u set name = 'a', amount = amount + 1 where id = 1", "update u set name = 'a', amount = (u.amount + 1) where (u.id = 1)");
    statement_is("update u set name = default", "update u set name = default");
    statement_is("update u set (name, amount) = ('a', 1)", "update u set name = 'a', amount = 1::int8");
    statement_is("update u set (name, amount) = row('a', default)", "update u set name = 'a', amount = default");
    statement_is("update u set (name, amount) = (select 'a', 1)", "update u set name = scalar(select 'a' as ?column?), amount = scalar(select 1::int8 as ?column?)");
    statement_is("update u set name = 1", "update u set name = '1'");
    statement_is("update u set id = 'x'", r#"22P02: invalid input syntax for type integer: "x""#);
    statement_is("update u set id = at from t", r#"42804: column "id" is of type integer but expression is of type timestamp with time zone"#);
    statement_is("update u set nope = 1", r#"42703: column "nope" of relation "u" does not exist"#);
    statement_is("update u set name = 'a', name = 'b'", r#"42601: multiple assignments to same column "name""#);
    statement_is("update u x set name = x.name || 'a' where x.id = 1 returning x.*", "update u x set name = (x.name || 'a') where (x.id = 1) returning x.id, x.t_id, x.name, x.amount");
    statement_is("update u set name = t.name from t where t.id = u.t_id", "update u set name = t.name from t where (t.id = u.t_id)");
    statement_is("update u set name = t.name from t where t.id = t_id returning u.id, t.id", "update u set name = t.name from t where (t.id = u.t_id) returning u.id, t.id");
    statement_is("update u set amount = (select sum(big) from t where t.id = u.t_id)", "update u set amount = cast(scalar(select sum(t.big) as sum from t where (t.id = u.t_id)) as bigint)");
    statement_is("update u set name = count(*)", "42803: aggregate functions are not allowed in UPDATE");
    statement_is("update u set name = 'a' where current of c", "0A000: WHERE CURRENT OF is not supported");
    statement_is("with x as (select 1 as a) update u set id = a from x", "with x(a int4) as (select 1 as a) update u set id = x.a from cte x");
}

#[rustfmt::skip]
#[test]
fn deletes() {
    statement_is("delete from u", "delete u");
    statement_is("delete from u where id = 1 returning *", "delete u where (u.id = 1) returning u.id, u.t_id, u.name, u.amount");
    statement_is("delete from u x where x.id = 1", "delete u x where (x.id = 1)");
    statement_is("delete from u using t where t.id = u.t_id and t.flag", "delete u using t where and((t.id = u.t_id), t.flag)");
    statement_is("delete from u where id in (select id from t)", "delete u where (u.id) in (select t.id from t)");
    statement_is("delete from only u", "delete u");
}

#[rustfmt::skip]
#[test]
fn other_statements() {
    statement_is("create table x (id int)", "0A000: CREATE as a query or write is not supported");
    statement_is("truncate u", "0A000: TRUNCATE as a query or write is not supported");
    statement_is("call add(1)", "0A000: CALL as a query or write is not supported");
    statement_is("select id, from u", r#"42601: syntax error at or near ",""#);
    statement_is("select * from u where", "42601: syntax error at end of input");
}
