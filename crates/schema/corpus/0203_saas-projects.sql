create table public.projects (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references public.organisations (id) on delete cascade,
  name text not null,
  key text not null,
  archived_at timestamptz,
  budget numeric(12, 2),
  tags text[] not null default '{}',
  constraint projects_key_unique unique (organisation_id, key),
  constraint projects_key_format check (key = upper(key) and length(key) between 2 and 8)
);
create table public.tasks (
  id bigserial primary key,
  project_id uuid not null,
  parent_id bigint references public.tasks (id) on delete cascade,
  number integer not null,
  title text not null check (title <> ''),
  body text,
  status text not null default 'open',
  assignee_id uuid references public.profiles,
  due date,
  estimate interval,
  created_at timestamptz not null default current_timestamp,
  constraint tasks_project_fk foreign key (project_id) references public.projects (id) on update cascade on delete cascade deferrable initially deferred,
  unique (project_id, number)
);
create index tasks_tags on public.projects using gin (tags);
create index concurrently tasks_assignee_open on public.tasks (assignee_id) where status <> 'done';
create unique index projects_name_lower on public.projects (organisation_id, lower(name));
alter table public.tasks add constraint tasks_status_check check (status in ('open', 'doing', 'done')) not valid;
alter table public.tasks validate constraint tasks_status_check;
