-- What real databases hold and migrations of ours cannot: odd names, partitions, types of all kinds.

create extension citext schema extensions;
create extension ltree schema extensions;

create type "Odd ""Type""" as enum ('a "b"', 'c''d', '{e,f}');
create type point3 as (x float8, y numeric(6, 2), "Z z" varchar(4)[]);
create type span as range (subtype = float8);
create domain short as varchar(5) not null default 'none' check (value <> '');
create domain shorter as short check (length(value) < 4);
create domain many as int[];

create table "Odd ""Table""" (
  "Id" bigint generated always as identity,
  "a.b" text,
  "sélection" "Odd ""Type""",
  "select" int default 1 + 1,
  primary key ("Id", "a.b")
);
comment on table "Odd ""Table""" is 'It''s odd; "very"';
comment on column "Odd ""Table"""."a.b" is E'two\nlines';

create table follower (
  id serial primary key,
  number smallserial,
  odd_id bigint,
  odd_text text,
  constraint "to odd" foreign key (odd_id, odd_text) references "Odd ""Table""" ("Id", "a.b")
    on delete set null on update cascade deferrable initially deferred
);

create table everything (
  id uuid primary key default gen_random_uuid(),
  i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(10, 2), n3 numeric(5, -2),
  t text, vc varchar, vc5 varchar(5), c char, c3 char(3), bp bpchar, nm name, ci extensions.citext, x xml, oc "char",
  b bool, d date, tm time, tm3 time(3), tz timetz, ts timestamp, ts0 timestamp(0), tstz timestamptz, iv interval,
  iv2 interval(2), ym interval year to month, j json, jb jsonb default '{}', by bytea, inet inet, cidr cidr, mac macaddr,
  mac8 macaddr8, money money, bit3 bit(3), vbit varbit(7), pt point, ln line, bx box, lsn pg_lsn, o oid, rc regclass,
  rt regtype, cfg regconfig, tv tsvector, tq tsquery, i4r int4range, nr numrange, dm datemultirange, sp span,
  lt extensions.ltree, odd "Odd ""Type""", p3 point3, sh short, shr shorter, mn many,
  ints int[], texts text[][], vcs varchar(3)[], odds "Odd ""Type"""[], p3s point3[], row follower, shs short[],
  twice int generated always as (i4 * 2) stored,
  exotic extensions.ltree default 'a.b'::extensions.ltree,
  unique (i4, i8),
  unique (t),
  check (i4 > 0),
  constraint "odd check" check (i8 > i4)
);
create unique index everything_lower on everything (lower(t));
create unique index everything_part on everything (i2) where b;
create unique index everything_two on everything (vc, vc5 desc) include (c);
create index everything_plain on everything (f8);

create table events (
  id bigint not null,
  at date not null,
  follower_id int references follower,
  body text,
  primary key (id, at)
) partition by range (at);
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');
create table event_notes (
  id int primary key,
  event_id bigint,
  event_at date,
  foreign key (event_id, event_at) references events
);

create table bookings (
  room int,
  during tsrange,
  constraint no_overlap exclude using gist (during with &&)
);

create table dropped (a int, b int, c int, unique (c));
alter table dropped drop column b;

create table guarded (id int primary key, secret text);
alter table guarded enable row level security;
create role "odd role" nologin;
create role editors nologin;
create role chief nologin in role editors;
alter role chief set statement_timeout to '3s';
alter role chief in database :"database" set statement_timeout to '5s';
revoke all on guarded from anon;
grant select (id), update (secret) on guarded to anon;
grant select on guarded to "odd role", public;
create policy readers on guarded for select to editors, "odd role" using (id > 0);
create policy writers on guarded as restrictive for update using (true) with check (id in (select id from follower));

create view simple_view as select id, odd_id as odd, odd_text from follower;
create view above_view with (security_invoker = on) as select v.odd, v.odd_text, v.id + 1 as next from simple_view v;
create view checked_view as select id, number from follower where number > 0 with local check option;
create view unreadable_view as
  select f.id, f.odd_id, percentile_cont(0.5) within group (order by e.f8) as middle, o."a.b", o."Id" as number
  from follower f join "Odd ""Table""" o on o."Id" = f.odd_id and o."a.b" = f.odd_text left join everything e on e.i4 = f.id
  group by grouping sets ((f.id, f.odd_id, o."a.b", o."Id"));
create materialized view kept as select id, odd_id, odd_text from follower;
comment on view simple_view is 'simple';
comment on column simple_view.odd is 'the odd one';

create function variadic_one(first int, variadic rest text[] default '{x}') returns text language sql immutable strict
  as $$ select array_to_string(rest, ',') $$;
create function outs(in a int, out b int, inout c text) language sql as $$ select 1, 'x' $$;
create function one_out(out b int) language sql as $$ select 1 $$;
create function table_of_one() returns table (n int) language sql rows 7 as $$ select 1 $$;
create function odd_rows("Odd Arg" "Odd ""Table""") returns setof "Odd ""Table""" language sql stable as $$ select $1 $$;
create function defaults(a int, b text default 'it''s, (well)', c timestamptz default now()) returns void language plpgsql
  security definer set search_path = public, "Odd Schema" as $$ begin end $$;
create function takes_any(anyelement) returns anyelement language sql as $$ select $1 $$;
create function on_change() returns trigger language plpgsql as $$ begin return new; end $$;
create function of_opaque(path extensions.ltree) returns extensions.ltree language sql as $$ select path $$;
create procedure not_called() language sql as $$ select 1 $$;
create aggregate not_called_either(int) (sfunc = int4pl, stype = int);
revoke execute on function one_out() from public, anon;
comment on function one_out() is 'gives one';

create schema "Odd Schema";
grant usage on schema "Odd Schema" to anon;
create table "Odd Schema".inside (id int primary key);
create sequence "Odd Schema".numbers start 10 increment 5;
