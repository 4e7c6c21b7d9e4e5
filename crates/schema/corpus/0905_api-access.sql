revoke all privileges on all tables in schema test from public, anon;
grant usage on schema test to anon, authenticated;
grant all on all tables in schema test to authenticated;
revoke all on test.users from authenticated;
grant select (id, name), update (name) on test.users to authenticated;
grant select on table test.clients, test.projects to anon with grant option;
grant execute on function test.sayhello(text) to anon;
-- refused
grant select on test.nothing to anon;
-- refused
grant select (nickname) on test.users to anon;
-- refused
grant select on test.users to nobody;
grant all on all sequences in schema test to authenticated;
grant connect on database postgres to authenticated;
