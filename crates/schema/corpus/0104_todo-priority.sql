create type public.priority as enum ('low', 'normal', 'high');
alter table public.todos
  alter column priority drop default,
  alter column priority type public.priority using
    case priority when 0 then 'low'::public.priority when 1 then 'normal'::public.priority else 'high'::public.priority end,
  alter column priority set default 'normal';
update public.todos set priority = 'normal' where priority is null;
alter table public.todos alter column priority set not null;
alter type public.priority add value if not exists 'urgent' after 'high';
alter type public.priority rename value 'normal' to 'medium';
create view public.open_todos with (security_invoker = true) as
  select t.id, t.task, t.priority, l.title as list
  from public.todos t left join public.lists l on l.id = t.list_id
  where not t.is_complete;
