create table authors (
  id int generated always as identity primary key,
  user_id uuid unique references auth.users,
  name text not null,
  bio text not null default ''
);
create table posts (
  id int generated always as identity primary key,
  author_id int not null references authors,
  title text not null,
  slug text not null,
  body text not null,
  published_at timestamptz,
  word_count int generated always as (array_length(regexp_split_to_array(trim(body), '\s+'), 1)) stored,
  constraint posts_slug_key unique (slug)
);
create table tags (id int generated always as identity primary key, name citext not null unique);
create table post_tags (
  post_id int not null references posts on delete cascade,
  tag_id int not null references tags on delete cascade,
  primary key (post_id, tag_id)
);
create table comments (
  id int generated always as identity primary key,
  post_id int not null references posts on delete cascade,
  parent_id int references comments on delete cascade,
  author_name text not null,
  email text not null check (position('@' in email) > 1),
  body text not null,
  is_approved bool not null default false,
  created_at timestamptz not null default now()
);
create index comments_post on comments (post_id, created_at) where is_approved;
