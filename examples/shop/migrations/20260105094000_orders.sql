-- Orders keep what was bought at which price, whatever becomes of the product.

create type public.order_status as enum ('pending', 'paid', 'shipped', 'delivered', 'cancelled');

create table public.orders (
  id uuid primary key default gen_random_uuid(),
  reference text not null unique default upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 10)),
  customer_id uuid not null default auth.uid() references public.profiles (id) on delete restrict,
  shipping_address_id uuid references public.addresses (id) on delete set null,
  billing_address_id uuid references public.addresses (id) on delete set null,
  status public.order_status not null default 'pending',
  currency char(3) not null default 'EUR',
  note varchar(500),
  placed_at timestamptz not null default now()
);

create index orders_customer_id_idx on public.orders (customer_id);

create table public.order_lines (
  order_id uuid not null references public.orders (id) on delete cascade,
  line smallint not null check (line > 0),
  product_id bigint references public.products (id) on delete set null,
  variant_id bigint references public.variants (id) on delete set null,
  title text not null,
  quantity integer not null check (quantity between 1 and 99),
  unit_price_minor integer not null check (unit_price_minor > 0),
  total_minor integer generated always as (quantity * unit_price_minor) stored,
  primary key (order_id, line)
);

create index order_lines_product_id_idx on public.order_lines (product_id);

-- The policies of orders and of their lines look at each other; these three functions run past them, so that neither
-- waits for the other.

create function public.owns_order(order_id uuid) returns boolean
  language sql stable security definer set search_path = ''
  as $$
    select exists (
      select 1 from public.orders as o
      where o.id = owns_order.order_id and o.customer_id = auth.uid()
    )
  $$;

create function public.sells_in_order(order_id uuid) returns boolean
  language sql stable security definer set search_path = ''
  as $$
    select exists (
      select 1
      from public.order_lines as l
      join public.products as p on p.id = l.product_id
      where l.order_id = sells_in_order.order_id and p.seller_id = auth.uid()
    )
  $$;

create function public.ships_to(address_id uuid) returns boolean
  language sql stable security definer set search_path = ''
  as $$
    select exists (
      select 1
      from public.orders as o
      join public.order_lines as l on l.order_id = o.id
      join public.products as p on p.id = l.product_id
      where o.shipping_address_id = ships_to.address_id
        and o.status in ('paid', 'shipped')
        and p.seller_id = auth.uid()
    )
  $$;

alter table public.orders enable row level security;

create policy "customers see their orders" on public.orders
  for select to authenticated using (customer_id = (select auth.uid()));

create policy "sellers see orders of their products" on public.orders
  for select to authenticated using (public.sells_in_order(id));

create policy "customers place orders" on public.orders
  for insert to authenticated
  with check (
    customer_id = (select auth.uid())
    and status = 'pending'
    and (
      shipping_address_id is null
      or exists (
        select 1 from public.addresses as a
        where a.id = orders.shipping_address_id and a.owner_id = (select auth.uid())
      )
    )
    and (
      billing_address_id is null
      or exists (
        select 1 from public.addresses as a
        where a.id = orders.billing_address_id and a.owner_id = (select auth.uid())
      )
    )
  );

create policy "customers cancel pending orders" on public.orders
  for update to authenticated
  using (customer_id = (select auth.uid()) and status = 'pending')
  with check (customer_id = (select auth.uid()) and status in ('pending', 'cancelled'));

create policy "sellers ship paid orders" on public.orders
  for update to authenticated
  using (public.sells_in_order(id) and status in ('paid', 'shipped'))
  with check (public.sells_in_order(id) and status in ('shipped', 'delivered'));

create policy "suspended people write nothing" on public.orders
  as restrictive for all to authenticated
  using (true) with check (not public.is_suspended());

revoke all on public.orders from anon;
revoke update, delete on public.orders from authenticated;
grant update (status, note) on public.orders to authenticated;

alter table public.order_lines enable row level security;

create policy "customers see their order lines" on public.order_lines
  for select to authenticated using (public.owns_order(order_id));

create policy "sellers see lines of their products" on public.order_lines
  for select to authenticated using (public.sells_product(product_id));

-- The price is the shop's, not the caller's.
create policy "customers add lines to pending orders" on public.order_lines
  for insert to authenticated
  with check (
    exists (
      select 1 from public.orders as o
      where o.id = order_lines.order_id
        and o.customer_id = (select auth.uid())
        and o.status = 'pending'
    )
    and exists (
      select 1 from public.variants as v
      where v.id = order_lines.variant_id and v.product_id = order_lines.product_id
    )
    and unit_price_minor = public.variant_price(variant_id)
  );

revoke all on public.order_lines from anon;
revoke update, delete on public.order_lines from authenticated;

create policy "sellers see addresses they ship to" on public.addresses
  for select to authenticated using (public.ships_to(id));

create view public.order_summaries with (security_invoker = true) as
  select
    o.id,
    o.reference,
    o.customer_id,
    o.status,
    o.placed_at,
    count(l.line) as lines,
    coalesce(sum(l.total_minor), 0)::bigint as total_minor
  from public.orders as o
  left join public.order_lines as l on l.order_id = o.id
  group by o.id, o.reference, o.customer_id, o.status, o.placed_at;
