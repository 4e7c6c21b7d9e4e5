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

comment on table underpin.migrations is 'The migrations that were applied, with their texts.'
