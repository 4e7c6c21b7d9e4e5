create table underpin.migrations (
  position bigint generated always as identity primary key,
  version text not null,
  platform boolean not null,
  name text not null,
  checksum text not null,
  text text not null,
  applied_at timestamptz not null default pg_catalog.now(),
  unique (platform, version)
);

comment on table underpin.migrations is 'The migrations that were applied, with their texts.';

create table underpin.origin (
  is_new boolean not null
);

comment on table underpin.origin is 'Whether the database was empty when the platform came.';

insert into underpin.origin
select not exists (
  select from (
    select 'pg_catalog.pg_class'::regclass::oid as class, oid, relnamespace as namespace from pg_catalog.pg_class
    union all
    select 'pg_catalog.pg_proc'::regclass::oid, oid, pronamespace from pg_catalog.pg_proc
  ) o join pg_catalog.pg_namespace n on n.oid = o.namespace
  where n.nspname !~ '^pg_'::text and n.nspname not in ('information_schema', 'underpin')
    and not exists (
      select from pg_catalog.pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype = 'e'
    )
)
