//! The platform on a real server: who may make it, what is removed, and what others have put there.

use underpin_base::QualifiedName;

use super::database::{Database, file, of_user, paths};
use crate::migration::MigrationReport;
use crate::postgres::client::Connection;
use crate::postgres::load::load;
use crate::postgres::migrate::{self, Reset};

#[tokio::test]
async fn what_supabase_s_tool_has_applied_counts() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database
        .run(
            "create schema supabase_migrations;
             create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
             insert into supabase_migrations.schema_migrations values ('20260101000000', '{}', 'a'), ('20250101000000', '{}', 'gone');
             create table a (n int);",
        )
        .await
        .unwrap();
    let files = [
        file("20260101000000_a", "create table a (n int);"),
        file("20260102000000_b", "create table b (n int);"),
    ];
    assert_eq!(
        database.states(&files).await,
        [
            ("20250101000000_gone".to_owned(), "applied"),
            ("20260101000000_a".to_owned(), "applied"),
            ("20260102000000_b".to_owned(), "pending"),
        ]
    );
    let report = database.migrate(&files).await.unwrap();
    assert_eq!(
        paths(&report),
        [
            "migrations/20260101000000_a.sql",
            "migrations/20260102000000_b.sql"
        ]
    );
    assert_eq!(report.files[0].notes.len(), 1);
    assert_eq!(
        database.migrate(&files).await.unwrap(),
        MigrationReport::default()
    );
    let error = migrate::reset(&mut database.connection, Reset::Ours)
        .await
        .unwrap_err();
    assert!(error.message().contains("held objects before"), "{error}");
    migrate::reset(&mut database.connection, Reset::Everybodys)
        .await
        .unwrap();
    assert_eq!(database.value("select to_regclass('a')").await, None);
    assert_eq!(
        database
            .value("select to_regclass('supabase_migrations.schema_migrations')")
            .await
            .as_deref(),
        Some("supabase_migrations.schema_migrations")
    );
}

#[tokio::test]
async fn a_reset_starts_over() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let files = [file(
        "1_a",
        "create role editors; create schema other; grant usage on schema other to editors; create table other.a (n int); \
         create extension citext with schema extensions; create publication p for table other.a; create table b (n int); \
         alter table b owner to editors; create type public.mood as enum ('x'); \
         create function f() returns int language sql as 'select 1'",
    )];
    for _ in 0..2 {
        database.migrate(&files).await.unwrap();
        migrate::reset(&mut database.connection, Reset::Ours)
            .await
            .unwrap();
        let catalog = load(&mut database.connection).await.unwrap();
        assert_eq!(
            catalog.tables.keys().collect::<Vec<_>>(),
            [&QualifiedName::new("auth", "users")]
        );
        assert_eq!(catalog.schemas.len(), 3);
        assert!(catalog.enums.is_empty());
        assert!(!catalog.roles.contains_key("editors"));
        assert_eq!(
            database.states(&files).await,
            [("1_a".to_owned(), "pending")]
        );
    }
    let usage = "select has_schema_privilege('anon', 'public', 'usage') and pg_get_userbyid(nspowner) = 'pg_database_owner' from pg_namespace where nspname = 'public'";
    assert_eq!(database.value(usage).await.as_deref(), Some("t"));
}

#[tokio::test]
async fn a_role_without_rights_is_told_what_it_needs_and_can_work_then() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database.run("create role app login").await.unwrap();
    let address = of_user(&database.address, "app");
    let mut app = Connection::open(&address).await.unwrap();
    let mut tries = 0;
    loop {
        let error = migrate::open(&mut app).await.unwrap_err();
        assert_eq!(error.code().as_str(), "42501");
        let hint = error.get_hint().unwrap();
        let (_, statements) = hint.split_once(": ").unwrap();
        match database.run(statements).await {
            Ok(_) => break,
            // Another test has made a role meanwhile: roles are the whole server's.
            Err(error) => assert!(tries < 5, "{error}"),
        }
        tries += 1;
    }
    migrate::open(&mut app).await.unwrap();
    assert_eq!(migrate::open(&mut app).await.unwrap(), Vec::<String>::new());
    let files = [file(
        "1_a",
        "create table a (n int); create function f() returns uuid language sql as 'select auth.uid()';",
    )];
    migrate::migrate(&mut app, &files, false).await.unwrap();
    let catalog = load(&mut app).await.unwrap();
    let table = &catalog.tables[&QualifiedName::public("a")];
    assert!(table.grants.table.contains_key("anon"));
    let claims = "select set_config('request.jwt.claims', '{\"sub\":\"00000000-0000-0000-0000-000000000001\"}', false); set role anon; select f()";
    let answers = app.simple(claims).await.unwrap();
    assert_eq!(
        answers[2].rows[0].get(0).unwrap(),
        Some("00000000-0000-0000-0000-000000000001")
    );
    app.simple("reset role").await.unwrap();
    migrate::reset(&mut app, Reset::Ours).await.unwrap();
    let catalog = load(&mut app).await.unwrap();
    assert!(!catalog.tables.contains_key(&QualifiedName::public("a")));
}

