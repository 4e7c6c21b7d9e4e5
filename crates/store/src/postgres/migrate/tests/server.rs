//! Migrations on a real server.

use std::sync::Arc;

use underpin_base::{Error, QualifiedName, Result};
use underpin_schema::migration::File;

use crate::migration::{MigrationReport, MigrationState};
use crate::postgres::client::{Address, Connection};
use crate::postgres::migrate::{self, Reset};
use crate::postgres::tests::cluster::Cluster;

/// A database that only this test uses. Roles are the whole server's, which the tests share.
struct Database {
    connection: Connection,
    address: Address,
    _cluster: Arc<Cluster>,
}

impl Database {
    async fn new() -> Option<Self> {
        let cluster = Cluster::shared()?;
        let address = cluster.database().await;
        Some(Self {
            connection: Connection::open(&address).await.unwrap(),
            address,
            _cluster: cluster,
        })
    }

    async fn migrate(&mut self, files: &[File]) -> Result<MigrationReport> {
        migrate::migrate(&mut self.connection, files, false).await
    }

    async fn run(&mut self, sql: &str) -> Result<()> {
        self.connection.simple(sql).await.map(drop)
    }

    async fn value(&mut self, sql: &str) -> Option<String> {
        let answers = self.connection.simple(sql).await.unwrap();
        let row = answers.last()?.rows.first()?;
        row.get(0).unwrap().map(str::to_owned)
    }

    async fn states(&mut self, files: &[File]) -> Vec<(String, &'static str)> {
        let status = migrate::status(&mut self.connection, files).await.unwrap();
        let states = status.into_iter().map(|it| {
            let state = match it.state {
                MigrationState::Applied(_) => "applied",
                MigrationState::Edited => "edited",
                MigrationState::Missing => "missing",
                MigrationState::Pending => "pending",
            };
            (format!("{}_{}", it.version, it.name), state)
        });
        states.collect()
    }
}

/// Returns the address with another user.
fn of_user(address: &Address, user: &str) -> Address {
    let shown = address.to_string();
    let (_, place) = shown.split_once('@').unwrap();
    let (folder, rest) = place.split_once(':').unwrap();
    Address::parse(&format!(
        "postgres://{user}@{}:{rest}",
        folder.replace('/', "%2F")
    ))
    .unwrap()
}

fn file(name: &str, text: &str) -> File {
    File::new(format!("migrations/{name}.sql"), text).unwrap()
}

fn paths(report: &MigrationReport) -> Vec<&str> {
    report.files.iter().map(|it| it.path.as_str()).collect()
}

/// Returns place, code and sentence of an error.
fn told(error: &Error) -> String {
    let place = error
        .location()
        .map(|it| format!("{}:{}", it.file, it.line));
    format!(
        "{} {} {}",
        place.unwrap_or_default(),
        error.code(),
        error.message()
    )
}

#[tokio::test]
async fn files_are_applied_once_in_their_order() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let files = [
        file("2_b", "insert into a values (1);"),
        file(
            "1_a",
            "create table a (n int primary key);\nalter table a enable row level security;",
        ),
    ];
    assert_eq!(
        database.states(&files).await,
        [("2_b".to_owned(), "pending"), ("1_a".to_owned(), "pending")]
    );
    let report = database.migrate(&files).await.unwrap();
    assert_eq!(paths(&report), ["migrations/1_a.sql", "migrations/2_b.sql"]);
    assert_eq!(
        report.files[0].statements,
        [
            "create table a (n int primary key)",
            "alter table a enable row level security"
        ]
    );
    assert_eq!(
        database.migrate(&files).await.unwrap(),
        MigrationReport::default()
    );
    assert_eq!(
        database.value("select count(*) from a").await.as_deref(),
        Some("1")
    );
    let recorded = "select string_agg(version || name || platform || (text <> '') || length(checksum), ' ' order by position) from underpin.migrations";
    assert_eq!(
        database.value(recorded).await.as_deref(),
        Some("0authtruetrue64 1afalsetrue64 2bfalsetrue64")
    );

    let edited = [file("1_a", "create table b ();"), file("3_c", "select 1")];
    assert_eq!(
        database.states(&edited).await,
        [
            ("1_a".to_owned(), "edited"),
            ("2_b".to_owned(), "missing"),
            ("3_c".to_owned(), "pending"),
        ]
    );
    let error = database.migrate(&edited).await.unwrap_err();
    assert_eq!(
        told(&error),
        "migrations/1_a.sql:1 migration_refused the applied migration migrations/1_a.sql was edited"
    );
}

