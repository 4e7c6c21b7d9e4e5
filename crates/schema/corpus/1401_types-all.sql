create table every_type (
  id int primary key,
  a smallint, b integer, c bigint, d decimal, e numeric(10), f numeric(10, 3), g real, h double precision, i float8,
  j char, k char(10), l character varying, m varchar(20), n text, o bytea,
  p date, q time, r time with time zone, s timestamp(3), t timestamptz(0), u interval, v boolean,
  w uuid, x json, y jsonb, z inet, aa cidr, ab macaddr, ac integer[], ad text[][], ae numeric(8, 2)[], af uuid array,
  ag oid, ah name
);
alter table every_type add column aj int4[] default '{1,2,3}', add column ak jsonb[] , add column al timestamptz[];
-- refused
create table points (id int primary key, at point);
create table searchable (id int primary key, words tsvector);
-- refused
create table flags (id int primary key, bits bit(8));
-- refused
create table unknown_type (id int primary key, at geography(point));
-- refused
create temporary table scratch (id int);
create table counted (id uuid primary key, number serial, other int generated always as identity (start with 10));
insert into counted (id) values (gen_random_uuid());
alter table counted add column third bigserial;
alter sequence counted_number_seq restart with 50;
create sequence invoice_number start 1000;
alter table counted add column invoice text default 'INV-' || nextval('invoice_number');
select setval('invoice_number', 2000);
