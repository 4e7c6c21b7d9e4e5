-- One cart per person.

create table public.carts (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null unique default auth.uid() references public.profiles (id) on delete cascade,
  updated_at timestamptz not null default now()
);

create table public.cart_items (
  cart_id uuid not null references public.carts (id) on delete cascade,
  variant_id bigint not null references public.variants (id) on delete cascade,
  quantity smallint not null default 1 check (quantity between 1 and 99),
  added_at timestamptz not null default now(),
  primary key (cart_id, variant_id)
);

create function public.owns_cart(cart_id uuid) returns boolean
  language sql stable
  as $$
    select exists (
      select 1 from public.carts as c
      where c.id = owns_cart.cart_id and c.owner_id = auth.uid()
    )
  $$;

create function public.cart_total(cart_id uuid) returns bigint
  language sql stable
  as $$
    select coalesce(sum(i.quantity * public.variant_price(i.variant_id)), 0)::bigint
    from public.cart_items as i
    where i.cart_id = cart_total.cart_id
  $$;

alter table public.carts enable row level security;
alter table public.cart_items enable row level security;

create policy "people have their cart" on public.carts
  for all to authenticated
  using (owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));

-- A variant that the caller cannot see cannot be put in the cart.
create policy "people fill their cart" on public.cart_items
  for all to authenticated
  using (public.owns_cart(cart_id))
  with check (
    public.owns_cart(cart_id)
    and exists (select 1 from public.variants as v where v.id = cart_items.variant_id)
  );

revoke all on public.carts, public.cart_items from anon;

create view public.cart_summaries with (security_invoker = true) as
  select
    c.id,
    c.owner_id,
    (select count(*) from public.cart_items as i where i.cart_id = c.id) as items,
    public.cart_total(c.id) as total_minor
  from public.carts as c;
