create table shop.reviews (
  product_id uuid not null references shop.products on delete cascade,
  user_id uuid not null default auth.uid() references auth.users on delete cascade,
  rating smallint not null,
  body text,
  created_at timestamptz not null default now(),
  constraint reviews_pkey primary key (product_id, user_id),
  constraint rating_range check (rating between 1 and 5)
);
create view shop.product_ratings with (security_invoker = on) as
  select product_id, round(avg(rating), 2) as average, count(*)::int as reviews
  from shop.reviews group by product_id;
create view shop.product_cards as
  select p.id, p.name, p.price_minor, p.currency, c.slug as category, coalesce(r.average, 0) as average
  from shop.products p
  join shop.categories c on c.id = p.category_id
  left join shop.product_ratings r on r.product_id = p.id;
create function shop.full_name(shop.products) returns text language sql immutable as $$
  select $1.name || ' (' || $1.sku || ')'
$$;
comment on function shop.full_name(shop.products) is 'The name and the number.';
