create schema if not exists audit;
create type audit.operation as enum ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE');
create table audit.record_version (
  id bigserial primary key,
  record_id uuid,
  old_record_id uuid,
  op audit.operation not null,
  ts timestamptz not null default (now()),
  table_schema name not null,
  table_name name not null,
  record jsonb,
  old_record jsonb,
  auth_uid uuid default auth.uid(),
  auth_role text default auth.role(),
  check (coalesce(record_id, old_record_id) is not null or op = 'TRUNCATE'),
  check (op in ('INSERT', 'UPDATE') = (record_id is not null)),
  check (op in ('INSERT', 'UPDATE') = (record is not null)),
  check (op in ('UPDATE', 'DELETE') = (old_record_id is not null))
);
create index record_version_record_id on audit.record_version (record_id) where record_id is not null;
create index record_version_ts on audit.record_version using brin (ts);
revoke all on schema audit from anon, authenticated;
