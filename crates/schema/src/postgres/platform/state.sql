-- What of the platform is there, and what the connected role may do, as one JSON document.
select pg_catalog.json_build_object(
  'role', current_user,
  'database', pg_catalog.current_database(),
  'version', v.number,
  'superuser', me.rolsuper,
  'create_role', me.rolcreaterole,
  'bypasses', me.rolbypassrls,
  'may_create', pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create'),
  'roles', (
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', r.rolname,
      'bypasses', r.rolbypassrls or r.rolsuper,
      'member', pg_catalog.pg_has_role(me.oid, r.oid, case when v.number >= 160000 then 'SET' else 'MEMBER' end),
      'may_grant', pg_catalog.pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION')
    )), '[]')
    from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated', 'service_role', 'authenticator')
  ),
  'schemas', (
    select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', n.nspname,
      'owner', pg_catalog.pg_has_role(me.oid, n.nspowner, 'MEMBER'),
      'may_create', pg_catalog.has_schema_privilege(n.oid, 'create'),
      'everybody', pg_catalog.has_schema_privilege('public', n.oid, 'usage'),
      'users', array(
        select r.rolname::text from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated', 'service_role')
          and pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage')
      )
    )), '[]')
    from pg_catalog.pg_namespace n where n.nspname in ('public', 'auth', 'extensions', 'underpin')
  ),
  'accounts', exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'auth' and c.relname = 'users'
  ),
  'functions', array(
    select p.proname::text from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'auth' and p.pronargs = 0 and p.proname in ('uid', 'role', 'email', 'jwt')
  ),
  'history', exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'underpin' and c.relname = 'migrations'
  ),
  'readable', exists (
    select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'underpin' and c.relname = 'migrations'
      and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')
  ),
  'watched', exists (
    select from pg_catalog.pg_event_trigger where evtname in ('underpin_reload', 'underpin_reload_drop', 'pgrst_ddl_watch')
  )
)::text
from pg_catalog.pg_roles me, (select pg_catalog.current_setting('server_version_num')::int as number) v
where me.rolname = current_user
