-- refused
merge into companies c using contacts k on c.id = k.company_id when matched then delete;
create function pipeline() returns table (stage stage, deals bigint, total numeric)
language sql stable as $$
  select d.stage, count(*), sum(d.amount) from deals d group by d.stage order by d.stage
$$;
create view contact_cards as
  select c.id, c.full_name, c.email, co.name as company,
    (select coalesce(jsonb_agg(jsonb_build_object('id', d.id, 'stage', d.stage) order by d.id), '[]'::jsonb)
     from deals d where d.contact_id = c.id) as deals
  from contacts c left join companies co on co.id = c.company_id;
-- refused
alter table contacts drop column email;
alter table contacts drop column email cascade;
alter table contacts add column email text unique;
alter table deals disable row level security;
-- refused
create rule no_delete as on delete to deals do instead nothing;
do $$
declare
  company record;
begin
  for company in select * from companies loop
    update contacts set labels = '{}' where company_id = company.id;
  end loop;
end $$;