#[tokio::test]
async fn what_fails_leaves_nothing_and_tells_its_line() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let cases = [
        (
            "create table a (n int);\n\nselect 1,\n  nothing\nfrom a;",
            "migrations/1_a.sql:4 42703 column \"nothing\" does not exist",
        ),
        (
            "create table a (n int);\ncreate tabel b (n int);",
            "migrations/1_a.sql:2 42601 syntax error at or near \"tabel\"",
        ),
        (
            "create table a (n int primary key);\ninsert into a values (1);\n-- again\ninsert into a\n  values (1);",
            "migrations/1_a.sql:4 23505 duplicate key value violates unique constraint \"a_pkey\"",
        ),
        (
            "select 1;\nrollback;",
            "migrations/1_a.sql:2 migration_refused a migration cannot roll its own transaction back",
        ),
        (
            "copy a from stdin;\n1\n\\.\n",
            "migrations/1_a.sql:1 migration_refused `copy … from stdin` is understood by psql alone",
        ),
    ];
    for (text, expected) in cases {
        let error = database.migrate(&[file("1_a", text)]).await.unwrap_err();
        assert_eq!(told(&error), expected);
        assert_eq!(database.value("select to_regclass('a')").await, None);
    }
    let files = [
        file("1_a", "create table a (n int);"),
        file("2_b", "select 1 / 0;"),
    ];
    let error = database.migrate(&files).await.unwrap_err();
    assert_eq!(told(&error), "migrations/2_b.sql:1 22012 division by zero");
    assert_eq!(
        database.states(&files).await,
        [("1_a".to_owned(), "applied"), ("2_b".to_owned(), "pending")]
    );
}

#[tokio::test]
async fn a_file_is_one_transaction_whatever_it_says_and_leaves_no_settings() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let text = "begin;\nset search_path to other;\nset role anon;\nreset role;\ncreate table public.a (n int);\ncommit;\nset role anon;";
    let report = database.migrate(&[file("1_a", text)]).await.unwrap();
    let notes: Vec<usize> = report.files[0].notes.iter().map(|note| note.line).collect();
    assert_eq!(notes, [1, 6]);
    assert_eq!(
        database.value("select current_user || current_setting('search_path') || current_setting('statement_timeout')").await.as_deref(),
        Some("postgres\"$user\", public0")
    );
}

#[tokio::test]
async fn what_runs_outside_of_transactions_alone_is_run_so() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let files = [
        file(
            "1_a",
            "create table a (n int);\ninsert into a values (1), (1);",
        ),
        file("2_b", "create index concurrently a_n on a (n);\nvacuum a;"),
        file(
            "3_c",
            "-- no transaction\ncreate table c (n int);\ncreate unique index concurrently a_u on a (n);",
        ),
    ];
    let error = database.migrate(&files).await.unwrap_err();
    assert_eq!(
        told(&error),
        "migrations/3_c.sql:3 23505 could not create unique index \"a_u\""
    );
    assert!(error.get_hint().unwrap().contains("without a transaction"));
    assert_eq!(
        database.states(&files).await,
        [
            ("1_a".to_owned(), "applied"),
            ("2_b".to_owned(), "applied"),
            ("3_c".to_owned(), "pending"),
        ]
    );
    // What was done stays, and the lock is given back.
    assert_eq!(
        database.value("select to_regclass('c')").await.as_deref(),
        Some("c")
    );
    assert_eq!(
        database
            .value("select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())")
            .await
            .as_deref(),
        Some("0")
    );
}

