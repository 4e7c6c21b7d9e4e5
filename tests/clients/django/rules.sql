-- Whose rows are whose: Django's keys are numbers, and `sub` of a token is one of them.
create function me() returns int language sql stable as $$ select (auth.jwt() ->> 'sub')::int $$;

alter table auth_user enable row level security;
create policy "everybody sees who writes" on auth_user for select using (is_active);
revoke all on auth_user from anon, authenticated;
grant select (id, username) on auth_user to anon, authenticated;

alter table blog_post enable row level security;
create policy "everybody reads what is published" on blog_post for select using (status = 'published' or author_id = me());
create policy "authors write" on blog_post for all to authenticated using (author_id = me()) with check (author_id = me());

alter table blog_tag enable row level security;
create policy "everybody reads" on blog_tag for select using (true);

alter table blog_post_tags enable row level security;
create policy "as their posts" on blog_post_tags for all
  using (exists (select from blog_post where blog_post.id = post_id))
  with check (exists (select from blog_post where blog_post.id = post_id and blog_post.author_id = me()));

alter table blog_comment enable row level security;
create policy "as their posts" on blog_comment for select using (exists (select from blog_post where blog_post.id = post_id));
create policy "who is signed in comments" on blog_comment for insert to authenticated with check (author_id = me());
create policy "authors remove" on blog_comment for delete to authenticated using (author_id = me());
