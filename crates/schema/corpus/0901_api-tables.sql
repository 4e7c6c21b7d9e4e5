create schema test;
create schema private;
set search_path = test, public;
create table clients (id integer primary key, name text not null);
create table projects (id integer primary key, name text not null, client_id integer references clients);
create table users (id integer primary key, name text not null);
create table tasks (id integer primary key, name text not null, project_id integer references projects);
create table users_projects (
  user_id integer not null references users (id),
  project_id integer not null references projects (id),
  primary key (project_id, user_id)
);
create table users_tasks (
  user_id integer not null references users (id),
  task_id integer not null references tasks (id),
  primary key (task_id, user_id)
);
create table compound_pk (k1 integer not null, k2 text not null, extra integer, primary key (k1, k2));
create table compound_children (id serial primary key, k1 integer, k2 text, foreign key (k1, k2) references compound_pk (k1, k2));
create table orders (
  id integer primary key, name text,
  billing_address_id integer, shipping_address_id integer
);
create table addresses (id integer not null primary key, address text not null);
alter table only orders add constraint orders_billing_fkey foreign key (billing_address_id) references addresses (id);
alter table only orders add constraint orders_shipping_fkey foreign key (shipping_address_id) references addresses (id);
create table passports (person_id integer primary key references users (id), number text not null unique);
create table entities (id integer primary key, name text, parent_id integer, constraint parent_fk foreign key (parent_id) references entities (id));
create table "simple_pk" (k character varying not null primary key, extra character varying not null);
create table private.articles (id integer primary key, body text, owner name default current_user);
create table nullable_integer (a integer);
create table no_pk (a varchar null, b varchar null);
