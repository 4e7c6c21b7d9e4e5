begin;
create table if not exists public.lists (
  id uuid default gen_random_uuid() primary key,
  owner uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title varchar(120) not null,
  color text not null default '#ffffff' check (color ~ '^#[0-9a-f]{6}$'),
  position integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (owner, title)
);
alter table public.todos add column list_id uuid references public.lists (id) on delete set null;
alter table public.todos add column if not exists priority smallint default 0;
alter table public.todos add column if not exists is_complete boolean default true;
create index todos_list_id_idx on public.todos (list_id);
create index if not exists todos_open_idx on public.todos using btree (user_id, inserted_at desc) where is_complete = false;
alter table public.lists enable row level security;
create policy lists_owner on public.lists as permissive for all to authenticated
  using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
commit;
