create type shop.order_state as enum ('cart', 'placed', 'paid', 'shipped', 'cancelled');
create table shop.addresses (
  id bigint generated always as identity primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  street text not null, city text not null, postcode text not null,
  country char(2) not null
);
create table shop.orders (
  id bigint generated always as identity (start with 1000) primary key,
  user_id uuid references auth.users (id) on delete set null,
  shipping_id bigint references shop.addresses (id),
  billing_id bigint references shop.addresses (id),
  state shop.order_state not null default 'cart',
  placed_at timestamptz,
  total_minor bigint not null default 0
);
create table shop.order_lines (
  order_id bigint references shop.orders on delete cascade,
  product_id uuid references shop.products,
  quantity int not null default 1 check (quantity > 0),
  price_minor bigint not null,
  primary key (order_id, product_id)
);
alter table shop.orders enable row level security;
alter table shop.order_lines enable row level security;
create policy own_orders on shop.orders for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()) and state in ('cart', 'placed'));
create policy own_lines on shop.order_lines to authenticated using (
  exists (select 1 from shop.orders o where o.id = order_id and o.user_id = (select auth.uid()))
);
grant select, insert, update, delete on shop.orders, shop.order_lines, shop.addresses to authenticated;
grant usage, select on all sequences in schema shop to authenticated;
