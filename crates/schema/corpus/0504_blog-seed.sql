insert into authors (name, bio) values ('Ada', 'Writes about engines.'), ('Grace', default);
insert into posts (author_id, title, slug, body, published_at)
select a.id, 'Hello from ' || a.name, 'hello-' || lower(a.name), 'First post of many.', now() - interval '1 day' from authors a;
insert into tags (name) values ('news'), ('Notes') on conflict do nothing;
insert into post_tags select p.id, t.id from posts p cross join tags t on conflict do nothing;
with old as (select id from posts where published_at < now() - interval '1 year')
update posts set title = '[old] ' || title where id in (select id from old);
-- refused
insert into posts (id, author_id, title, slug, body) values (7, 1, 'By hand', 'by-hand', 'x');
insert into posts (id, author_id, title, slug, body) overriding system value values (70, 1, 'By hand', 'by-hand', 'x');
-- refused
copy tags (name) from stdin;
