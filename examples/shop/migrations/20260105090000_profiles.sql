-- People: one profile per account. Accounts themselves live in auth.users.

create type public.account_kind as enum ('customer', 'seller');

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  handle text not null unique check (handle ~ '^[a-z][a-z0-9_]{2,29}$'),
  display_name text not null check (char_length(display_name) between 1 and 80),
  kind public.account_kind not null default 'customer',
  bio varchar(500),
  created_at timestamptz not null default now()
);

comment on table public.profiles is 'What others may know of an account.';
comment on column public.profiles.kind is 'Only the operator of the shop makes somebody a seller.';

-- Runs past the policies of profiles, so that policies of other tables may call it.
create function public.is_seller() returns boolean
  language sql stable security definer set search_path = ''
  as $$
    select exists (
      select 1 from public.profiles
      where id = auth.uid() and kind = 'seller'
    )
  $$;

comment on function public.is_seller() is 'Whether the caller may offer products.';

-- The claim is set by the operator; a suspended account may look but not write.
create function public.is_suspended() returns boolean
  language sql stable
  as $$
    select coalesce((auth.jwt() -> 'app_metadata' ->> 'suspended')::boolean, false)
  $$;

alter table public.profiles enable row level security;

create policy "sellers are public" on public.profiles
  for select using (kind = 'seller');

create policy "people see themselves" on public.profiles
  for select to authenticated using (id = (select auth.uid()));

create policy "people create their own profile" on public.profiles
  for insert to authenticated with check (id = (select auth.uid()));

create policy "people edit their own profile" on public.profiles
  for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));

create policy "suspended people write nothing" on public.profiles
  as restrictive for all to authenticated
  using (true) with check (not public.is_suspended());

-- Nobody makes themselves a seller: kind is not among the columns that may be written.
revoke insert, update, delete on public.profiles from anon, authenticated;
grant insert (id, handle, display_name, bio) on public.profiles to authenticated;
grant update (handle, display_name, bio) on public.profiles to authenticated;
