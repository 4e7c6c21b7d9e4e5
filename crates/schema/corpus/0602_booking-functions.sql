create function public.is_free(resource uuid, wanted_start timestamptz, wanted_end timestamptz)
returns boolean
language sql stable strict
begin atomic
  select not exists (
    select 1 from public.bookings b
    where b.resource_id = resource and b.cancelled_at is null
      and b.starts_at < wanted_end and b.ends_at > wanted_start
  );
end;
create function public.book(resource uuid, starts timestamptz, duration interval default '1 hour')
returns public.bookings language sql volatile as $$
  insert into public.bookings (resource_id, starts_at, ends_at)
  values (resource, starts, starts + duration)
  returning *;
$$;
create function public.next_free(resource uuid, out day date, out slots bigint) language sql stable as $$
  select current_date + 1, count(*) from public.bookings where resource_id = resource
$$;
alter function public.book(uuid, timestamptz, interval) security definer set search_path = public;
alter function public.is_free(uuid, timestamptz, timestamptz) owner to postgres;
revoke execute on all functions in schema public from anon;
alter default privileges in schema public revoke execute on functions from public, anon;