#[tokio::test]
async fn a_role_that_only_serves_needs_nothing_once_everything_is_there() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database
        .migrate(&[file("1_a", "create table a (n int);")])
        .await
        .unwrap();
    database.run("create role waiter login").await.unwrap();
    let address = of_user(&database.address, "waiter");
    let mut waiter = Connection::open(&address).await.unwrap();
    let error = migrate::open(&mut waiter).await.unwrap_err();
    let (_, statements) = error.get_hint().unwrap().split_once(": ").unwrap();
    assert_eq!(
        statements,
        "grant anon, authenticated, service_role to waiter; grant usage on schema underpin to waiter; \
         grant select, insert on underpin.migrations to waiter;"
    );
    database.run(statements).await.unwrap();
    migrate::open(&mut waiter).await.unwrap();
    let catalog = load(&mut waiter).await.unwrap();
    assert!(catalog.tables.contains_key(&QualifiedName::public("a")));
}

#[tokio::test]
async fn the_owner_of_a_database_migrates_and_resets_it() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database
        .run("create role landlord login createrole")
        .await
        .unwrap();
    database
        .run("create database owned owner landlord")
        .await
        .unwrap();
    let address = of_user(&database.address, "landlord").with_database("owned");
    let mut landlord = Connection::open(&address).await.unwrap();
    let files = [file(
        "1_a",
        "create table a (n int primary key); create view v as select n from a; create schema other;",
    )];
    for _ in 0..2 {
        let report = migrate::migrate(&mut landlord, &files, false)
            .await
            .unwrap();
        assert_eq!(report.files.len(), 1);
        migrate::reset(&mut landlord, Reset::Ours).await.unwrap();
        let catalog = load(&mut landlord).await.unwrap();
        assert_eq!(catalog.views.len(), 0);
    }
}

/// Makes every binary operator that `public` can have of the types that the catalogs have; each fails when it is run.
const TRAPS: &str = "do $do$
declare
  names text[] := array['oid', 'int2', 'int4', 'name', 'text', 'regclass', 'jsonb', 'float8', 'numeric', 'char'];
  l text; r text; o text;
begin
  foreach o in array array['=', '<>', '!~', '~', '->>', '>', '>=', '-', '*', '||'] loop
    foreach l in array names loop
      foreach r in array names loop
        begin
          execute format('create or replace function public.trap(a pg_catalog.%I, b pg_catalog.%I) returns bool language plpgsql
            as $x$ begin raise exception ''trapped in %s %s %s''; end $x$', l, r, l, o, r);
          execute format('create operator public.%s (leftarg = pg_catalog.%I, rightarg = pg_catalog.%I, function = public.trap)', o, l, r);
        exception when others then
          null;
        end;
      end loop;
    end loop;
  end loop;
end $do$";

#[tokio::test]
async fn operators_of_others_are_not_run_by_us() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database.run(TRAPS).await.unwrap();
    let traps = "select pg_catalog.count(*) from pg_catalog.pg_operator where oid operator(pg_catalog.>) 16383::oid";
    let traps = database.value(traps).await.unwrap();
    assert!(traps.parse::<usize>().unwrap() > 900, "{traps}");
    let of_tool = "create schema supabase_migrations;
        create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
        insert into supabase_migrations.schema_migrations values ('20260101000000', '{}', 'a')";
    database.run(of_tool).await.unwrap();
    let files = [
        file("20260101000000_a", ""),
        file(
            "20260102000000_b",
            "create table b (n int); create view c as select n from b;",
        ),
        file(
            "20260103000000_c",
            "create index concurrently b_n on b (n);",
        ),
    ];
    database.states(&files).await;
    migrate::migrate(&mut database.connection, &files, true)
        .await
        .unwrap();
    assert_eq!(database.migrate(&files).await.unwrap().files.len(), 3);
    database.states(&files).await;
    load(&mut database.connection).await.unwrap();
    migrate::reset(&mut database.connection, Reset::Everybodys)
        .await
        .unwrap();
}
