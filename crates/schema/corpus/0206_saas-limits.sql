create view public.organisation_usage as
  select o.id, o.slug, count(distinct m.profile_id) as members, count(distinct p.id) filter (where p.closed_at is null) as projects
  from public.organisations o
  left join public.memberships m on m.organisation_id = o.id
  left join public.projects p on p.organisation_id = o.id
  group by o.id;
create or replace function public.open_issues(project uuid, at_most integer default 20)
returns setof public.issues language sql stable as $$
  select * from public.issues where project_id = project and status <> 'done' order by number limit at_most
$$;
create or replace function public.project_stats(project uuid)
returns table (status text, issues bigint, oldest timestamptz)
language sql stable as $$
  select status, count(*), min(created_at) from public.issues where project_id = project group by status
$$;
-- refused
create materialized view public.daily_usage as select current_date as day, count(*) from public.issues;
-- refused
create extension if not exists pg_cron;
