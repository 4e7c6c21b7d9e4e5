set search_path = test, public;
create function getitemrange(min bigint, max bigint) returns setof tasks as $$
  select * from test.tasks where id > $1 and id <= $2;
$$ language sql;
create function noparamsproc() returns text as $$ select 'return value of no parameters procedure'::text; $$ language sql;
create function sayhello(name text) returns text language sql as $$ select 'Hello, ' || $1; $$;
create function overloaded() returns setof int as $$ values (1), (2), (3); $$ language sql;
create function overloaded(a int, b int) returns int as $$ select a + b $$ language sql;
create function overloaded(a text, b text, c text) returns text as $$ select a || b || c $$ language sql;
create function variadic_param(variadic v text[] default '{}') returns text[] as $$ select v $$ language sql immutable;
create function returns_void() returns void language sql as $$ select 1 $$;
create function add_them(a integer, b integer) returns integer language sql immutable strict parallel safe cost 10 as $$ select a + b; $$;
create function inout_both(in num int, inout str text) as $$ select str || num::text $$ language sql;
create function computed(entities) returns text stable language sql as $$ select upper($1.name) $$;
create function client(projects) returns setof clients rows 1 language sql stable as $$ select * from test.clients where id = $1.client_id $$;
create function problem() returns void as $$ begin raise exception 'bad thing'; end; $$ language plpgsql;
-- refused
create function overloaded(a int, b int) returns int as $$ select a - b $$ language sql;
-- refused
create function wrong() returns integer language sql as $$ select 'not a number'::text $$;
-- refused
create function missing_table() returns bigint language sql as $$ select count(*) from test.nowhere $$;
drop function overloaded(a text, b text, c text);
