//! What is run for operations of migrations.

use underpin_sql::writer::mysql::Flavour;

use super::*;
use crate::migration::{File, fold};

/// Returns the tasks of a migration upon an empty catalog.
fn tasks_of(sql: &str) -> Result<Vec<String>> {
    let file = File {
        version: "1".to_owned(),
        name: "test".to_owned(),
        path: "test.sql".to_owned(),
        text: sql.to_owned(),
    };
    let folded = fold(&Catalog::empty(), &file)?;
    let dialect = dialect(&folded.catalog, Flavour::MariaDb);
    let mut all = Vec::new();
    for step in &folded.steps {
        for task in tasks(&step.operation, &dialect)? {
            all.push(match task {
                Task::Run(sql) => sql,
                Task::Copy { before, after, .. } => format!("copy {} {}", before.name, after.name),
                Task::Restart { next, .. } => format!("restart {next}"),
                Task::Rows(_) => "rows".to_owned(),
            });
        }
    }
    Ok(all)
}

/// Checks the definitions of a table's columns and keys.
#[track_caller]
fn check(columns: &str, expected: &[&str]) {
    let tasks = tasks_of(&format!("create table t ({columns})")).unwrap();
    let [create] = tasks.as_slice() else {
        panic!("{tasks:?}");
    };
    let lines: Vec<&str> = create
        .lines()
        .skip(1)
        .map(|line| line.trim().trim_end_matches(','))
        .take_while(|line| !line.starts_with(')'))
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn columns_have_the_types_that_people_expect() {
    const TEXT: &str = "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL";
    check(
        "a boolean, b smallint, c bigint not null, d double precision, e numeric(10, 2), f numeric, g uuid, h timestamptz, \
         i jsonb, j text[], k bytea, l varchar(20), m date, n time",
        &[
            "\"a\" BOOLEAN NULL",
            "\"b\" SMALLINT NULL",
            "\"c\" BIGINT NOT NULL",
            "\"d\" DOUBLE NULL",
            "\"e\" DECIMAL(10,2) NULL",
            &format!("\"f\" {TEXT}"),
            "\"g\" CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL",
            "\"h\" DATETIME(6) NULL",
            &format!("\"i\" {TEXT}"),
            &format!("\"j\" {TEXT}"),
            "\"k\" LONGBLOB NULL",
            "\"l\" VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL",
            "\"m\" DATE NULL",
            "\"n\" TIME(6) NULL",
        ],
    );
}

#[test]
fn texts_in_keys_have_a_length() {
    check(
        "a text, b text, c text unique, primary key (a, b)",
        &[
            "\"a\" VARCHAR(350) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL",
            "\"b\" VARCHAR(350) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL",
            "\"c\" VARCHAR(700) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL",
            "PRIMARY KEY (\"a\", \"b\")",
            "UNIQUE KEY \"t_c_key\" (\"c\")",
        ],
    );
}

#[test]
fn what_the_database_can_compute_and_check_it_does() {
    check(
        "id int generated always as identity primary key, n int default 5 check (n > 0), twice int generated always as (n * 2) stored, \
         s text check (s ~ 'a'), up text generated always as (upper(s)) stored",
        &[
            "\"id\" INT NOT NULL AUTO_INCREMENT",
            "\"n\" INT NULL DEFAULT (5)",
            "\"twice\" INT GENERATED ALWAYS AS ((\"n\" * 2)) STORED",
            "\"s\" LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL",
            "\"up\" LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NULL",
            "PRIMARY KEY (\"id\")",
            "CONSTRAINT \"t_n_check\" CHECK ((\"n\" > 0))",
        ],
    );
}

#[test]
fn a_table_is_made_anew_beside_the_old_one() {
    let tasks = tasks_of(
        "create table p (id int primary key);
         create table t (id int primary key, p int references p (id), n int);
         alter table t alter column n type text;",
    )
    .unwrap();
    let [_, _, create, copy, drop, rename, key] = tasks.as_slice() else {
        panic!("{tasks:?}");
    };
    assert!(create.starts_with("CREATE TABLE \"t (after)\""), "{create}");
    assert!(!create.contains("FOREIGN KEY"), "{create}");
    assert_eq!(copy, "copy public.t public.t (after)");
    assert_eq!(drop, "DROP TABLE \"t\"");
    assert_eq!(rename, "RENAME TABLE \"t (after)\" TO \"t\"");
    assert_eq!(
        key,
        "ALTER TABLE \"t\" ADD CONSTRAINT \"t_p_fkey\" FOREIGN KEY (\"p\") REFERENCES \"p\" (\"id\")"
    );
}

#[test]
fn indexes_are_those_that_the_database_can_have() {
    let tasks = tasks_of(
        "create table t (id int primary key, a text, b jsonb);
         create index t_a on t (a);
         create index t_lower on t (lower(a));
         create unique index t_some on t (id) where a = 'x';
         create index t_b on t using gin (b);",
    )
    .unwrap();
    assert_eq!(
        tasks.get(1..).unwrap(),
        ["ALTER TABLE \"t\" ADD KEY \"t_a\" (\"a\"(191))"]
    );
}

#[test]
fn keys_that_wait_are_refused() {
    let error = tasks_of(
        "create table p (id int primary key);
         create table t (id int primary key, p int references p (id) deferrable initially deferred);",
    )
    .unwrap_err();
    assert_eq!(error.code().as_str(), "0A000");
}
