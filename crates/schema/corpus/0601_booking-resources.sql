create table public.resources (
  id uuid default gen_random_uuid() not null,
  name text not null,
  capacity int not null default 1,
  opening time not null default '09:00',
  closing time not null default '17:30',
  primary key (id),
  constraint opens_before_closing check (opening < closing)
);
create table public.bookings (
  id uuid primary key default gen_random_uuid(),
  resource_id uuid not null references public.resources (id),
  booked_by uuid not null default auth.uid() references auth.users (id),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  note varchar(500),
  cancelled_at timestamptz,
  minutes int generated always as ((extract(epoch from (ends_at - starts_at)) / 60)::int) stored,
  constraint ends_after_start check (ends_at > starts_at)
);
alter table public.bookings add constraint no_overlap exclude using gist (resource_id with =, tstzrange(starts_at, ends_at) with &&);
create index bookings_by_day on public.bookings (resource_id, starts_at desc nulls last);
alter table public.bookings enable row level security;
create policy "own bookings" on public.bookings using (booked_by = auth.uid());
create policy "free or busy" on public.bookings for select using (cancelled_at is null);
