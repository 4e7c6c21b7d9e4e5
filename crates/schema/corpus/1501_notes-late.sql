-- Policies across tables, and what follows when tables change their names.
create table folders (id uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid(), name text not null);
create table notes (id uuid primary key default gen_random_uuid(), folder uuid not null references folders, body text, pinned bool default false);
create policy by_folder on notes using (exists (select 1 from folders f where f.id = notes.folder and f.owner = auth.uid()));
create view pinned_notes as select n.id, n.body, f.name as folder_name from notes n join folders f on f.id = n.folder where n.pinned;
alter table folders rename column owner to owner_id;
alter table folders rename to notebooks;
alter table notes rename column folder to notebook_id;
alter table notes rename to pages;
create index on pages (notebook_id);
alter table pages alter column pinned set not null;
-- refused
alter table notebooks drop column owner_id;
-- refused
drop table notebooks;
create schema library;
alter table pages set schema library;
alter table notebooks set schema library;
drop view pinned_notes;
drop schema library cascade;
