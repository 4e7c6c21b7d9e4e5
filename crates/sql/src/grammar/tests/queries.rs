//! Queries: select lists, joins, groups, windows, set operations.

use super::statement_is;

#[rustfmt::skip]
#[test]
fn select_lists() {
    statement_is("select 1", "select 1 as ?column?");
    statement_is("select 1 as one, 'a', null", "select 1 as one, 'a' as ?column?, null::text as ?column?");
    statement_is("select id from t", "select t.id from t");
    statement_is("select t.id, name from t", "select t.id, t.name from t");
    statement_is("select * from t where false", "select t.id, t.big, t.small, t.price, t.rate, t.name, t.code, t.flag, t.day, t.at, t.ts, t.span, t.data, t.doc, t.tags, t.nums, t.owner, t.mood, t.spot, t.raw from t where false");
    statement_is("select * from u", "select u.id, u.t_id, u.name, u.amount from u");
    statement_is("select u.* from u", "select u.id, u.t_id, u.name, u.amount from u");
    statement_is("select x.* from u x", "select x.id, x.t_id, x.name, x.amount from u x");
    statement_is("select u.id from u x", r#"42P01: invalid reference to FROM-clause entry for table "u""#);
    statement_is("select id from t, u", r#"42702: column reference "id" is ambiguous"#);
    statement_is("select t.id, u.id from t, u where t.id = u.t_id", "select t.id, u.id from t, u where (t.id = u.t_id)");
    statement_is("select * from u, u", r#"42712: table name "u" specified more than once"#);
    statement_is("select a.id, b.id from u a, u b", "select a.id, b.id from u a, u b");
    statement_is("select id from missing", r#"42P01: relation "missing" does not exist"#);
    statement_is("select missing from t", r#"42703: column "missing" does not exist"#);
    statement_is(r#"select "Key" from "Odd Name""#, "select Odd Name.Key from Odd Name");
    statement_is(r#"select Key from "Odd Name""#, r#"42703: column "key" does not exist"#);
    statement_is("select * from auth.users", "select users.id, users.email from auth.users users");
    statement_is("select users.email from auth.users", "select users.email from auth.users users");
    statement_is("select auth.users.email from auth.users", "select users.email from auth.users users");
    statement_is("select * from v", "select v.id, v.total from view v");
}

#[rustfmt::skip]
#[test]
fn order_and_limit() {
    statement_is("select id n from u order by n", "select u.id as n from u order by u.id");
    statement_is("select id as name from u order by name", "select u.id as name from u order by u.id");
    statement_is("select id from u order by 1 desc", "select u.id from u order by u.id desc");
    statement_is("select id from u order by 2", "42P10: ORDER BY position 2 is not in select list");
    statement_is("select id from u order by id desc nulls last, name nulls first", "select u.id from u order by u.id desc nulls last, u.name nulls first");
    statement_is("select id from u order by amount + 1", "select u.id from u order by (u.amount + 1)");
    statement_is("select id from u order by 'x'", "42601: non-integer constant in ORDER BY");
    statement_is("select distinct name from u order by name", "select distinct u.name from u order by u.name");
    statement_is("select distinct name from u order by id", "42P10: for SELECT DISTINCT, ORDER BY expressions must appear in select list");
    statement_is("select distinct on (name) name, id from u order by name, id", "select distinct on (u.name) u.name, u.id from u order by u.name, u.id");
    statement_is("select distinct on (name) name, id from u order by id", "42P10: SELECT DISTINCT ON expressions must match initial ORDER BY expressions");
    statement_is("select id from u limit 10 offset 5", "select u.id from u limit 10::int8 offset 5::int8");
    statement_is("select id from u limit all", "select u.id from u");
    statement_is("select id from u limit null", "select u.id from u");
    statement_is("select id from u limit -1", "2201W: LIMIT must not be negative");
    statement_is("select id from u limit 1.5", "select u.id from u limit 2::int8");
    statement_is("select id from u limit id", r#"42703: column "id" does not exist"#);
    statement_is("select id from u fetch first 5 rows only", "select u.id from u limit 5::int8");
    statement_is("select id from u fetch first row only", "select u.id from u limit 1::int8");
    statement_is("select id from u offset 2 rows", "select u.id from u offset 2::int8");
    statement_is("select id from u fetch first 5 rows with ties", "0A000: FETCH … WITH TIES is not supported");
    statement_is("select id from u for update", "select u.id from u");
    statement_is("select id from u for update of u skip locked", "select u.id from u");
}

#[rustfmt::skip]
#[test]
fn groups_and_aggregates() {
    statement_is("select count(*) from u", "select count() as count from u");
    statement_is("select count(*), sum(amount), avg(id), min(name), max(id) from u", "select count() as count, sum(u.amount) as sum, avg(u.id) as avg, min(u.name) as min, max(u.id) as max from u");
    statement_is("select count(distinct name) from u", "select count(distinct u.name) as count from u");
    statement_is("select name, count(*) from u group by name", "select u.name, count() as count from u group by u.name");
    statement_is("select name, count(*) from u group by 1", "select u.name, count() as count from u group by u.name");
    statement_is("select name as n, count(*) from u group by n", "select u.name as n, count() as count from u group by u.name");
    statement_is("select upper(name), count(*) from u group by upper(name)", "select upper(u.name) as upper, count() as count from u group by upper(u.name)");
    statement_is("select upper(name) as name, count(*) from u group by name", "select upper(u.name) as name, count() as count from u group by u.name");
    statement_is("select id, name from u group by id", "select u.id, u.name from u group by u.id");
    statement_is("select name, id from u group by name", r#"42803: column "u.id" must appear in the GROUP BY clause or be used in an aggregate function"#);
    statement_is("select count(*) from u having count(*) > 1", "select count() as count from u having (count() > 1)");
    statement_is("select name from u group by name having sum(amount) > 10 order by count(*) desc", "select u.name from u group by u.name having (sum(u.amount) > '10'::numeric) order by count() desc");
    statement_is("select name from u having true", r#"42803: column "u.name" must appear in the GROUP BY clause or be used in an aggregate function"#);
    statement_is("select name from u where count(*) > 1", "42803: aggregate functions are not allowed in WHERE");
    statement_is("select sum(count(*)) from u", "42803: aggregate function calls cannot be nested");
    statement_is("select count(*) filter (where id > 1) from u", "select count() filter((u.id > 1)) as count from u");
    statement_is("select string_agg(name, ', ' order by id) from u", "select stringagg(u.name, ', ' order by u.id) as string_agg from u");
    statement_is("select array_agg(id), array_agg(distinct name) from u", "select arrayagg(u.id) as array_agg, arrayagg(distinct u.name) as array_agg from u");
    statement_is("select json_agg(u) from u", "select jsonagg({id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u) as json_agg from u");
    statement_is("select jsonb_agg(jsonb_build_object('id', id) order by id) from u", "select jsonbagg(jsonb_build_object('id', u.id) order by u.id) as jsonb_agg from u");
    statement_is("select json_object_agg(name, id) from u", "select jsonobjectagg(u.name, u.id) as json_object_agg from u");
    statement_is("select bool_and(flag), bool_or(flag) from t", "select booland(t.flag) as bool_and, boolor(t.flag) as bool_or from t");
    statement_is("select sum(price), sum(rate), avg(price), avg(rate), sum(small), sum(big), sum(span), stddev(id) from t", "select sum(t.price) as sum, sum(t.rate) as sum, avg(t.price) as avg, avg(t.rate) as avg, sum(t.small) as sum, sum(t.big) as sum, sum(t.span) as sum, stddevsamp(t.id) as stddev from t");
    statement_is("select sum(name) from u", "42883: function sum(text) does not exist");
    statement_is("select max(flag) from t", "42883: function max(boolean) does not exist");
    statement_is("select count(id, name) from u", "42883: function count(integer, text) does not exist");
    statement_is("select percentile_cont(0.5) within group (order by id) from u", "select percentilecont(0.5::float8, cast(u.id as double precision) order by cast(u.id as double precision)) as percentile_cont from u");
    statement_is("select rank(3) within group (order by id) from u", "0A000: WITHIN GROUP of rank is not supported");
    statement_is("select name, count(*) from u group by rollup(name)", "0A000: GROUP BY with ROLLUP, CUBE or GROUPING SETS is not supported");
}

#[rustfmt::skip]
#[test]
fn windows() {
    statement_is("select row_number() over (order by id) from u", "select row_number() over (by  order by u.id) as row_number from u");
    statement_is("select row_number() over (partition by name order by id desc) as n, sum(amount) over w from u window w as (partition by name)", "select row_number() over (by u.name order by u.id desc) as n, sum(u.amount) over (by u.name) as sum from u");
    statement_is("select sum(amount) over (order by id rows between 1 preceding and current row) from u", "select sum(u.amount) over (by  order by u.id rows between 1 preceding and current row) as sum from u");
    statement_is("select sum(amount) over (order by id rows between unbounded preceding and unbounded following exclude current row) from u", "select sum(u.amount) over (by  order by u.id rows between unbounded preceding and unbounded following exclude current row) as sum from u");
    statement_is("select sum(amount) over (w order by id) from u window w as (partition by name)", "select sum(u.amount) over (by u.name order by u.id) as sum from u");
    statement_is("select sum(amount) over nope from u", r#"42704: window "nope" does not exist"#);
    statement_is("select lag(amount, 1, 0) over (order by id) from u", "select lag(u.amount, 1, 0::int8) over (by  order by u.id) as lag from u");
    statement_is("select rank() from u", "42809: window function rank requires an OVER clause");
    statement_is("select rank() over () from u where rank() over () > 1", "42P20: window functions are not allowed in WHERE");
    statement_is("select sum(count(*)) over () from u", "select sum(count()) over (by ) as sum from u");
    statement_is("select upper(name) over () from u", "42809: OVER specified, but upper is not a window function nor an aggregate function");
}

#[rustfmt::skip]
#[test]
fn joins() {
    statement_is("select t.id, u.name from t join u on u.t_id = t.id", "select t.id, u.name from (t join u on (u.t_id = t.id))");
    statement_is("select t.id from t left join u on u.t_id = t.id left outer join v on v.id = t.id", "select t.id from ((t left u on (u.t_id = t.id)) left view v on (v.id = t.id))");
    statement_is("select t.id from t right join u on true full join v on true", "select t.id from ((t right u on true) full view v on true)");
    statement_is("select * from u cross join v", "select u.id, u.t_id, u.name, u.amount, v.id, v.total from (u cross view v)");
    statement_is("select u.id from u join v using (id)", "select u.id from (u join view v on (u.id = v.id))");
    statement_is("select * from u join v using (id)", "select u.id, u.t_id, u.name, u.amount, v.total from (u join view v on (u.id = v.id))");
    statement_is("select * from u left join v using (id)", "select u.id, u.t_id, u.name, u.amount, v.total from (u left view v on (u.id = v.id))");
    statement_is("select * from u right join v using (id)", "select v.id, u.t_id, u.name, u.amount, v.total from (u right view v on (u.id = v.id))");
    statement_is("select * from u full join v using (id)", "select coalesce(u.id, v.id) as id, u.t_id, u.name, u.amount, v.total from (u full view v on (u.id = v.id))");
    statement_is("select id from u join v using (id)", "select u.id from (u join view v on (u.id = v.id))");
    statement_is("select id from u join v on u.id = v.id", r#"42702: column reference "id" is ambiguous"#);
    statement_is("select * from u natural join v", "select u.id, u.t_id, u.name, u.amount, v.total from (u join view v on (u.id = v.id))");
    statement_is("select * from u join v using (name)", r#"42703: column "name" specified in USING clause does not exist in right table"#);
    statement_is(r#"select * from u natural join v cross join "Odd Name""#, "select u.id, u.t_id, u.name, u.amount, v.total, Odd Name.Key from ((u join view v on (u.id = v.id)) cross Odd Name)");
    statement_is(r#"select * from u cross join v join "Odd Name" on "Key" = u.id"#, "select u.id, u.t_id, u.name, u.amount, v.id, v.total, Odd Name.Key from ((u cross view v) join Odd Name on (Odd Name.Key = u.id))");
    statement_is("select * from u join v on u.missing = 1", "42703: column u.missing does not exist");
    statement_is("select * from u join v on u.id", "42804: argument of JOIN/ON must be type boolean, not type integer");
    statement_is("select * from (u join v on true) join t on t.id = u.id", "select u.id, u.t_id, u.name, u.amount, v.id, v.total, t.id, t.big, t.small, t.price, t.rate, t.name, t.code, t.flag, t.day, t.at, t.ts, t.span, t.data, t.doc, t.tags, t.nums, t.owner, t.mood, t.spot, t.raw from ((u join view v on true) join t on (t.id = u.id))");
}

#[rustfmt::skip]
#[test]
fn queries_in_from() {
    statement_is("select * from (select id, name from u) s", "select s.id, s.name from (select u.id, u.name from u) s");
    statement_is("select s.n from (select name as n from u) as s", "select s.n from (select u.name as n from u) s");
    statement_is("select n from (select name from u) as s(n)", "select s.name as n from (select u.name from u) s");
    statement_is("select * from (select id from u) as s(a, b)", r#"42P10: table "s" has 1 columns available but 2 columns specified"#);
    statement_is("select * from (select id, id from u) s", "select s.id, s.id_1 as id from (select u.id, u.id as id_1 from u) s");
    statement_is("select id from (select id, id from u) s", r#"42702: column reference "id" is ambiguous"#);
    statement_is("select * from (values (1, 'a'), (2, null)) v(x, y)", "select v.column1 as x, v.column2 as y from (values (1, 'a'), (2, null::text)) v");
    statement_is("select * from (values (1), (2.5)) v", "select v.column1 from (values ('1'::numeric), ('2.5'::numeric)) v");
    statement_is("values (1, 'a'), (2, 'b')", "values (1, 'a'), (2, 'b')");
    statement_is("values (1), (2, 3)", "42601: VALUES lists must all be the same length");
    statement_is("values (2), (1) order by 1", "select united.column1 from (values (2), (1)) united order by united.column1");
    statement_is("values (2), (1) order by column1 desc limit 1", "select united.column1 from (values (2), (1)) united order by united.column1 desc limit 1::int8");
}

#[rustfmt::skip]
#[test]
fn tables_and_brackets() {
    statement_is("table u", "select u.id, u.t_id, u.name, u.amount from u");
    statement_is("table u order by id", "select u.id, u.t_id, u.name, u.amount from u order by u.id");
    statement_is("(select 1)", "select 1 as ?column?");
    statement_is("(select id from u limit 1)", "select u.id from u limit 1::int8");
    statement_is("(select id from u order by id) limit 1", "select bracketed.id from (select u.id from u order by u.id) bracketed limit 1::int8");
}

#[rustfmt::skip]
#[test]
fn set_operations() {
    statement_is("select 1 union select 2", "[select 1 as ?column?] union [select 2 as ?column?]");
    statement_is("select 1 union all select 2.5", "[select '1'::numeric as ?column?] union all [select '2.5'::numeric as ?column?]");
    statement_is("select 1 union select 'a'", r#"22P02: invalid input syntax for type integer: "a""#);
    statement_is("select 1 union select 'x'::text", "42804: UNION types integer and text cannot be matched");
    statement_is("select null union select 1", "[select null::int4 as ?column?] union [select 1 as ?column?]");
    statement_is("select 'a' union select 'b'", "[select 'a' as ?column?] union [select 'b' as ?column?]");
    statement_is("select id, name from u union all select id, name from t order by 1, 2 desc", "select united.id, united.name from ([select u.id, u.name from u] union all [select t.id, t.name from t]) united order by united.id, united.name desc");
    statement_is("select id from u union select id from t order by name", r#"42703: column "name" does not exist"#);
    statement_is("select id from u union select id from t order by id + 1", "0A000: invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
    statement_is("select 1 union select 1, 2", "42601: each UNION query must have the same number of columns");
    statement_is("select 1 union select 2 union all select 3", "[[select 1 as ?column?] union [select 2 as ?column?]] union all [select 3 as ?column?]");
    statement_is("select 1 union select 2 intersect select 3", "[select 1 as ?column?] union [[select 2 as ?column?] intersect [select 3 as ?column?]]");
    statement_is("select 1 except select 2 except select 3", "[[select 1 as ?column?] except [select 2 as ?column?]] except [select 3 as ?column?]");
    statement_is("(select 1 limit 1) union all (select 2)", "[select 1 as ?column? limit 1::int8] union all [select 2 as ?column?]");
    statement_is("select id from u union select id from t limit 5", "[select u.id from u] union [select t.id from t] limit 5::int8");
    statement_is("select doc from t union select doc from t", "42883: could not identify an equality operator for type json");
}
