alter table authors enable row level security;
alter table posts enable row level security;
alter table tags enable row level security;
alter table post_tags enable row level security;
alter table comments enable row level security;
create policy "everyone reads authors" on authors for select using (true);
create policy "everyone reads published posts" on posts for select to anon, authenticated using (published_at <= now());
create policy "authors write their posts" on posts for all to authenticated
  using (author_id in (select a.id from authors a where a.user_id = (select auth.uid())))
  with check (author_id in (select a.id from authors a where a.user_id = (select auth.uid())));
create policy "everyone reads tags" on tags for select using (true);
create policy "everyone reads post tags" on post_tags for select using (true);
create policy "approved comments" on comments for select using (is_approved);
create policy "anyone comments" on comments for insert with check (is_approved is not true and parent_id is distinct from id);
revoke select on comments from anon, authenticated;
grant select (id, post_id, parent_id, author_name, body, created_at) on comments to anon, authenticated;
revoke update, delete on table comments from anon;
