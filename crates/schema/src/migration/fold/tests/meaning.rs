//! What statements mean: the catalog after them.

use underpin_base::QualifiedName;

use super::fold_after_setup;
use crate::catalog::{Catalog, Generated, PolicyCommand, Privilege, Table};

fn after(text: &str) -> Catalog {
    fold_after_setup(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .catalog
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a Table {
    &catalog.tables[&QualifiedName::public(name)]
}

#[test]
fn policies() {
    let catalog = after(
        "create policy q on t as restrictive for update to authenticated, anon using (true) with check (b > 2);
         alter policy p on t to authenticated using (b > 5);
         alter table t enable row level security;",
    );
    let t = table(&catalog, "t");
    assert!(t.row_security);
    let [p, q] = t.policies.as_slice() else {
        panic!("{:?}", t.policies);
    };
    assert_eq!((p.command, p.roles.len()), (PolicyCommand::Select, 1));
    assert_eq!(p.using.as_ref().unwrap().text, "b > 5");
    assert_eq!((q.command, q.permissive), (PolicyCommand::Update, false));
    assert_eq!(q.roles.len(), 2);
    let catalog = after("drop policy p on t; drop policy if exists p on t");
    assert!(table(&catalog, "t").policies.is_empty());
}

#[test]
fn grants() {
    let catalog = after(
        "revoke all on t from anon; grant select (id), update (a, b) on t to anon; revoke update (b) on t from anon;
         grant select on public2.inside to anon; grant insert on all tables in schema public2 to authenticated;",
    );
    let grants = &table(&catalog, "t").grants;
    assert!(!grants.on_table("anon", Privilege::Select));
    assert!(grants.on_column("anon", "id", Privilege::Select));
    assert!(grants.on_column("anon", "a", Privilege::Update));
    assert!(!grants.on_column("anon", "b", Privilege::Update));
    assert!(grants.on_table("authenticated", Privilege::Delete));
    let inside = &catalog.tables[&QualifiedName::new("public2", "inside")].grants;
    assert!(inside.on_table("anon", Privilege::Select));
    assert!(!inside.on_table("anon", Privilege::Insert));
    assert!(inside.on_table("authenticated", Privilege::Insert));
}

#[test]
fn default_privileges() {
    let catalog = after(
        "alter default privileges in schema public2 grant select on tables to anon;
         alter default privileges in schema public revoke all on tables from anon;
         create table public2.x (a int); create view public2.y as select 1 as a; create table z (a int);",
    );
    let name = |name: &str| QualifiedName::new("public2", name);
    assert!(
        catalog.tables[&name("x")]
            .grants
            .on_table("anon", Privilege::Select)
    );
    assert!(
        catalog.views[&name("y")]
            .grants
            .on_table("anon", Privilege::Select)
    );
    let z = table(&catalog, "z");
    assert!(!z.grants.on_any_column("anon", Privilege::Select));
    assert!(z.grants.on_table("authenticated", Privilege::Select));
}

#[test]
fn routines() {
    let catalog = after(
        "create function g(wanted int, b text default 'x') returns setof t language sql stable strict security definer
           set search_path = '' as 'select * from public.t where id = wanted';
         revoke execute on function g(int, text) from public, anon;
         comment on function g is 'Finds.';",
    );
    let routine = &catalog.routines[&QualifiedName::public("g")][0];
    assert!(routine.strict && routine.security_definer && routine.result.set);
    assert!(routine.search_path.is_empty());
    assert_eq!(routine.arguments[1].default.as_deref(), Some("'x'"));
    assert_eq!(routine.result.columns.len(), 3);
    assert_eq!(routine.comment.as_deref(), Some("Finds."));
    let executors = routine.executors.as_ref().unwrap();
    assert!(
        !executors
            .iter()
            .any(|role| ["public", "anon"].contains(&&**role))
    );
    assert!(executors.iter().any(|role| &**role == "authenticated"));
}

#[test]
fn a_routine_follows_the_table_that_it_returns() {
    let catalog = after(
        "create function g() returns setof t language sql as 'select * from t';
         alter table t add column c int;",
    );
    let routine = &catalog.routines[&QualifiedName::public("g")][0];
    assert_eq!(routine.result.columns.len(), 4);
    let underpin_sql::tree::Statement::Select(select) = &routine.body.statements[0] else {
        panic!("{:?}", routine.body.statements);
    };
    assert_eq!(select.columns().len(), 4);
}

#[test]
fn a_routine_returns_what_it_promises() {
    let catalog = after("create function g() returns numeric language sql as 'select 1'");
    let routine = &catalog.routines[&QualifiedName::public("g")][0];
    let underpin_sql::tree::Statement::Select(select) = &routine.body.statements[0] else {
        panic!("{:?}", routine.body.statements);
    };
    assert_eq!(select.columns()[0].1.to_string(), "numeric");
}

#[test]
fn renames_are_followed() {
    let catalog = after(
        "alter table t rename column b to amount; alter table t rename to thing; alter view v rename column a to title;",
    );
    let thing = table(&catalog, "thing");
    let columns = |expr: &underpin_sql::tree::Expr| {
        let mut found = Vec::new();
        expr.any_part(&mut |part| {
            if let underpin_sql::tree::ExprKind::Column { relation, name } = &part.kind {
                found.push(format!("{relation}.{name}"));
            }
            false
        });
        found
    };
    assert_eq!(
        columns(&thing.policies[0].using.as_ref().unwrap().expr),
        ["thing.amount"]
    );
    assert_eq!(columns(&thing.checks[0].expression.expr), ["thing.amount"]);
    assert_eq!(thing.checks[0].expression.text, "\"amount\" > 0");
    assert_eq!(table(&catalog, "u").foreign_keys[0].references, thing.name);
    let view = &catalog.views[&QualifiedName::public("v")];
    assert_eq!(&*view.columns[1].0, "title");
}

#[test]
fn dropping_with_cascade_takes_what_depends() {
    let catalog = after("drop table t cascade");
    assert!(table(&catalog, "u").foreign_keys.is_empty());
    assert!(catalog.views.is_empty());
    let catalog = after("drop type mood cascade");
    assert!(table(&catalog, "w").column("m").is_none());
    let catalog = after("alter table t drop column a cascade");
    assert!(table(&catalog, "t").uniques.is_empty());
    assert!(catalog.views.is_empty());
    let catalog = after("alter table t drop constraint t_pkey cascade");
    assert!(table(&catalog, "u").foreign_keys.is_empty());
}

#[test]
fn domains_give_their_rules_to_columns() {
    let catalog = after(
        "create domain positive as int not null default 1 check (value > 0);
         create table x (a positive, b positive default 7);
         alter domain positive add constraint small check (value < 100);",
    );
    let x = table(&catalog, "x");
    assert!(x.columns.iter().all(|column| column.not_null));
    assert_eq!(x.columns[0].default.as_ref().unwrap().text, "1");
    assert_eq!(x.columns[1].default.as_ref().unwrap().text, "7");
    let names: Vec<&str> = x.checks.iter().map(|check| &*check.name).collect();
    assert_eq!(
        names,
        ["positive_check", "small", "positive_check", "small"]
    );
}

#[test]
fn serial_defaults_and_identities_are_the_same() {
    let catalog = after(
        "create table x (id int not null);
         create sequence x_id_seq owned by x.id;
         alter table only x alter column id set default nextval('x_id_seq'::regclass);
         alter table only x add constraint x_pkey primary key (id);",
    );
    let x = table(&catalog, "x");
    assert!(matches!(
        x.columns[0].generated,
        Some(Generated::IdentityByDefault)
    ));
    assert!(crate::sqlite::identity_column(x).is_some());
}

#[test]
fn blocks_that_make_what_is_missing() {
    let catalog = after(
        "do $$ begin create type mood as enum ('x'); exception when duplicate_object then null; end $$;
         do $$ begin
           if not exists (select 1 from pg_type where typname = 'mood') then create type mood as enum ('y'); end if;
           if not exists (select 1 from pg_type t where t.typname = 'kind') then create type kind as enum ('a'); end if;
           if not exists (select from information_schema.columns where table_name = 't' and column_name = 'c') then
             alter table t add column c int;
           end if;
         end $$;",
    );
    assert_eq!(
        catalog.enums[&QualifiedName::public("mood")].labels.len(),
        2
    );
    assert!(catalog.enums.contains_key(&QualifiedName::public("kind")));
    assert!(table(&catalog, "t").column("c").is_some());
}

#[test]
fn views_say_who_reads() {
    let catalog = after(
        "create view x as select id from t;
         create view y with (security_invoker = false) as select id from t;
         create view z with (security_invoker) as select id from t;
         alter view x set (security_invoker = off);",
    );
    let invoker = |name: &str| catalog.views[&QualifiedName::public(name)].security_invoker;
    assert!(!invoker("x") && !invoker("y") && invoker("z"));
}

#[test]
fn the_search_path_says_where_new_things_go() {
    let catalog = after(
        "set search_path to public2; create table x (a int);
         select pg_catalog.set_config('search_path', '', false); create table public.y (a int);",
    );
    assert!(
        catalog
            .tables
            .contains_key(&QualifiedName::new("public2", "x"))
    );
    let error = fold_after_setup("set search_path = ''; create table x (a int)").unwrap_err();
    assert_eq!(error.message(), "no schema has been selected to create in");
}

#[test]
fn the_platform_stays_as_it_is() {
    for text in [
        "alter table auth.users add column x int",
        "drop table auth.users cascade",
        "create table auth.x (a int)",
        "create policy p on auth.users using (true)",
        "grant select on auth.users to anon",
        "drop schema auth cascade",
    ] {
        let error = fold_after_setup(text).unwrap_err();
        assert_eq!(error.code().as_str(), "migration_refused", "{text}");
    }
}

#[test]
fn labels_follow_everywhere() {
    let catalog = after(
        "create table x (m mood default 'sad', many mood[] default '{sad,ok}', check (m <> 'sad'));
         alter type mood rename value 'sad' to 'low'; alter type mood add value 'fine' after 'low';",
    );
    let x = table(&catalog, "x");
    let default = |column: usize| format!("{:?}", x.columns[column].default.as_ref().unwrap().expr);
    assert!(default(0).contains("\"low\"") && !default(0).contains("\"sad\""));
    assert!(default(1).contains("low"), "{}", default(1));
    let underpin_sql::types::Type::Enum(mood) = &x.columns[0].ty.ty else {
        panic!("{:?}", x.columns[0].ty);
    };
    let labels: Vec<&str> = mood.labels.iter().map(|label| &**label).collect();
    assert_eq!(labels, ["low", "fine", "ok"]);
}

#[test]
fn a_counter_that_is_no_key_has_a_sequence() {
    let catalog = after(
        "create table x (id uuid primary key, n serial, m bigint generated always as identity (start with 10));
         alter table x add column o smallserial;",
    );
    let x = table(&catalog, "x");
    let default = |name: &str| {
        x.column(name)
            .unwrap()
            .default
            .as_ref()
            .unwrap()
            .text
            .clone()
    };
    assert_eq!(default("n"), "nextval('x_n_seq'::regclass)");
    assert_eq!(default("m"), "nextval('x_m_seq'::regclass)");
    assert_eq!(default("o"), "nextval('x_o_seq'::regclass)");
    assert!(x.column("n").unwrap().generated.is_none());
    assert!(matches!(
        x.column("m").unwrap().generated,
        Some(Generated::IdentityAlways)
    ));
    let catalog = after("alter table u drop constraint u_pkey");
    let id = table(&catalog, "u").column("id").unwrap();
    assert_eq!(
        id.default.as_ref().unwrap().text,
        "nextval('u_id_seq'::regclass)"
    );
}
