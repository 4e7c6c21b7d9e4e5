create domain money_amount as numeric(14, 2) not null default 0 check (value >= 0);
create domain percentage as smallint check (value between 0 and 100);
create type deal_stage as enum ('lead', 'qualified', 'won', 'lost');
create type geo_point as (latitude double precision, longitude double precision);
create table deals (
  id bigint primary key generated always as identity,
  contact_id uuid not null references contacts,
  company_id uuid references companies,
  stage deal_stage not null default 'lead',
  amount money_amount,
  probability percentage default 10,
  place geo_point,
  history deal_stage[] not null default '{lead}',
  closed_on date,
  constraint closed_when_over check ((stage in ('won', 'lost')) = (closed_on is not null))
);
create index deals_stage on deals (stage, amount desc);
alter domain percentage drop constraint percentage_check;
alter domain percentage add constraint percentage_check check (value >= 0 and value <= 100);
alter domain money_amount set default 1;
alter type deal_stage rename value 'lost' to 'dropped';
alter type deal_stage add value 'paused' before 'won';
alter type deal_stage rename to stage;
-- refused
create type period as range (subtype = date);
-- refused
drop type stage;
-- refused
alter type stage add value 'lead';
