alter table public.resources add column location text, add column is_active boolean not null default true;
alter table public.resources alter column capacity type bigint, alter column name set default 'Room';
alter table public.bookings alter column note drop not null;
alter table public.bookings alter column note type text;
-- refused
alter table public.bookings alter column starts_at type date;
drop policy "free or busy" on public.bookings;
alter table public.bookings drop column cancelled_at cascade;
truncate table public.bookings;
-- refused
drop table public.resources;
drop table public.resources cascade;
drop table if exists public.resources, public.nothing;
