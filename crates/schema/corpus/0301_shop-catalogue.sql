create schema if not exists shop;
grant usage on schema shop to anon, authenticated, service_role;
alter default privileges in schema shop grant select on tables to anon, authenticated;
alter default privileges in schema shop grant all on tables to service_role;
alter default privileges for role postgres in schema shop grant usage, select on sequences to authenticated;
set search_path to shop, public;
create table categories (
  id serial primary key,
  parent_id int references categories,
  slug text not null unique,
  name text not null
);
create table products (
  id uuid primary key default gen_random_uuid(),
  category_id int not null references categories on delete restrict,
  sku varchar(32) not null unique,
  name text not null,
  description text,
  price_minor bigint not null check (price_minor >= 0),
  currency char(3) not null default 'EUR',
  weight double precision,
  attributes jsonb not null default '{}',
  images text[] not null default array[]::text[],
  search_name text generated always as (lower(name || ' ' || sku)) stored,
  created_at timestamptz default now() not null,
  check (currency ~ '^[A-Z]{3}$')
);
create table variants (
  id uuid primary key default gen_random_uuid(),
  product_id uuid not null references products on delete cascade,
  size text,
  colour text,
  stock integer not null default 0,
  constraint stock_not_negative check (stock >= 0),
  unique (product_id, size, colour)
);
create index on products (category_id);
create index on products using hash (sku);
create index products_attributes on products using gin (attributes jsonb_path_ops);
create index on variants (lower(colour), product_id);
