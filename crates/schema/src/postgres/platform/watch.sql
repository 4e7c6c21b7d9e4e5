-- Whoever changes the schema, servers learn of it.
create or replace function underpin.reload() returns event_trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_event = 'sql_drop' then
    if not exists (select from pg_event_trigger_dropped_objects() where not is_temporary) then
      return;
    end if;
  elsif not exists (
    select from pg_event_trigger_ddl_commands() where coalesce(schema_name, '') not like 'pg\_temp%'
  ) then
    return;
  end if;
  notify pgrst, 'reload schema';
end $$;

create event trigger underpin_reload on ddl_command_end execute function underpin.reload();

create event trigger underpin_reload_drop on sql_drop execute function underpin.reload()
