-- Functions of rows: computed columns and relationships.

create function shout(projects) returns text language sql stable as $$ select upper($1.name) || '!' $$;
create function is_cheap(projects) returns boolean language sql immutable as $$ select $1.budget < 100 $$;
create function described(p projects) returns jsonb language sql stable as $$ select jsonb_build_object('name', p.name, 'tags', p.tags) $$;
create function task_count(projects) returns bigint language sql stable as $$ select count(*) from tasks where tasks.project_id = $1.id $$;
create function hushed(projects) returns text language sql stable as $$ select lower($1.name) $$;
revoke execute on function hushed(projects) from public, anon, authenticated;

create function open_tasks(projects) returns setof tasks language sql stable as $$
  select * from tasks where tasks.project_id = $1.id and not tasks.done
$$;
create function owner_client(projects) returns setof clients rows 1 language sql stable as $$
  select * from clients where clients.id = $1.client_id
$$;
create function first_task(projects) returns tasks language sql stable as $$
  select * from tasks where tasks.project_id = $1.id order by tasks.id limit 1
$$;
create function reports(people) returns setof people language sql stable as $$
  select * from people p where p.boss_id = $1.id
$$;
create function boss(people) returns setof people rows 1 language sql stable as $$
  select * from people p where p.id = $1.boss_id
$$;
-- It comes before the relationship of the foreign key.
create function profiles(people) returns setof profiles rows 1 language sql stable as $$
  select * from profiles where false
$$;

create schema extra;
grant usage on schema extra to anon, authenticated, service_role;
create function extra.initial(people) returns text language sql immutable as $$ select left($1.name, 1) $$;
create type extra.size as enum ('small', 'large');

create function pair() returns table (a int, b text) language sql immutable as $$ select 1, 'one' $$;
create function pairs_of_union() returns table (a int, b text) language sql immutable as $$
  select 1, 'one' union all select 2, null
$$;
create function pairs_of_values() returns table (a int, b text) language sql immutable as $$ values (1, 'one'), (2, 'two') $$;
create function ordered_pairs() returns table (a bigint, b bigint) language sql stable as $$
  select count(*), count(distinct city) from clients group by name order by name
$$;
create function out_pairs(out a int, out b text) returns setof record language sql immutable as $$
  select 1, 'one' union all select 2, null
$$;

create function add_them(a int, b int default 10) returns int language sql immutable as $$ select a + b $$;
create function shout(text) returns text language sql immutable as $$ select upper($1) $$;
create function first_of(jsonb) returns jsonb language sql immutable as $$ select $1 -> 0 $$;
create function joined(variadic words text[]) returns text language sql immutable as $$ select array_to_string(words, '+') $$;
create function city_names() returns setof text language sql stable as $$ select city from clients where city is not null order by id $$;
create function clients_of(place text) returns setof clients language sql stable as $$ select * from clients where city = place $$;
create function one_client(number int) returns clients language sql stable as $$ select * from clients where id = number $$;
create function rename_client(number int, title text) returns void language sql as $$ update clients set name = title where id = number $$;
create function refuse(reason text) returns void language plpgsql as $$
begin
  raise exception 'refused: %', reason using errcode = 'PT418', detail = 'why', hint = 'how';
end $$;
