//! What SQLite has to run for each statement.

use super::{fold_after_setup, setup};
use crate::sqlite;

/// Checks the statements that `text` becomes, one per line, with runs of white space counted as one.
fn check(text: &str, expected: &[&str]) {
    let folded = fold_after_setup(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found: Vec<String> = folded
        .steps
        .iter()
        .flat_map(|step| sqlite::statements(&step.operation, &folded.catalog).unwrap())
        .map(|statement| {
            statement
                .sql
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn create_table() {
    check(
        "create table x (id bigint primary key generated always as identity, a varchar(5) not null, n numeric, f real, d bytea)",
        &[
            "CREATE TABLE \"x\" ( \"id\" INTEGER NOT NULL CONSTRAINT \"x_pkey\" PRIMARY KEY AUTOINCREMENT, \
             \"a\" TEXT NOT NULL CONSTRAINT \"character varying(5)\" CHECK (length(\"a\") <= 5), \"n\" TEXT COLLATE \"numeric\", \
             \"f\" ANY, \"d\" BLOB ) STRICT",
        ],
    );
    check(
        "create table public2.x (a int, b text, primary key (a, b))",
        &[
            "CREATE TABLE \"public2.x\" ( \"a\" INTEGER NOT NULL, \"b\" TEXT NOT NULL, \
             CONSTRAINT \"x_pkey\" PRIMARY KEY (\"a\", \"b\") ) STRICT",
        ],
    );
    check(
        "create table x (id int primary key, m mood default 'ok', unique (m))",
        &[
            "CREATE TABLE \"x\" ( \"id\" INT NOT NULL, \"m\" TEXT COLLATE \"enum:public.mood\", \
             CONSTRAINT \"x_pkey\" PRIMARY KEY (\"id\") ) STRICT",
            "CREATE UNIQUE INDEX \"x_m_key\" ON \"x\" (\"m\" COLLATE \"enum:public.mood\")",
        ],
    );
    check("create table if not exists t (zz int)", &[]);
}

#[test]
fn foreign_keys() {
    check(
        "create table x (a int references t on delete cascade on update set null, foreign key (a) references t (id) deferrable initially deferred)",
        &["CREATE TABLE \"x\" ( \"a\" INTEGER, \
             CONSTRAINT \"x_a_fkey\" FOREIGN KEY (\"a\") REFERENCES \"t\" (\"id\") ON DELETE CASCADE ON UPDATE SET NULL, \
             CONSTRAINT \"x_a_fkey1\" FOREIGN KEY (\"a\") REFERENCES \"t\" (\"id\") DEFERRABLE INITIALLY DEFERRED ) STRICT"],
    );
    check(
        "create table x (owner uuid references auth.users on delete set null)",
        &[
            "CREATE TABLE \"x\" ( \"owner\" TEXT, CONSTRAINT \"x_owner_fkey\" FOREIGN KEY (\"owner\") \
             REFERENCES \"auth.users\" (\"id\") ON DELETE SET NULL ) STRICT",
        ],
    );
}

#[test]
fn checks_and_generated_columns() {
    check(
        "create table x (a int check (a > 0), b int generated always as (a * 2) stored)",
        &[
            "CREATE TABLE \"x\" ( \"a\" INTEGER, \"b\" INTEGER GENERATED ALWAYS AS (pg_int4_multiply(\"a\", 2)) STORED, \
             CONSTRAINT \"x_a_check\" CHECK ((\"a\" > 0)) ) STRICT",
        ],
    );
}

#[test]
fn columns_come_in_place_when_they_can() {
    check(
        "alter table t add column c text",
        &["ALTER TABLE \"t\" ADD COLUMN \"c\" TEXT"],
    );
    check(
        "alter table t add column c int references u unique",
        &[
            "ALTER TABLE \"t\" ADD COLUMN \"c\" INTEGER CONSTRAINT \"t_c_fkey\" REFERENCES \"u\" (\"id\")",
            "CREATE UNIQUE INDEX \"t_c_key\" ON \"t\" (\"c\")",
        ],
    );
    check(
        "alter table t add column c text default 'x'",
        &[
            "ALTER TABLE \"t\" ADD COLUMN \"c\" TEXT",
            "UPDATE \"t\" AS \"t\" SET \"c\" = ?1",
        ],
    );
}

#[test]
fn a_table_is_rebuilt_once() {
    check(
        "alter table public2.inside add column a text not null default 'x', alter column id set not null, add check (id > 0)",
        &[
            "PRAGMA legacy_alter_table = ON",
            "ALTER TABLE \"public2.inside\" RENAME TO \"public2.inside (before)\"",
            "PRAGMA legacy_alter_table = OFF",
            "CREATE TABLE \"public2.inside\" ( \"id\" INTEGER NOT NULL, \"a\" TEXT NOT NULL, \
             CONSTRAINT \"inside_id_check\" CHECK ((\"id\" > 0)) ) STRICT",
            "INSERT INTO \"public2.inside\" (\"id\", \"a\") SELECT \"inside\".\"id\" AS \"id\", ?1 AS \"a\" \
             FROM \"public2.inside (before)\" AS \"inside\" ORDER BY \"inside\".rowid NULLS FIRST",
            "DROP TABLE \"public2.inside (before)\"",
        ],
    );
}

#[test]
fn a_rebuild_keeps_indexes_and_the_count() {
    check(
        "alter table u drop column t_id",
        &[
            "PRAGMA legacy_alter_table = ON",
            "ALTER TABLE \"u\" RENAME TO \"u (before)\"",
            "PRAGMA legacy_alter_table = OFF",
            "CREATE TABLE \"u\" ( \"id\" INTEGER NOT NULL CONSTRAINT \"u_pkey\" PRIMARY KEY AUTOINCREMENT, \"m\" TEXT ) STRICT",
            "INSERT INTO \"u\" (\"id\", \"m\") SELECT \"u\".\"id\" AS \"id\", \"u\".\"m\" AS \"m\" \
             FROM \"u (before)\" AS \"u\" ORDER BY \"u\".rowid NULLS FIRST",
            "DELETE FROM sqlite_sequence WHERE name = 'u'",
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'u', seq FROM sqlite_sequence WHERE name = 'u (before)'",
            "DROP TABLE \"u (before)\"",
        ],
    );
}

#[test]
fn what_lives_in_the_catalog_alone_runs_nothing() {
    for text in [
        "create view x as select id from t",
        "create policy q on t using (true)",
        "alter table t enable row level security",
        "alter table t alter column b set default 7",
        "alter table t alter column b drop default",
        "grant select on t to anon",
        "comment on table t is 'x'",
        "create type kind as enum ('a')",
        "alter type mood add value 'fine'",
        "create function g() returns int language sql as 'select 1'",
        "alter table u alter column m type varchar",
        "begin; commit",
        "notify pgrst",
        "set search_path = public",
        "create index on t using gin (a)",
        "create sequence s",
        "create role r",
        "create schema s",
        "alter table t validate constraint b_positive",
        "alter table t owner to postgres",
    ] {
        check(text, &[]);
    }
}

/// The table that stands for the index, what fills it, and the triggers that keep it.
#[test]
fn indexes_of_words() {
    const WORDS: &str = "underpin_words(pg_to_tsvector('simple', %\"a\"))";
    let of = |row: &str| WORDS.replace('%', row);
    let add = format!(
        "INSERT INTO \"i\" (word, \"row\") SELECT value, new.rowid FROM json_each({})",
        of("new.")
    );
    let remove = format!(
        "DELETE FROM \"i\" WHERE \"row\" = old.rowid AND word IN (SELECT value FROM json_each({}))",
        of("old.")
    );
    let expected = [
        "CREATE TABLE \"i\" (word TEXT NOT NULL, \"row\" INTEGER NOT NULL, PRIMARY KEY (word, \"row\")) STRICT, WITHOUT ROWID".to_owned(),
        format!(
            "INSERT INTO \"i\" (word, \"row\") SELECT words.value, source.\"row\" FROM (SELECT rowid AS \"row\", {} AS words FROM \"t\") AS source, json_each(source.words) AS words",
            of("")
        ),
        format!("CREATE TRIGGER \"i (insert)\" AFTER INSERT ON \"t\" BEGIN {add}; END"),
        format!(
            "CREATE TRIGGER \"i (update)\" AFTER UPDATE ON \"t\" WHEN old.rowid IS NOT new.rowid OR old.\"a\" COLLATE BINARY IS NOT new.\"a\" BEGIN {remove}; {add}; END"
        ),
        format!("CREATE TRIGGER \"i (delete)\" AFTER DELETE ON \"t\" BEGIN {remove}; END"),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(
        "create index i on t using gin (to_tsvector('simple', a))",
        &expected,
    );
    // Neither a part of the rows nor what PostgreSQL would compute anew has an index.
    check(
        "create index i on t using gin (to_tsvector('simple', a)) where b > 1",
        &[],
    );
    check("create index i on t using gin (to_tsvector(a))", &[]);
}

#[test]
fn indexes() {
    check(
        "create unique index i on t (lower(a), b desc) where b > 1",
        &["CREATE UNIQUE INDEX \"i\" ON \"t\" ((pg_lower(\"a\")), \"b\" DESC) WHERE (\"b\" > 1)"],
    );
    check(
        "create index on public2.inside using hash (id)",
        &["CREATE INDEX \"public2.inside_id_idx\" ON \"public2.inside\" (\"id\")"],
    );
    check(
        "alter table u add unique nulls not distinct (t_id)",
        &["CREATE UNIQUE INDEX \"u_t_id_key\" ON \"u\" (\"t_id\" IS NULL, ifnull(\"t_id\", 0))"],
    );
    check(
        "alter table t drop constraint t_a_key",
        &["DROP INDEX \"t_a_key\""],
    );
    check(
        "alter table t rename constraint t_a_key to a_once",
        &[
            "DROP INDEX \"t_a_key\"",
            "CREATE UNIQUE INDEX \"a_once\" ON \"t\" (\"a\")",
        ],
    );
}

#[test]
fn renames() {
    check(
        "alter table t rename to s; alter table s rename column a to z",
        &[
            "ALTER TABLE \"t\" RENAME TO \"s\"",
            "ALTER TABLE \"s\" RENAME COLUMN \"a\" TO \"z\"",
        ],
    );
    check(
        "alter table t set schema public2",
        &[
            "ALTER TABLE \"t\" RENAME TO \"public2.t\"",
            "DROP INDEX \"t_a_key\"",
            "CREATE UNIQUE INDEX \"public2.t_a_key\" ON \"public2.t\" (\"a\")",
        ],
    );
}

#[test]
fn identities_restart() {
    let restart = |next: &str| {
        [
            "DELETE FROM sqlite_sequence WHERE name = 'u'".to_owned(),
            format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('u', {next})"),
        ]
    };
    for (text, last) in [
        ("alter sequence u_id_seq restart with 100", "99"),
        ("alter table u alter column id restart with 5", "4"),
        ("select setval('u_id_seq', 7)", "7"),
        ("select setval('public.u_id_seq'::regclass, 7, false)", "6"),
    ] {
        let expected = restart(last);
        check(text, &[&expected[0], &expected[1]]);
    }
    check("select setval('u_id_seq', (select max(id) from u))", &[]);
}

#[test]
fn a_label_that_is_renamed_is_renamed_in_the_rows() {
    check(
        "drop table w; create table w (m mood); alter type mood rename value 'sad' to 'low'",
        &[
            "DROP TABLE \"w\"",
            "CREATE TABLE \"w\" ( \"m\" TEXT COLLATE \"enum:public.mood\" ) STRICT",
            "PRAGMA legacy_alter_table = ON",
            "ALTER TABLE \"w\" RENAME TO \"w (before)\"",
            "PRAGMA legacy_alter_table = OFF",
            "CREATE TABLE \"w\" ( \"m\" TEXT COLLATE \"enum:public.mood\" ) STRICT",
            "INSERT INTO \"w\" (\"m\") SELECT (CASE WHEN ((\"w\".\"m\" COLLATE BINARY) COLLATE BINARY = ?1) THEN ?2 ELSE \"w\".\"m\" END) AS \"m\" \
             FROM \"w (before)\" AS \"w\" ORDER BY \"w\".rowid NULLS FIRST",
            "DROP TABLE \"w (before)\"",
        ],
    );
}

#[test]
fn writes_have_their_defaults() {
    check(
        "insert into t (id, a) values (1, 'x')",
        &["INSERT INTO \"t\" AS \"t\" (\"id\", \"a\", \"b\") VALUES (?1, ?2, ?3)"],
    );
    check(
        "insert into t values (1, 'x', default)",
        &["INSERT INTO \"t\" AS \"t\" (\"id\", \"a\", \"b\") VALUES (?1, ?2, ?3)"],
    );
    check(
        "insert into u default values",
        &["INSERT INTO \"u\" AS \"u\" (\"id\") VALUES (NULL)"],
    );
    check(
        "update t set b = default",
        &["UPDATE \"t\" AS \"t\" SET \"b\" = ?1"],
    );
}

#[test]
fn foreign_keys_are_suspended_for_rebuilds_and_drops_alone() {
    for (text, expected) in [
        ("create table x (a int)", false),
        ("alter table t add column c int", false),
        ("alter table t drop column b cascade", true),
        ("drop table w", true),
    ] {
        let folded = fold_after_setup(text).unwrap();
        assert_eq!(folded.suspends_foreign_keys(), expected, "{text}");
    }
    assert!(setup().tables.len() > 4);
}

#[test]
fn a_delete_with_actions_stays_out_of_a_file_with_a_rebuild() {
    let text =
        "create table x (a int references t on delete cascade);\ndrop table w;\ndelete from t;";
    let error = fold_after_setup(text).unwrap_err();
    assert_eq!(error.code().as_str(), "migration_refused");
    assert_eq!(error.location().unwrap().line, 3);
    fold_after_setup("drop table w; delete from u;").unwrap();
}
