//! Writes that are looked at before and after, because the database does not enforce the rules by itself.

use underpin_base::{Name, QualifiedName, Value};

use super::read;
use crate::functions::Operator;
use crate::grammar::tests::project::Project;
use crate::tree::{Context, Expr, From, Statement};
use crate::types::{ColumnType, Type};
use crate::writer::Bind;
use crate::writer::postgres::{
    Affecting, Change, Checks, Contexts, PROPOSED, Rows, Target, select_for,
};

fn id(row: &str) -> Expr {
    Expr::column(&Name::from(row), &Name::from("id"), Type::Int4)
}

/// `row.id < 10`.
fn small(row: &str) -> Expr {
    let ten = Expr::constant(Value::Int(10), Type::Int4);
    Expr::compare(Operator::Less, id(row), ten)
}

fn before(from: From, condition: Expr) -> Checks {
    Checks {
        before: vec![Checks::refused(vec![from], None, condition)],
        after: None,
    }
}

fn proposed() -> From {
    From::Cte {
        name: Name::from(PROPOSED),
        alias: Name::from("new"),
    }
}

#[track_caller]
fn check(change: Change<'_>, checks: &Checks, expected: &str) {
    let affecting = Affecting {
        change,
        target: Target::Table,
        returning: None,
        checks,
        contexts: Contexts::Bound,
    };
    assert_eq!(&*affecting.write().unwrap().sql, expected);
}

#[track_caller]
fn check_rows(rows: &[Vec<Option<Value>>], checks: &Checks, expected: Result<&str, ()>) {
    let columns = [
        (Name::from("id"), ColumnType::from(Type::Int4)),
        (Name::from("name"), ColumnType::from(Type::Text)),
    ];
    let rows = Rows {
        table: &QualifiedName::public("u"),
        alias: &Name::from("u"),
        columns: &columns,
        rows,
        conflict: None,
        overriding: None,
    };
    match expected {
        Ok(expected) => check(Change::Rows(&rows), checks, expected),
        Err(()) => {
            let affecting = Affecting {
                change: Change::Rows(&rows),
                target: Target::Table,
                returning: None,
                checks,
                contexts: Contexts::Bound,
            };
            assert!(affecting.write().is_err());
        }
    }
}

fn statement(text: &str) -> Statement {
    read(text, &Project).unwrap()
}

#[test]
fn rows_to_come_are_looked_at_before_any_is_inserted() {
    let row = vec![Some(Value::Int(1)), Some(Value::text("a"))];
    check_rows(
        &[row],
        &before(proposed(), small("new")),
        Ok(
            r#"with "underpin 1" ("id", "name") as (select "underpin 2"."column1"::integer, "underpin 2"."column2"::text from rows from (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) as "underpin 2"("column1", "column2")), "underpin 3" as (select true as "one" from "underpin 1" as "new" where (("new"."id" < $3::integer) is not true) limit $4::bigint), "underpin_affected" as (insert into "public"."u" as "u" ("id", "name") select "underpin 4"."id", "underpin 4"."name" from "underpin 1" as "underpin 4" where (not exists (select true as "one" from "underpin 3" as "underpin 3")) returning true as "underpin_inserted") select pg_catalog.count(*) as "affected", pg_catalog.count(*) filter (where "underpin_inserted") as "inserted", (select pg_catalog.count(*) from "underpin 3") from "underpin_affected""#,
        ),
    );
}

