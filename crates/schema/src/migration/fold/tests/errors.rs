//! Statements that must be refused, with PostgreSQL's code and words: each was given to PostgreSQL 15.
//!
//! `errors.txt` has a statement on a line and the error, indented, on the next; a line that begins with `#` is a heading.

use super::fold_after_setup;

/// Returns the statements with their errors.
fn cases() -> Vec<(&'static str, &'static str)> {
    let mut lines = include_str!("errors.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut cases = Vec::new();
    while let (Some(statement), Some(error)) = (lines.next(), lines.next()) {
        let error = error.strip_prefix("    ").unwrap();
        cases.push((statement, error));
    }
    cases
}

#[test]
fn errors_have_postgresql_s_words() {
    let mut wrong = Vec::new();
    let cases = cases();
    for (statement, expected) in &cases {
        let found = match fold_after_setup(statement) {
            Ok(_) => "no error".to_owned(),
            Err(error) => {
                let location = error.location().unwrap();
                let place = (location.file.as_str(), location.line);
                assert_eq!(place, ("2_test.sql", 1), "{statement}");
                format!("{} {}", error.code(), error.message())
            }
        };
        if found != *expected {
            wrong.push(format!(
                "{statement}\n  {found}\n  instead of\n  {expected}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases.len() > 150, "{} cases", cases.len());
}

#[test]
fn refusals_for_sqlite_name_a_way_out() {
    for statement in [
        "create function g() returns int language plv8 as 'return 1'",
        "create trigger x before truncate on t execute function moddatetime(a)",
        "create constraint trigger x after insert on t initially deferred for each row execute function moddatetime(a)",
        "create trigger x instead of insert on v for each row execute function moddatetime(a)",
        "create materialized view x as select 1 as a",
        "create table x (a int) partition by range (a)",
        "create table x () inherits (t)",
        "create temporary table x (a int)",
        "create sequence x increment by 10",
        "create table x (a int unique deferrable)",
        "create table x (a int references t on delete set default)",
        "create table x (a int, exclude using gist (a with =) deferrable)",
        "create table x (rowid int)",
        "create table \"T\" (a int)",
        "create table sqlite_x (a int)",
        "create extension postgis",
        "create type x as range (subtype = date)",
        "create rule x as on delete to t do instead nothing",
        "create procedure x() language sql as 'select 1'",
        "copy t from stdin",
        "merge into t using u on t.id = u.t_id when matched then delete",
        "select 1 as a into x",
        "truncate t cascade",
        "rollback",
        "insert into v (id) values (1)",
    ] {
        let error = fold_after_setup(statement).unwrap_err();
        assert_eq!(error.code().as_str(), "migration_refused", "{statement}");
        assert!(error.get_hint().is_some(), "{statement}");
        assert_eq!(error.location().unwrap().line, 1, "{statement}");
    }
}

#[track_caller]
fn is_refused_at(text: &str, line: usize, code: &str, message: &str) {
    let error = fold_after_setup(text).unwrap_err();
    let found = (
        error.location().unwrap().line,
        error.code().as_str(),
        error.message(),
    );
    assert_eq!(found, (line, code, message), "{text}");
}

#[rustfmt::skip]
#[test]
fn routines_are_refused_with_their_lines() {
    is_refused_at("\ncreate function g() returns int language plpgsql as $$\nbegin\n  return nothing(1);\nend $$;\nselect 1;", 4, "42883",
        "function nothing(integer) does not exist");
    is_refused_at("create function g() returns trigger language sql as 'select 1';", 1, "42P13",
        "SQL functions cannot return type trigger");
    is_refused_at("create function g(a int) returns trigger language plpgsql as 'begin return new; end';", 1, "42P13",
        "trigger functions cannot have declared arguments");
}

#[rustfmt::skip]
#[test]
fn triggers_are_refused_with_their_lines() {
    let touch = "create function g() returns trigger language plpgsql as $$ begin new.a := 'x'; return new; end $$;\n";
    let on_t = format!("{touch}create trigger x before insert on t for each row execute function g();\n");
    is_refused_at(&format!("{touch}create trigger x before insert on u for each row execute function g();"), 2, "42703",
        "trigger \"x\" of table \"u\" cannot run: record \"new\" has no field \"a\"");
    is_refused_at(&format!("{on_t}alter table t drop column a cascade;"), 2, "42703",
        "trigger \"x\" of table \"t\" cannot run: record \"new\" has no field \"a\"");
    is_refused_at(&format!("{on_t}drop function g();"), 3, "2BP01",
        "cannot drop function g() because other objects depend on it");
    is_refused_at("create trigger x before insert on t for each row execute function f();", 1, "42883",
        "function f() does not exist");
    is_refused_at("drop trigger x on t;", 1, "42704", "trigger \"x\" for table \"t\" does not exist");
}

#[test]
fn what_asks_for_no_time_zone_may_be_stored() {
    let table = "create table x (a timestamptz, b timestamptz, c timestamptz[]);";
    for expression in [
        "coalesce(a, 'infinity')",
        "greatest(a, b)",
        "(a > b)",
        "(a - b)",
        "array_append(c, a)",
        "date_bin('1 hour', a, b)",
        "tstzrange(a, b)",
        "upper(tstzrange(a, b))",
        "(a < '2020-01-01T00:00:00Z'::timestamptz)",
        "(tstzrange(a, b) && '[2020-01-01T00:00:00Z,)'::tstzrange)",
        "((a at time zone 'UTC')::date)",
        "date_trunc('day', a at time zone 'UTC')",
    ] {
        let found = fold_after_setup(&format!("{table} create index i on x ({expression})"));
        assert!(found.is_ok(), "{expression}");
    }
}