#[tokio::test]
async fn a_rehearsal_runs_everything_and_keeps_nothing() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let files = [
        file("1_a", "create table a (n int);"),
        file("2_b", "create index concurrently a_n on a (n);"),
        file("3_c", "insert into a values (1);"),
    ];
    let report = migrate::migrate(&mut database.connection, &files, true)
        .await
        .unwrap();
    assert_eq!(report.files.len(), 3);
    assert_eq!(report.files[1].notes.len(), 1);
    let left = "select count(*) from pg_namespace where nspname in ('underpin', 'auth') or to_regclass('a') is not null";
    assert_eq!(database.value(left).await.as_deref(), Some("0"));
    let wrong = [
        file("1_a", "create table a (n int);"),
        file("2_b", "\n\ninsert into b values (1);"),
    ];
    let error = migrate::migrate(&mut database.connection, &wrong, true)
        .await
        .unwrap_err();
    assert_eq!(
        told(&error),
        "migrations/2_b.sql:3 42P01 relation \"b\" does not exist"
    );
}

#[tokio::test]
async fn two_processes_take_turns() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let files = [
        file("1_a", "create table a (n int);\nselect pg_sleep(0.3);"),
        file("2_b", "create index concurrently a_n on a (n);"),
        file("3_c", "create table c (n int);"),
    ];
    let mut other = Connection::open(&database.address).await.unwrap();
    let (first, second) = tokio::join!(
        migrate::migrate(&mut database.connection, &files, false),
        migrate::migrate(&mut other, &files, false),
    );
    let applied = first.unwrap().files.len() + second.unwrap().files.len();
    assert_eq!(applied, 3);
}

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
        let catalog = migrate::load(&mut database.connection).await.unwrap();
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
async fn a_seed_is_one_transaction() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database
        .migrate(&[file("1_a", "create table a (n int primary key);")])
        .await
        .unwrap();
    let seed = |text: &str| File {
        version: String::new(),
        name: "seed".to_owned(),
        path: "seed.sql".to_owned(),
        text: text.to_owned(),
    };
    let error = migrate::seed(
        &mut database.connection,
        seed("insert into a values (1);\ninsert into a values (1);"),
    )
    .await
    .unwrap_err();
    assert_eq!(
        told(&error),
        "seed.sql:2 23505 duplicate key value violates unique constraint \"a_pkey\""
    );
    migrate::seed(
        &mut database.connection,
        seed("insert into a values (1), (2);"),
    )
    .await
    .unwrap();
    assert_eq!(
        database.value("select count(*) from a").await.as_deref(),
        Some("2")
    );
    let error = migrate::seed(&mut database.connection, seed("select 1;\nvacuum a;"))
        .await
        .unwrap_err();
    assert_eq!(
        told(&error),
        "seed.sql:2 migration_refused a seed runs in one transaction, and this statement cannot"
    );
}

#[tokio::test]
async fn a_role_without_rights_is_told_what_it_needs_and_can_work_then() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    database.run("create role app login").await.unwrap();
    let address = of_user(&database.address, "app");
    let mut app = Connection::open(&address).await.unwrap();
    let error = migrate::open(&mut app).await.unwrap_err();
    assert_eq!(error.code().as_str(), "42501");
    let hint = error.get_hint().unwrap();
    let (_, statements) = hint.split_once(": ").unwrap();
    database.run(statements).await.unwrap();
    migrate::open(&mut app).await.unwrap();
    assert_eq!(migrate::open(&mut app).await.unwrap(), Vec::<String>::new());
    let files = [file(
        "1_a",
        "create table a (n int); create function f() returns uuid language sql as 'select auth.uid()';",
    )];
    migrate::migrate(&mut app, &files, false).await.unwrap();
    let catalog = migrate::load(&mut app).await.unwrap();
    let table = &catalog.tables[&QualifiedName::public("a")];
    assert!(table.grants.table.contains_key("anon"));
    let claims = "select set_config('request.jwt.claims', '{\"sub\":\"00000000-0000-0000-0000-000000000001\"}', false); set role anon; select f()";
    let answers = app.simple(claims).await.unwrap();
    assert_eq!(
        answers[2].rows[0].get(0).unwrap(),
        Some("00000000-0000-0000-0000-000000000001")
    );
    app.simple("reset role").await.unwrap();
    migrate::reset(&mut app, Reset::Ours).await.unwrap_err();
}
