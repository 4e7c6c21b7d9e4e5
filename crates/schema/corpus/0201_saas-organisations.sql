-- Organisations with members and roles.
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pgcrypto with schema extensions;
create extension if not exists citext;
create extension if not exists pg_stat_statements;

create type public.member_role as enum ('owner', 'admin', 'member', 'guest');

create table public.profiles (
  id uuid primary key references auth.users on delete cascade,
  username citext unique not null,
  full_name text,
  avatar_url text,
  website text,
  locale text not null default 'en',
  updated_at timestamptz,
  constraint username_length check (char_length(username::text) >= 3)
);

create table public.organisations (
  id uuid primary key default extensions.uuid_generate_v4(),
  slug text not null unique,
  name text not null,
  plan text not null default 'free' check (plan in ('free', 'team', 'business')),
  settings jsonb not null default '{}'::jsonb,
  created_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now()
);

create table public.memberships (
  organisation_id uuid not null references public.organisations on delete cascade,
  profile_id uuid not null references public.profiles on delete cascade,
  role public.member_role not null default 'member',
  joined_at timestamptz not null default now(),
  primary key (organisation_id, profile_id)
);

create index memberships_profile on public.memberships (profile_id);
