-- The views that the conformance cases are about.

create view cheap_projects as
  select id, name, budget, client_id from projects where budget < 100;

create view renamed_projects as
  select id as number, name as title, budget * 2 as double_budget from projects;

create view checked_projects as
  select id, name, budget from projects where budget < 100
  with check option;

create view checked_above_checked as
  select id, name, budget from checked_projects where budget > 10
  with local check option;

create view unchecked_above_checked as
  select id, name, budget from checked_projects where budget > 10;

create view cascaded_above_unchecked as
  select id, name, budget from cheap_projects where budget > 10
  with cascaded check option;

create view budgets as
  select client_id, sum(budget) as total from projects group by client_id;

create view distinct_cities as select distinct city from clients;

create view first_clients as select id, name from clients order by id limit 2;

create view project_clients as
  select p.id, p.name, c.name as client from projects p join clients c on c.id = p.client_id;

create view either_name as select name from clients union select name from people;

create view with_query as
  with named as (select id, name from clients) select id, name from named;

create view counted as select count(*) as n from clients;

create view numbered as select id, row_number() over (order by id) as place from clients;

create view above_budgets as select client_id, total from budgets;

create view doubled as select id, name, name as again from clients;

create view shared_notes as select id, owner, body from notes where shared;

create view owned_notes with (security_invoker = false) as select id, owner, body, shared from notes;

create view open_guarded as select id, open, secret from guarded;

create view people_and_bosses as select id as person, name, boss_id as boss from people;

create view column_list (number, title) as select id, name from clients;

create view column_list_of_alike (clients, cities) as select count(*), count(distinct city) from clients;

create view column_list_of_union (a, b) as select 1, 'one' union all select 2, null;

create view column_list_of_values (a, b) as values (1, 'one'), (2, 'two');
