-- Where people live: theirs alone. Sellers are let in by the migration of orders.

create table public.addresses (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  label text not null default 'Home',
  recipient text not null,
  street text not null,
  postal_code varchar(12) not null,
  city text not null,
  country char(2) not null check (country ~ '^[A-Z]{2}$'),
  is_default boolean not null default false,
  created_at timestamptz not null default now()
);

create index addresses_owner_id_idx on public.addresses (owner_id);

-- At most one default address each.
create unique index addresses_default_key on public.addresses (owner_id) where is_default;

alter table public.addresses enable row level security;

create policy "people manage their addresses" on public.addresses
  for all to authenticated
  using (owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));

revoke all on public.addresses from anon;
