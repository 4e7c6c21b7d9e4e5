-- Everything that the catalog is made of, as one JSON document. It must run on PostgreSQL 12 to 18 and for any role: it reads what
-- everybody may read, and asks for a column that came later by `to_jsonb`.
--
-- Names without schema are looked up in `public` too, where others may have made operators: every operator here has the very types
-- that one of PostgreSQL's own has, so that no other can come before it.
with schemas as materialized (
  select oid, nspname, nspowner, nspacl
  from pg_catalog.pg_namespace
  where nspname !~ '^pg_'::text and nspname not in ('information_schema', 'underpin')
),
relations as materialized (
  select c.oid, s.nspname, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.reloptions
  from pg_catalog.pg_class c join schemas s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') and not c.relispartition
)
select pg_catalog.json_build_object(
  'schemas', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select nspname as name, pg_catalog.pg_get_userbyid(nspowner) as owner, nspacl::text[] as acl,
        pg_catalog.obj_description(oid, 'pg_namespace') as comment
      from schemas
    ) x
  ),
  'types', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select t.oid::int8 as oid, n.nspname as schema, t.typname as name, t.typtype::text as kind, t.typarray::int8 as array,
        t.typrelid::int8 as relation, t.typbasetype::int8 as base, t.typtypmod as modifier, t.typnotnull as not_null,
        t.typdefault as default,
        case when t.typtype = 'e' then array(
          select e.enumlabel::text from pg_catalog.pg_enum e where e.enumtypid = t.oid order by e.enumsortorder
        ) end as labels,
        case when t.typtype = 'd' then (
          select pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', k.conname, 'expression', pg_catalog.pg_get_expr(k.conbin, 0)
          ) order by k.conname)
          from pg_catalog.pg_constraint k where k.contypid = t.oid and k.contype = 'c'
        ) end as checks
      from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
      where (t.typarray <> 0::oid or t.typtype = 'p')
        and case n.nspname
          when 'pg_catalog' then t.typtype <> 'c'
          when 'information_schema' then t.typtype = 'd'
          else n.oid in (select oid from schemas)
        end
    ) x
  ),
  'relations', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select r.oid::int8 as oid, r.nspname as schema, r.relname as name, r.relkind::text as kind,
        pg_catalog.pg_get_userbyid(r.relowner) as owner, r.relacl::text[] as acl, r.relrowsecurity as row_security,
        r.reloptions as options, pg_catalog.obj_description(r.oid, 'pg_class') as comment,
        case when r.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(r.oid) end as definition,
        exists (
          select from pg_catalog.pg_trigger t
          where not t.tgisinternal and t.tgtype & 3 = 3 and t.tgtype & 20 <> 0
            and (
              t.tgrelid = r.oid
              or t.tgrelid in (select i.inhrelid from pg_catalog.pg_inherits i where i.inhparent = r.oid)
              or r.relkind = 'p' and t.tgrelid in (select p.relid from pg_catalog.pg_partition_tree(r.oid) p)
            )
        ) as reshaped
      from relations r
    ) x
  ),
  'columns', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select a.attrelid::int8 as relation, a.attnum as number, a.attname as name, a.atttypid::int8 as type,
        a.atttypmod as modifier, a.attnotnull as not_null, pg_catalog.pg_get_expr(d.adbin, case a.attgenerated when '' then 0 else d.adrelid end) as default,
        a.attidentity::text as identity, a.attgenerated::text as generated, a.attacl::text[] as acl,
        c.description as comment
      from relations r
        join pg_catalog.pg_attribute a on a.attrelid = r.oid
        left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        left join pg_catalog.pg_description c
          on c.classoid = 'pg_catalog.pg_class'::regclass::oid and c.objoid = a.attrelid and c.objsubid = a.attnum
      where a.attnum > 0 and not a.attisdropped
      order by a.attrelid, a.attnum
    ) x
  ),
  'constraints', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select k.conrelid::int8 as relation, k.conname as name, k.contype::text as kind, k.conkey as columns,
        k.confrelid::int8 as references, k.confkey as referenced_columns, k.confupdtype::text as on_update,
        k.confdeltype::text as on_delete, k.condeferrable as deferrable, k.condeferred as deferred,
        case when k.contype = 'c' then pg_catalog.pg_get_expr(k.conbin, k.conrelid) end as expression,
        case when k.contype in ('p', 'u') then (
          select (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct'::text)::bool
          from pg_catalog.pg_index i where i.indexrelid = k.conindid
        ) end as nulls_not_distinct
      from relations r join pg_catalog.pg_constraint k on k.conrelid = r.oid
      where k.contype in ('p', 'u', 'c') or k.contype = 'f' and k.conparentid = 0::oid
      order by k.conrelid, k.conname
    ) x
  ),
  'indexes', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select i.indrelid::int8 as relation, c.relname as name, m.amname as method, i.indisunique as unique,
        (i.indkey::int2[])[0:i.indnkeyatts - 1] as columns, (i.indoption::int2[])[0:i.indnkeyatts - 1] as options,
        case when 0 = any (i.indkey) then array(
          select pg_catalog.pg_get_indexdef(i.indexrelid, k, true) from pg_catalog.generate_series(1, i.indnkeyatts) k
        ) end as expressions,
        pg_catalog.pg_get_expr(i.indpred, i.indrelid) as filter,
        (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct'::text)::bool as nulls_not_distinct,
        array(
          select o.oprname::text
          from pg_catalog.unnest(e.conexclop) with ordinality u (operator, place)
            join pg_catalog.pg_operator o on o.oid = u.operator
          order by u.place
        ) as exclusion
      from relations r
        join pg_catalog.pg_index i on i.indrelid = r.oid
        join pg_catalog.pg_class c on c.oid = i.indexrelid
        join pg_catalog.pg_am m on m.oid = c.relam
        left join pg_catalog.pg_constraint e on e.conrelid = r.oid and e.conindid = i.indexrelid and e.contype = 'x'
      where (i.indisunique or e.oid is not null) and i.indisvalid
        and not exists (
          select from pg_catalog.pg_constraint k
          where k.conrelid = r.oid and k.conindid = i.indexrelid and k.contype in ('p', 'u')
        )
      order by i.indrelid, c.relname
    ) x
  ),
  'policies', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select p.polrelid::int8 as relation, p.polname as name, p.polpermissive as permissive, p.polcmd::text as command,
        array(
          select case u.role when 0::oid then 'public' else pg_catalog.pg_get_userbyid(u.role)::text end
          from pg_catalog.unnest(p.polroles) u (role)
        ) as roles,
        pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using, pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as check
      from relations r join pg_catalog.pg_policy p on p.polrelid = r.oid
      order by p.polrelid, p.polname
    ) x
  ),
  'sequences', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select s.nspname as schema, c.relname as name, q.seqstart as start, q.seqincrement as increment,
        d.refobjid::int8 as relation, d.refobjsubid as column
      from pg_catalog.pg_class c
        join schemas s on s.oid = c.relnamespace
        join pg_catalog.pg_sequence q on q.seqrelid = c.oid
        left join pg_catalog.pg_depend d
          on d.classid = 'pg_catalog.pg_class'::regclass::oid and d.objid = c.oid
            and d.refclassid = 'pg_catalog.pg_class'::regclass::oid and d.deptype in ('a', 'i')
    ) x
  ),
  'routines', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select s.nspname as schema, p.proname as name,
        case when p.prosrc = '' then pg_catalog.pg_get_functiondef(p.oid) else p.prosrc end as body,
        p.proargtypes::oid[]::int8[] as arguments, p.proallargtypes::int8[] as parameters, p.proargmodes::text[] as modes,
        p.proargnames as names, p.provariadic <> 0::oid as variadic, p.proretset as set, p.prorettype::int8 as result,
        p.provolatile::text as volatility, p.proisstrict as strict, p.prorows::int8 as rows, p.prosecdef as security_definer,
        pg_catalog.pg_get_userbyid(p.proowner) as owner, p.proacl::text[] as acl, p.proconfig as settings,
        pg_catalog.obj_description(p.oid, 'pg_proc') as comment,
        case when p.pronargdefaults > 0 then array(
          select pg_catalog.pg_get_function_arg_default(p.oid, k)
          from pg_catalog.generate_series(1, pg_catalog.cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) k
        ) end as defaults
      from pg_catalog.pg_proc p
        join schemas s on s.oid = p.pronamespace
      where p.prokind = 'f'
      order by p.oid
    ) x
  ),
  'texts', (
    select coalesce(pg_catalog.json_agg(x.text), '[]') from (
      select pg_catalog.pg_get_functiondef(p.oid) as text
      from pg_catalog.pg_proc p join schemas s on s.oid = p.pronamespace
      where p.prokind = 'p'
      union all
      select pg_catalog.pg_get_triggerdef(t.oid)
      from pg_catalog.pg_trigger t join relations r on r.oid = t.tgrelid
      where t.tgqual is not null
      union all
      select pg_catalog.pg_get_ruledef(u.oid)
      from pg_catalog.pg_rewrite u join relations r on r.oid = u.ev_class
      where u.rulename <> '_RETURN'
    ) x
  ),
  'roles', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select r.rolname as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
        array(
          select pg_catalog.pg_get_userbyid(m.roleid)::text from pg_catalog.pg_auth_members m
          where m.member = r.oid
            and coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option'::text)::bool, r.rolinherit)
          order by 1
        ) as member_of
      from pg_catalog.pg_roles r
    ) x
  ),
  'settings', (
    select coalesce(pg_catalog.json_agg(x), '[]') from (
      select pg_catalog.pg_get_userbyid(s.setrole) as role, s.setconfig as settings
      from pg_catalog.pg_db_role_setting s
      where s.setrole <> 0::oid
        and s.setdatabase in (0::oid, (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))
      order by s.setdatabase
    ) x
  ),
  'extensions', (
    select coalesce(pg_catalog.json_agg(extname), '[]') from pg_catalog.pg_extension
  )
)::text
