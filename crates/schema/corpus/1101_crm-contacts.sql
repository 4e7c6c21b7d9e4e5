create table if not exists companies (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  domain text,
  employees int check (employees is null or employees > 0),
  revenue numeric(18, 2),
  founded date check (founded > '1600-01-01'),
  extra json
);
create table if not exists contacts (
  id uuid primary key default gen_random_uuid(),
  company_id uuid references companies (id) on delete set null on update cascade,
  first_name text not null,
  last_name text not null,
  full_name text generated always as (first_name || ' ' || last_name) stored,
  email text,
  phone text,
  labels text[] default array['new', 'unsorted'],
  score real default 0.5,
  ip inet,
  last_seen timestamp,
  constraint contact_reachable check (email is not null or phone is not null),
  constraint contact_email_lower check (email = lower(email))
);
-- refused
create table if not exists deals (
  id bigint primary key generated always as identity,
  contact_id uuid not null references contacts,
  company_id uuid references companies,
  stage text not null default 'lead',
  amount money_amount
);
