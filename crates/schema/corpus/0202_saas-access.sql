create or replace function public.is_member(organisation uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select 1 from public.memberships m
    where m.organisation_id = organisation and m.profile_id = (select auth.uid())
  );
$$;

create or replace function public.has_role(organisation uuid, wanted public.member_role[])
returns boolean language sql stable security definer set search_path = public as $$
  select exists (
    select 1 from memberships
    where organisation_id = organisation and profile_id = auth.uid() and role = any (wanted)
  );
$$;

revoke all on function public.is_member(uuid) from public, anon;
grant execute on function public.is_member(uuid) to authenticated;

alter table public.profiles enable row level security;
alter table public.organisations enable row level security;
alter table public.memberships enable row level security;
alter table public.organisations force row level security;

create policy "Profiles are viewable by everyone" on public.profiles for select using (true);
create policy "Users insert their own profile" on public.profiles for insert with check ((select auth.uid()) = id);
create policy "Users update their own profile" on public.profiles for update using ((select auth.uid()) = id);

create policy "Members see their organisation" on public.organisations for select to authenticated
  using (public.is_member(id));
create policy "Owners change it" on public.organisations for update to authenticated
  using (public.has_role(id, array['owner', 'admin']::public.member_role[]))
  with check (public.has_role(id, '{owner,admin}'));
create policy "Members see members" on public.memberships for select to authenticated
  using (public.is_member(organisation_id));
create policy "No guests at night" on public.memberships as restrictive for select to authenticated
  using (role <> 'guest' or extract(hour from now()) between 7 and 20);
