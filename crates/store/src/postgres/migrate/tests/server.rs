//! Files on a real server.

use std::path::Path;

use underpin_schema::catalog::{Catalog, Table};
use underpin_schema::migration::{self, File};

use super::database::{Database, file, paths, told};
use crate::migration::MigrationReport;
use crate::postgres::client::Connection;
use crate::postgres::load::load;
use crate::postgres::migrate;

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
            "create table a (n int);\ncopy a\n  from stdin;\n1\nx\n\\.\n",
            "migrations/1_a.sql:5 22P02 invalid input syntax for type integer: \"x\"",
        ),
        (
            "select 1;\n\\copy a from b",
            "migrations/1_a.sql:2 migration_refused \"\\copy\" is understood by psql alone",
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
async fn what_pg_dump_writes_is_understood() {
    let Some(mut database) = Database::new().await else {
        return;
    };
    let text = "\\restrict abc\ncreate table a (n int, t text);\nCOPY public.a (n, t) FROM stdin;\n1\tone; two\n2\t\\N\n\\.\n\n\
        COPY public.a (n, t) FROM stdin;\n\\.\ninsert into a values (3, 'three');\n\\unrestrict abc\n";
    database.migrate(&[file("1_a", text)]).await.unwrap();
    let rows = "select string_agg(n || coalesce(t, '-'), ',' order by n) from a";
    assert_eq!(
        database.value(rows).await.as_deref(),
        Some("1one; two,2-,3three")
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

/// Returns the files of a folder of the repository.
fn project(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<File> = std::fs::read_dir(root.join(folder).join("migrations"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            File::new(name, std::fs::read_to_string(&path).unwrap()).unwrap()
        })
        .collect();
    files.sort_by(|one, other| one.version.cmp(&other.version));
    files
}

#[tokio::test]
async fn projects_of_ours_are_what_the_fold_makes_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["tests/conformance/project", "examples/shop"] {
        let Some(mut database) = Database::new().await else {
            return;
        };
        let files = project(folder);
        database.migrate(&files).await.unwrap();
        let seed = File {
            version: String::new(),
            name: "seed".to_owned(),
            path: "seed.sql".to_owned(),
            text: std::fs::read_to_string(root.join(folder).join("seed.sql")).unwrap(),
        };
        migrate::seed(&mut database.connection, seed).await.unwrap();
        let found = load(&mut database.connection).await.unwrap();
        let platform = Catalog::platform().unwrap();
        let ours = files.iter().fold(platform, |catalog, file| {
            migration::fold(&catalog, file).unwrap().catalog
        });
        let tables = |catalog: &Catalog| -> Vec<String> {
            let columns = |table: &Table| {
                let columns = table.columns.iter();
                columns
                    .map(|it| format!("{} {}", it.name, it.ty))
                    .collect::<Vec<_>>()
            };
            let tables = catalog.tables.iter();
            tables
                .map(|(name, table)| format!("{name} {:?}", columns(table)))
                .collect()
        };
        assert_eq!(tables(&found), tables(&ours));
        let views = |catalog: &Catalog| catalog.views.keys().cloned().collect::<Vec<_>>();
        assert_eq!(views(&found), views(&ours));
        for (name, overloads) in &ours.routines {
            assert_eq!(found.routines[name].len(), overloads.len(), "{name}");
        }
    }
}
