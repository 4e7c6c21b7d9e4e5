set search_path to test;
create view projects_view as select projects.id, projects.name, projects.client_id from projects;
create view projects_view_alt as select id as t_id, name, client_id as t_client_id from projects;
create view articles as select id, body, owner from private.articles;
create view users_tasks_view as select user_id, task_id from users_tasks;
create view compound_pk_view as select * from compound_pk;
create view orders_view as
  select orders.id as id, orders.name as name, orders.billing_address_id as billing_address, orders.shipping_address_id as shipping_address from orders;
create view unioned as select id, name from clients union all select id, name from users;
create view nested_view as select v.id, v.client_id from (select * from projects_view) v;
create view haschildren as
  select e.id, e.name, exists (select 1 from entities c where c.parent_id = e.id) as has_children from entities e;
create view filtered as select c.*, row_number() over (partition by c.name order by c.id) as nr from clients c where c.id > 10;
-- refused
create view projects_view as select 1 as one;
-- refused
create or replace view projects_view as select id from projects;
