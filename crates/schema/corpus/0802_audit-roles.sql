create role auditor nologin;
grant auditor to authenticator;
grant usage on schema audit to auditor;
grant select on all tables in schema audit to auditor;
create role reporting with nologin noinherit bypassrls in role auditor;
-- refused
create role auditor;
create table audit.settings (like audit.record_version including defaults excluding constraints);
create table audit.copies (like audit.record_version including all);
create table audit.summary as select table_name, count(*) as versions from audit.record_version group by table_name;
alter table audit.copies owner to postgres;
alter table audit.summary set schema public;
-- refused
create table audit.record_version_2026 partition of audit.record_version for values from ('2026-01-01') to ('2027-01-01');
