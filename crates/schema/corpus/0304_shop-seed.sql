insert into shop.categories (id, slug, name) values (1, 'books', 'Books'), (2, 'music', 'Music') on conflict (id) do nothing;
select setval(pg_get_serial_sequence('shop.categories', 'id'), (select max(id) from shop.categories));
insert into shop.categories (slug, name, parent_id) values ('novels', 'Novels', 1);
insert into shop.products (category_id, sku, name, price_minor, attributes, images)
values
  (1, 'B-001', 'A field guide to moss', 2490, '{"pages": 210, "format": "paperback"}', '{moss.jpg}'),
  (1, 'B-002', 'Tea at four', 1290, jsonb_build_object('pages', 96), array['tea.jpg', 'tea-2.jpg']),
  (2, 'M-001', 'Quiet pianos', 990, '{}', '{}')
on conflict (sku) do update set name = excluded.name, price_minor = excluded.price_minor;
insert into shop.variants (product_id, size, stock)
select id, 'one size', 10 from shop.products where sku like 'B-%';
update shop.products set price_minor = round(price_minor * 1.05)::bigint where currency = 'EUR';
delete from shop.variants where stock = 0;
