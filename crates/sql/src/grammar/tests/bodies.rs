//! The bodies of routines in SQL, and expressions in the scope of one.

use super::super::{routine_body, routine_body_node};
use super::*;
use squawk_syntax::ast;

fn scope_of_routine() -> Scope {
    let parameters = vec![
        (Some(Name::from("first")), Type::Int4),
        (None, Type::Text),
        (Some(Name::from("id")), Type::Int8),
    ];
    Scope::routine(Name::from("f"), parameters)
}

fn shown_all(read: Result<Vec<crate::tree::Statement>>) -> String {
    result(read, |statements| {
        statements
            .iter()
            .map(print::statement)
            .collect::<Vec<_>>()
            .join("; ")
    })
}

#[rustfmt::skip]
#[test]
fn parameters_have_names_and_numbers() {
    let check = |text: &str, expected: &str| {
        assert_eq!(shown_all(routine_body(text, &scope_of_routine(), &Project)), expected, "{text}");
    };
    check("select $1 + 1", "select ($1::int4 + 1) as ?column?");
    check("select first, $2, f.id", "select $1::int4 as first, $2::text as ?column?, $3::int8 as id");
    check("select id from u where id = f.id", "select u.id from u where (u.id = $3::int8)");
    check("select name from u where t_id = first", "select u.name from u where (u.t_id = $1::int4)");
    check("insert into u (id) values ($1); select $1;", "insert u(id) values ($1::int4); select $1::int4 as ?column?");
    check("update u set name = $2 where u.id = f.id returning u.id", "update u set name = $2::text where (u.id = $3::int8) returning u.id");
    check("select $4", "42P02: there is no parameter $4");
    check("select g.id", "42P01: missing FROM-clause entry for table \"g\"");
    check("", "");
    check("create table x (a int)", "0A000: CREATE as a query or write is not supported");
}

#[rustfmt::skip]
#[test]
fn bodies_may_be_written_in_place() {
    let check = |body: &str, expected: &str| {
        let text = format!("create function f(first int) returns int language sql {body}");
        let parsed = parse(&text).unwrap();
        let ast::Stmt::CreateFunction(function) = &parsed[0].statement else {
            panic!("{text}");
        };
        let body = function.body().unwrap();
        assert_eq!(shown_all(routine_body_node(&body, &scope_of_routine(), &Project)), expected, "{text}");
    };
    check("return first + 1", "select ($1::int4 + 1) as return");
    check("return (select max(id) from u)", "select scalar(select max(u.id) as max from u) as return");
    check("return missing", "42703: column \"missing\" does not exist");
    check("begin atomic select 1; insert into u (id) values (first); end", "select 1 as ?column?; insert u(id) values ($1::int4)");
    check("begin atomic end", "");
}
