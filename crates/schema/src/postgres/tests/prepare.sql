create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator noinherit;
grant anon, authenticated, service_role to authenticator;
create schema underpin;
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
;
create schema extensions;
create schema auth;
-- The platform's own schema: the accounts, in the columns that the auth service of Supabase has.



create table auth.users (
  instance_id uuid,
  id uuid primary key,
  aud varchar(255),
  role varchar(255),
  email varchar(255),
  encrypted_password varchar(255),
  email_confirmed_at timestamptz,
  invited_at timestamptz,
  confirmation_token varchar(255),
  confirmation_sent_at timestamptz,
  recovery_token varchar(255),
  recovery_sent_at timestamptz,
  email_change_token_new varchar(255),
  email_change varchar(255),
  email_change_sent_at timestamptz,
  last_sign_in_at timestamptz,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_super_admin boolean,
  created_at timestamptz,
  updated_at timestamptz,
  phone text unique default null,
  phone_confirmed_at timestamptz,
  phone_change text default '',
  phone_change_token varchar(255) default '',
  phone_change_sent_at timestamptz,
  confirmed_at timestamptz generated always as (least(email_confirmed_at, phone_confirmed_at)) stored,
  email_change_token_current varchar(255) default '',
  email_change_confirm_status smallint default 0
    check (email_change_confirm_status >= 0 and email_change_confirm_status <= 2),
  banned_until timestamptz,
  reauthentication_token varchar(255) default '',
  reauthentication_sent_at timestamptz,
  is_sso_user boolean not null default false,
  deleted_at timestamptz,
  is_anonymous boolean not null default false
);

alter table auth.users enable row level security;

create index users_instance_id_idx on auth.users (instance_id);
create unique index users_email_partial_key on auth.users (email) where is_sso_user = false;
create index users_is_anonymous_idx on auth.users (is_anonymous);

comment on table auth.users is 'Auth: Stores user login data within a secure schema.';
;
create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'::text
  )::uuid
$$;
create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'::text
  )
$$;
create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'::text
  )
$$;
create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;
grant usage on schema public to anon, authenticated, service_role;
grant usage on schema auth to anon, authenticated, service_role;
grant usage on schema extensions to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
-- Whoever changes the schema, servers learn of it.
create or replace function underpin.reload() returns event_trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_event = 'sql_drop' then
    if not exists (select from pg_event_trigger_dropped_objects() where not is_temporary) then
      return;
    end if;
  elsif not exists (
    select from pg_event_trigger_ddl_commands() where coalesce(schema_name, '') not like 'pg\_temp%'
  ) then
    return;
  end if;
  notify pgrst, 'reload schema';
end $$;

create event trigger underpin_reload on ddl_command_end execute function underpin.reload();

create event trigger underpin_reload_drop on sql_drop execute function underpin.reload()
;
