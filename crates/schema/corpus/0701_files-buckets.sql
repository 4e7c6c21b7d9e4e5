create schema files;
create table files.buckets (
  id text not null primary key,
  name text not null,
  owner uuid references auth.users,
  public boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
create unique index bname on files.buckets using btree (name);
create table files.objects (
  id uuid not null default gen_random_uuid(),
  bucket_id text,
  name text,
  owner uuid,
  metadata jsonb,
  version text default null,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  created_at timestamptz default now(),
  constraint objects_bucket_fkey foreign key (bucket_id) references files.buckets (id),
  primary key (id)
);
create unique index bucketid_objname on files.objects (bucket_id, name);
create index name_prefix_search on files.objects (name text_pattern_ops);
create index objects_size on files.objects (((metadata ->> 'size')::bigint));
create function files.extension(name text) returns text language sql immutable as $$
  select reverse(split_part(reverse(name), '.', 1))
$$;
create function files.foldername(name text) returns text[] language sql immutable as $$
  select (string_to_array(name, '/'))[1:1]
$$;
