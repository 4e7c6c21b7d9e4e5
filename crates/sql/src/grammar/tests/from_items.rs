//! `with`, lateral items, functions and routines in `from`, whole rows.

use super::statement_is;

#[rustfmt::skip]
#[test]
fn with() {
    statement_is("with x as (select 1 as a) select * from x", "with x(a int4) as (select 1 as a) select x.a from cte x");
    statement_is("with x(a, b) as (select 1, 2) select a, b from x", "with x(a int4, b int4) as (select 1 as ?column?, 2 as ?column?) select x.a, x.b from cte x");
    statement_is("with x(a, b) as (select 1) select * from x", r#"42P10: WITH query "x" has 1 columns available but 2 columns specified"#);
    statement_is("with x as (select 1), x as (select 2) select 1", r#"42712: WITH query name "x" specified more than once"#);
    statement_is("with u as (select * from u) select * from u", "with u_1(id int4, t_id int4, name text, amount int8) as (select u.id, u.t_id, u.name, u.amount from u) select u_1.id, u_1.t_id, u_1.name, u_1.amount from cte u_1");
    statement_is("with x as materialized (select 1 a), y as not materialized (select a from x) select * from y", "with x(a int4) materialized as (select 1 as a), y(a int4) inline as (select x.a from cte x) select y.a from cte y");
    statement_is("with x as (select 1 as a) select a from x union select 2", "with x(a int4) as (select 1 as a) [select x.a from cte x] union [select 2 as ?column?]");
    statement_is("with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select * from n", "with recursive n(i int4) as ([select 1 as ?column?] union all [select (n.i + 1) as ?column? from cte n where (n.i < 5)]) select n_1.i from cte n n_1");
    statement_is("with recursive tree as (select id, t_id from u where t_id is null union all select c.id, c.t_id from u c join tree on tree.id = c.t_id) select * from tree", "with recursive tree(id int4, t_id int4) as ([select u.id, u.t_id from u where u.t_id is null] union all [select c.id, c.t_id from (u c join cte tree on (tree.id = c.t_id))]) select tree_1.id, tree_1.t_id from cte tree tree_1");
    statement_is("with recursive n(i) as (select 1 union all select i + 1.5 from n) select * from n", r#"42804: recursive query "n" column 1 has type integer in non-recursive term but type numeric overall"#);
    statement_is("with recursive n as (select 1) select * from n", "with n(?column? int4) as (select 1 as ?column?) select n.?column? from cte n");
    statement_is("with a as (with b as (select 1 as c) select * from b) select * from a", "with a(c int4) as (with b(c int4) as (select 1 as c) select b.c from cte b) select a.c from cte a");
    statement_is("with a as (select 1 as c) select * from (with a as (select 2 as d) select * from a) s, a", "with a(c int4) as (select 1 as c) select s.d, a_1.c from (with a_1(d int4) as (select 2 as d) select a.d from cte a_1 a) s, cte a a_1");
    statement_is("with d as (delete from u where id = 1 returning id) select * from d", "with d(id int4) as (delete u where (u.id = 1) returning u.id) select d.id from cte d");
}

#[rustfmt::skip]
#[test]
fn lateral() {
    statement_is("select x.a from (select 1 as a) x, lateral (select x.a + 1 as b) y", "select x.a from (select 1 as a) x, lateral (select (x.a + 1) as b) y");
    statement_is("select y.b from (select 1 as a) x, (select x.a + 1 as b) y", r#"42P01: missing FROM-clause entry for table "x""#);
    statement_is("select * from u, lateral (select t.id as tid from t where t.id = u.t_id limit 1) s", "select u.id, u.t_id, u.name, u.amount, s.tid from u, lateral (select t.id as tid from t where (t.id = u.t_id) limit 1::int8) s");
    statement_is("select * from u left join lateral (select max(big) as m from t where t.id = u.t_id) s on true", "select u.id, u.t_id, u.name, u.amount, s.m from (u left lateral (select max(t.big) as m from t where (t.id = u.t_id)) s on true)");
}

#[rustfmt::skip]
#[test]
fn functions_in_from() {
    statement_is("select * from unnest(array[1, 2])", "select unnest.unnest from unnest(array[1, 2]) unnest(unnest int4)");
    statement_is("select * from unnest(array[1, 2]) as x", "select x.x from unnest(array[1, 2]) x(x int4)");
    statement_is("select x from unnest(array[1, 2]) as x", "select x.x from unnest(array[1, 2]) x(x int4)");
    statement_is("select x.n from unnest(array[1, 2]) as x(n)", "select x.x as n from unnest(array[1, 2]) x(x int4)");
    statement_is("select * from unnest(array['a', 'b']) with ordinality as x(v, n)", "select x.x as v, x.ordinality as n from unnest(array['a', 'b']) x(x text, ordinality int8) ordinality");
    statement_is("select * from unnest(array['a', 'b']) with ordinality", "select unnest.unnest, unnest.ordinality from unnest(array['a', 'b']) unnest(unnest text, ordinality int8) ordinality");
    statement_is("select t.id, tag from t, unnest(t.tags) as tag", "select t.id, tag.tag from t, unnest(t.tags) tag(tag text)");
    statement_is("select t.id, tag from t cross join lateral unnest(tags) as tag", "select t.id, tag.tag from (t cross unnest(t.tags) tag(tag text))");
    statement_is("select * from generate_series(1, 3)", "select generate_series.generate_series from generate_series(1, 3) generate_series(generate_series int4)");
    statement_is("select g from generate_series(1, 3) g", "select g.g from generate_series(1, 3) g(g int4)");
    statement_is("select g + 1 from generate_series(1, 3) as g", "select (g.g + 1) as ?column? from generate_series(1, 3) g(g int4)");
    statement_is("select * from generate_series(now(), now() + interval '1 day', '1 hour')", "select generate_series.generate_series from generate_series(now, (now + '1 day'::interval), '01:00:00'::interval) generate_series(generate_series timestamptz)");
    statement_is("select value from t, jsonb_array_elements(data)", "select jsonb_array_elements.value from t, jsonb_array_elements(t.data) jsonb_array_elements(value jsonb)");
    statement_is("select e -> 'a', e.value from t, jsonb_array_elements(t.data) e", "select (e.value -> 'a') as ?column?, e.value from t, jsonb_array_elements(t.data) e(value jsonb)");
    statement_is("select key, value from t, jsonb_each(data)", "select jsonb_each.key, jsonb_each.value from t, jsonb_each(t.data) jsonb_each(key text, value jsonb)");
    statement_is("select k, v from t, jsonb_each_text(t.data) as e(k, v)", "select e.key as k, e.value as v from t, jsonb_each_text(t.data) e(key text, value text)");
    statement_is(r#"select * from jsonb_to_recordset('[{"a": 1}]') as x(a int, b text, c jsonb)"#, r#"select cast((x.value ->> 'a') as integer) as a, (x.value ->> 'b') as b, (x.value -> 'c') as c from jsonb_array_elements('[{"a":1}]'::jsonb) x(value jsonb)"#);
    statement_is("select a from jsonb_to_recordset('[]') as x(a int[])", "0A000: an array or row as a column of a JSON record is not supported");
    statement_is("select * from jsonb_to_record('{}') as x(a int)", "select cast((x.value ->> 'a') as integer) as a from lateral (select '{}'::jsonb as value) x");
    statement_is("select * from jsonb_to_recordset('[]')", r#"42601: a column definition list is required for functions returning "record""#);
    statement_is("select * from jsonb_populate_recordset(null::u, '[]')", "select cast((jsonb_populate_recordset.value ->> 'id') as integer) as id, cast((jsonb_populate_recordset.value ->> 't_id') as integer) as t_id, (jsonb_populate_recordset.value ->> 'name') as name, cast((jsonb_populate_recordset.value ->> 'amount') as bigint) as amount from jsonb_array_elements('[]'::jsonb) jsonb_populate_recordset(value jsonb)");
}

#[rustfmt::skip]
#[test]
fn routines_in_from() {
    statement_is("select * from add(1)", "select add.add from call public.add(1, 10) add(add int4)");
    statement_is("select * from found()", "select found.id, found.label from call public.found() found(id int4, label text)");
    statement_is("select f.label from found() f", "select f.label from call public.found() f(id int4, label text)");
    statement_is("select * from found() as f(a, b)", "select f.id as a, f.label as b from call public.found() f(id int4, label text)");
    statement_is("select * from my_teams(null)", "select my_teams.my_teams from call public.my_teams(null::uuid) my_teams(my_teams int4)");
    statement_is("select m from my_teams(null) m", "select m.my_teams as m from call public.my_teams(null::uuid) m(my_teams int4)");
    statement_is("select my_teams(null)", "select my_teams.my_teams from call public.my_teams(null::uuid) my_teams(my_teams int4)");
}

#[rustfmt::skip]
#[test]
fn sets_in_select_lists() {
    statement_is("select id, unnest(tags) from t", "select t.id, unnest.unnest from t, unnest(t.tags) unnest(unnest text)");
    statement_is("select id, unnest(tags) as tag from t order by tag", "select t.id, unnest.unnest as tag from t, unnest(t.tags) unnest(unnest text) order by unnest.unnest");
    statement_is("select upper(unnest(tags)) from t", "select upper(unnest.unnest) as upper from t, unnest(t.tags) unnest(unnest text)");
    statement_is("select id, unnest(tags), unnest(nums) from t", "0A000: the set-returning function unnest in this place is not supported");
    statement_is("select count(*), unnest(tags) from t group by tags", "0A000: a set-returning function in a grouped query is not supported");
    statement_is("select found()", "0A000: a function that returns rows in a select list is not supported");
    statement_is("select * from now()", "select now.now from lateral (select now as now) now");
    statement_is("select * from current_date", r#"42P01: relation "current_date" does not exist"#);
    statement_is("select jsonb_array_elements(data) ->> 'a' from t", "select (jsonb_array_elements.jsonb_array_elements ->> 'a') as ?column? from t, jsonb_array_elements(t.data) jsonb_array_elements(jsonb_array_elements jsonb)");
}

#[rustfmt::skip]
#[test]
fn subqueries() {
    statement_is("select id from t where exists (select 1 from u where u.t_id = t.id and u.name = t.name)", "select t.id from t where exists(select 1 as ?column? from u where and((u.t_id = t.id), (u.name = t.name)))");
    statement_is("select id from t where id in (select t_id from u where amount > t.big)", "select t.id from t where (t.id) in (select u.t_id from u where (u.amount > t.big))");
    statement_is("select (select name from u where u.id = t.id) from t", "select scalar(select u.name from u where (u.id = t.id)) as name from t");
    statement_is("select (select u.name) from u", "select scalar(select u.name) as name from u");
    statement_is("select array(select id from u where u.t_id = t.id) as ids from t", "select array(select u.id from u where (u.t_id = t.id)) as ids from t");
    statement_is("select id from t where (select count(*) from u where t_id = t.id) > 1", "select t.id from t where (scalar(select count() as count from u where (u.t_id = t.id)) > 1)");
}

#[rustfmt::skip]
#[test]
fn whole_rows() {
    statement_is("select u, v from u left join v on true", "select {id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u as u, case(and(v.id is null, v.total is null) -> null::record; {id: v.id, total: v.total}::record) as v from (u left view v on true)");
    statement_is("select row_to_json(t2) from u right join u t2 on true", "select row_to_json({id: t2.id, t_id: t2.t_id, name: t2.name, amount: t2.amount}::u) as row_to_json from (u right u t2 on true)");
    statement_is("select json_agg(u) from v full join u using (id)", "select jsonagg(case(u.id is null -> null::u; {id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u)) as json_agg from (view v full u on (v.id = u.id))");
    statement_is("select u from u", "select {id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u as u from u");
    statement_is("select (u).name from u", "select u.name from u");
    statement_is("select (u.*) from u", "0A000: the expansion of a row in this place is not supported");
    statement_is("select row_to_json(u) from u", "select row_to_json({id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u) as row_to_json from u");
    statement_is("select row_to_json(u.*) from u", "select row_to_json({id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u) as row_to_json from u");
    statement_is("select (row(u.*)) from u", "0A000: the expansion of a row in this place is not supported");
    statement_is("select to_jsonb(u) - 'id' from u", "select (to_jsonb({id: u.id, t_id: u.t_id, name: u.name, amount: u.amount}::u) - 'id') as ?column? from u");
    statement_is("select row_to_json(s) from (select id, name from u) s", "select row_to_json({id: s.id, name: s.name}::record) as row_to_json from (select u.id, u.name from u) s");
    statement_is("select (spot).* from t", "select (t.spot).x, (t.spot).label from t");
}

#[rustfmt::skip]
#[test]
fn output_names() {
    statement_is("select case when id > 1 then 'a' else 'b' end, coalesce(name, ''), id::text, 'x'::text, current_date, array[1], exists(select 1), (select 5 as five), id + 1, -id, extract(year from at), trim(name), nullif(id, 1), greatest(1, 2), date '2024-01-01', name || 'a', at at time zone 'utc', case id when 1 then name else name end, row(1), now(), auth.uid(), count(*) over () from t", "select case((t.id > 1) -> 'a'; 'b') as case, coalesce(t.name, '') as coalesce, cast(t.id as text) as id, 'x' as text, cast(now as date) as current_date, array[1] as array, exists(select 1 as ?column?) as exists, 5 as five, (t.id + 1) as ?column?, (0 - t.id) as ?column?, extract('year', t.at) as extract, btrim(t.name) as btrim, nullif(t.id, 1) as nullif, greatest(1, 2) as greatest, 19723::date as date, (t.name || 'a') as ?column?, timezone('utc', t.at) as timezone, case((t.id = 1) -> t.name; t.name) as name, row(1) as row, now as now, uid as uid, count() over (by ) as count from t");
}

#[rustfmt::skip]
#[test]
fn conditions_and_refusals() {
    statement_is("select 1 where 'true'", "select 1 as ?column? where true");
    statement_is("select 1 where 1", "42804: argument of WHERE must be type boolean, not type integer");
    statement_is("select 1 into x", "0A000: SELECT INTO is not supported");
    statement_is("select id from u tablesample system (10)", "0A000: TABLESAMPLE is not supported");
    statement_is("select * from rows from (unnest(array[1]), unnest(array[2]))", "0A000: ROWS FROM of several functions is not supported");
}
