alter table files.objects enable row level security;
grant usage on schema files to anon, authenticated;
grant all on all tables in schema files to authenticated, service_role;
grant select on files.buckets to anon;
create policy "Avatar images are publicly accessible." on files.objects for select using (bucket_id = 'avatars');
create policy "Anyone can upload an avatar." on files.objects for insert with check (bucket_id = 'avatars');
create policy "Own folder" on files.objects for update to authenticated
  using (bucket_id = 'private' and (string_to_array(name, '/'))[1] = (select auth.uid())::text);
insert into files.buckets (id, name, public) values ('avatars', 'avatars', true), ('private', 'private', false);