#[test]
fn columns_that_no_row_has_are_left_away_and_rows_that_differ_are_not_known() {
    let checks = before(proposed(), small("new"));
    check_rows(
        &[vec![Some(Value::Int(1)), None]],
        &checks,
        Ok(
            r#"with "underpin 1" ("id") as (select "underpin 2"."column1"::integer from rows from (pg_catalog.unnest($1::text[])) as "underpin 2"("column1")), "underpin 3" as (select true as "one" from "underpin 1" as "new" where (("new"."id" < $2::integer) is not true) limit $3::bigint), "underpin_affected" as (insert into "public"."u" as "u" ("id") select "underpin 4"."id" from "underpin 1" as "underpin 4" where (not exists (select true as "one" from "underpin 3" as "underpin 3")) returning true as "underpin_inserted") select pg_catalog.count(*) as "affected", pg_catalog.count(*) filter (where "underpin_inserted") as "inserted", (select pg_catalog.count(*) from "underpin 3") from "underpin_affected""#,
        ),
    );
    let differing = [
        vec![Some(Value::Int(1)), None],
        vec![Some(Value::Int(2)), Some(Value::text("b"))],
    ];
    check_rows(&differing, &checks, Err(()));
    check_rows(&[vec![None, None]], &checks, Err(()));
}

#[test]
fn an_update_changes_nothing_where_a_row_is_refused() {
    let table = From::Table {
        table: QualifiedName::public("u"),
        alias: Name::from("u"),
    };
    check(
        Change::Statement(&statement("update u set name = 'x' where name = 'y'")),
        &before(table, small("u")),
        r#"with "underpin 1" as (select true as "one" from "public"."u" as "u" where (("u"."id" < $1::integer) is not true) limit $2::bigint), "underpin_affected" as (update "public"."u" as "u" set "name" = $3::text where (("u"."name" = $4::text) and (not exists (select true as "one" from "underpin 1" as "underpin 1"))) returning false as "underpin_inserted") select pg_catalog.count(*) as "affected", pg_catalog.count(*) filter (where "underpin_inserted") as "inserted", (select pg_catalog.count(*) from "underpin 1") from "underpin_affected""#,
    );
}

#[test]
fn written_rows_are_counted_that_are_refused() {
    let checks = Checks {
        before: Vec::new(),
        after: Some((Name::from("new"), small("new"))),
    };
    check(
        Change::Statement(&statement("insert into u (name) values ('x')")),
        &checks,
        r#"with "underpin_affected" as (insert into "public"."u" as "u" ("name") values ($1::text) returning "u"."id", true as "underpin_inserted") select pg_catalog.count(*) as "affected", pg_catalog.count(*) filter (where "underpin_inserted") as "inserted", pg_catalog.count(*) filter (where ("new"."id" < $2::integer) is not true) from "underpin_affected" as "new""#,
    );
}

#[test]
fn what_the_request_supplies_is_bound_where_the_database_does_not_know_it() {
    let check = |text: &str, contexts: Contexts, sql: &str, expected: Option<Context>| {
        let Statement::Select(select) = statement(text) else {
            panic!("{text} is no query");
        };
        let rendered = select_for(&select, contexts).unwrap();
        let found = rendered.binds.iter().find_map(|bind| match bind {
            Bind::Context(context) => Some(context.clone()),
            _ => None,
        });
        assert_eq!((&*rendered.sql, found), (sql, expected), "{text}");
    };
    check(
        "select auth.uid()",
        Contexts::Bound,
        r#"select $1::uuid as "uid""#,
        Some(Context::Uid),
    );
    check(
        "select auth.uid()",
        Contexts::Database,
        r#"select (select "auth"."uid"()) as "uid""#,
        None,
    );
    check(
        "select current_user",
        Contexts::Bound,
        r#"select $1::name as "current_user""#,
        Some(Context::CurrentUser),
    );
    check(
        "select now()",
        Contexts::Bound,
        r#"select pg_catalog.now() as "now""#,
        None,
    );
    let claim = Context::Setting(Name::from("request.jwt.claim.sub"));
    check(
        "select current_setting('request.jwt.claim.sub', true)",
        Contexts::Bound,
        r#"select $1::text as "current_setting""#,
        Some(claim),
    );
    check(
        "select current_setting('app.x', true)",
        Contexts::Bound,
        r#"select (select nullif(pg_catalog.current_setting($1::text, true), '')) as "current_setting""#,
        None,
    );
}
