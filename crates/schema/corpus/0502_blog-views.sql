create view published_posts as
  select p.id, p.author_id, p.title, p.slug, p.published_at, left(p.body, 200) as excerpt, a.name as author
  from posts p join authors a on a.id = p.author_id
  where p.published_at <= now();
create view tag_counts as
  select t.id, t.name, count(pt.post_id) as posts from tags t left join post_tags pt on pt.tag_id = t.id group by t.id;
create view comment_tree as
  with recursive tree as (
    select id, post_id, parent_id, body, 1 as depth from comments where parent_id is null
    union all
    select c.id, c.post_id, c.parent_id, c.body, t.depth + 1 from comments c join tree t on t.id = c.parent_id
  )
  select * from tree;
create or replace view published_posts as
  select p.id, p.author_id, p.title, p.slug, p.published_at, left(p.body, 200) as excerpt, a.name as author, p.word_count
  from posts p join authors a on a.id = p.author_id
  where p.published_at <= now();
create view archive as
  select date_trunc('month', published_at) as month, count(*) as posts from posts where published_at is not null group by 1 order by 1 desc;
alter view archive rename to archives;
alter view archives set (security_invoker = false);
comment on view tag_counts is e'@name tags\nHow often each tag is used.';
