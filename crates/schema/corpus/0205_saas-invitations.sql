do $$ begin
  create type public.invitation_state as enum ('pending', 'accepted', 'declined');
exception
  when duplicate_object then null;
end $$;
do $$ begin
  create type public.member_role as enum ('owner');
exception when duplicate_object then null;
end $$;
do $$
begin
  if not exists (select 1 from pg_type where typname = 'invitation_kind') then
    create type public.invitation_kind as enum ('mail', 'link');
  end if;
end
$$;
create domain public.email_address as citext
  constraint email_format check (value::text ~* '^[^@ ]+@[^@ ]+\.[a-z]{2,}$');
create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references public.organisations on delete cascade,
  email public.email_address not null,
  kind public.invitation_kind not null default 'mail',
  state public.invitation_state not null default 'pending',
  token text not null default encode(gen_random_bytes(24), 'hex'),
  expires_at timestamptz not null default now() + interval '7 days',
  unique nulls not distinct (organisation_id, email)
);
alter table public.invitations enable row level security;
create policy "invited people" on public.invitations for select to authenticated
  using (email = ((select auth.jwt()) ->> 'email')::citext or public.is_member(organisation_id));
grant select, insert (organisation_id, email, kind) on public.invitations to authenticated;
revoke all on public.invitations from anon;
