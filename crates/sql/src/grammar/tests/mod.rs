//! Tables of SQL text and the tree that it becomes, against the resolver of [`project`]. Types, names and errors were compared
//! with PostgreSQL 15's own.

mod bodies;
mod corpus;
mod expressions;
mod from_items;
mod nesting;
mod operators;
mod print;
pub(crate) mod project;
mod properties;
mod queries;
mod statements;
mod type_names;
mod writes;

use underpin_base::{Error, Name, Result};

use self::project::Project;
use super::{Resolver as _, Scope, column_type_text, expression_text, parse, statement};
use crate::types::Type;

/// The scope of a policy on `t`, in a routine `f(first integer, label text)`.
fn scope() -> Scope {
    let columns = Project.relation(None, "t").unwrap().columns;
    let mut scope = Scope::relation(Name::from("t"), columns);
    let parameters = vec![
        (Some(Name::from("first")), Type::Int4),
        (Some(Name::from("label")), Type::Text),
    ];
    scope.parameters = Scope::routine(Name::from("f"), parameters).parameters;
    scope.routine = Some(Name::from("f"));
    scope
}

/// The error as one line: code, message, and the line when it is not the first.
fn shown(error: &Error) -> String {
    let mut text = format!("{}: {}", error.code(), error.message());
    if let Some(location) = error.location()
        && location.line != 1
    {
        text.push_str(&format!(" (line {})", location.line));
    }
    text
}

fn result<T>(result: Result<T>, print: impl FnOnce(&T) -> String) -> String {
    match result {
        Ok(value) => print(&value),
        Err(error) => shown(&error),
    }
}

/// Checks the tree and type of an expression over the row of `t`.
#[track_caller]
fn expression_is(text: &str, expected: &str) {
    let read = expression_text(text, &scope(), &Project);
    let read = result(read, |expr| format!("{} : {}", print::expr(expr), expr.ty));
    assert_eq!(read, expected, "{text}");
}

/// Checks the tree of a statement by itself.
#[track_caller]
fn statement_is(text: &str, expected: &str) {
    assert_eq!(read_statement(text), expected, "{text}");
}

/// Checks what the name of a type says.
#[track_caller]
fn type_is(text: &str, expected: &str) {
    let read = result(column_type_text(text, &Project), |named| {
        let domain = named.domain.as_ref();
        format!(
            "{}{}{}{}",
            if named.set { "setof " } else { "" },
            named.column,
            if named.serial { " serial" } else { "" },
            domain.map_or(String::new(), |domain| format!(" domain {domain}"))
        )
    });
    assert_eq!(read, expected, "{text}");
}

fn read_statement(text: &str) -> String {
    let read = || {
        let parsed = parse(text)?;
        let [parsed] = parsed.as_slice() else {
            panic!("{text} is {} statements", parsed.len());
        };
        statement(&parsed.statement, &Scope::default(), &Project)
    };
    result(read(), print::statement)
}
