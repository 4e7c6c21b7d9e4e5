-- What the storefront lists, and two things that the first weeks taught.

alter type public.product_status add value 'archived';

alter table public.products
  add column weight_grams integer,
  add constraint products_weight_positive check (weight_grams > 0);

alter table public.products
  add column search text generated always as (lower(title || ' ' || description)) stored;

comment on column public.products.search is 'Lower-case text to search in.';

create view public.product_listings with (security_invoker = true) as
  select
    p.id,
    p.slug,
    p.title,
    p.search,
    p.tags,
    p.attributes,
    p.images,
    p.price_minor,
    p.price,
    p.currency,
    p.created_at,
    p.seller_id,
    p.category_id,
    c.slug as category_slug,
    c.name as category_name,
    (select round(avg(r.rating), 2) from public.reviews as r where r.product_id = p.id) as rating,
    (select count(*) from public.reviews as r where r.product_id = p.id) as reviews_count,
    exists (
      select 1 from public.variants as v where v.product_id = p.id and v.stock > 0
    ) as in_stock
  from public.products as p
  join public.categories as c on c.id = p.category_id
  where p.status = 'active';

comment on view public.product_listings is 'Active products with their category, average rating and stock.';

-- Sellers with the number of their active products: past the policies on purpose, and only what everybody may know.
create view public.seller_directory with (security_invoker = false) as
  select
    s.id,
    s.handle,
    s.display_name,
    s.bio,
    (
      select count(*) from public.products as p
      where p.seller_id = s.id and p.status = 'active'
    ) as products
  from public.profiles as s
  where s.kind = 'seller';

revoke insert, update, delete on public.product_listings, public.seller_directory from anon, authenticated;
