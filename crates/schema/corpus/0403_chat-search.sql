alter table public.messages add column search tsvector generated always as (to_tsvector('english', content)) stored;
create index messages_content on public.messages using gin (to_tsvector('english', content));
create index messages_sent on public.messages using brin (sent_at);
create function public.recent_messages(room bigint, before timestamptz default now(), at_most int default 50)
returns setof public.messages
language sql stable
as $$
  select * from public.messages
  where room_id = room and sent_at < before
  order by sent_at desc
  limit at_most;
$$;
create function public.mark_read(room bigint) returns void language sql as $$
  update public.participants set last_read_at = now() where room_id = room and user_id = auth.uid();
$$;
create function public.unread(room bigint) returns bigint language sql stable
return (select count(*) from public.messages m join public.participants p on p.room_id = m.room_id
        where m.room_id = room and p.user_id = auth.uid() and m.sent_at > coalesce(p.last_read_at, '-infinity'));
