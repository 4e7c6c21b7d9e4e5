//! Texts whose trees are written again and run on PostgreSQL: what comes back must be what the texts themselves give.

use std::fmt::Write as _;

use underpin_base::ValueRef;

use super::cluster::Database;
use super::read;
use crate::grammar::Resolver;
use crate::types;
use crate::writer::Bind;
use crate::writer::Rendered;
use crate::writer::postgres::statement;

/// Returns the statement as one that `psql` runs: prepared, with its parameters as literals.
pub(super) fn prepared(rendered: &Rendered, name: &str) -> String {
    let arguments: Vec<String> = rendered
        .binds
        .iter()
        .zip(&rendered.types)
        .map(|(bind, ty)| {
            let Bind::Value(value) = bind else {
                panic!("{bind:?} in a statement of its own");
            };
            let mut text = String::new();
            types::output(ty, ValueRef::from(value), &mut text);
            format!("'{}'", text.replace('\'', "''"))
        })
        .collect();
    let brackets = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    format!(
        "prepare {name} as {};\nexecute {name}{brackets};\n",
        rendered.sql
    )
}

/// What becomes of texts that the grammar does not read.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unread {
    /// They are passed over: they are there because of their errors.
    Passed,
    /// There are none.
    Refused,
}

/// Checks every text: what it gives itself, and what it gives when it is read and written. Each stays done, so that the next may build
/// on it.
#[track_caller]
pub(super) fn check_all(
    database: &Database,
    resolver: &dyn Resolver,
    texts: &[String],
    unread: Unread,
) {
    let mut script = String::new();
    let mut written: Vec<(&str, String)> = Vec::new();
    for text in texts {
        let rendered = match read(text, resolver).and_then(|read| statement(&read)) {
            Ok(rendered) => rendered,
            Err(_) if unread == Unread::Passed => continue,
            Err(error) => panic!("{text}: {error:?}"),
        };
        let number = written.len();
        let again = prepared(&rendered, &format!("p{number}"));
        let _ = write!(
            script,
            "begin;\nsavepoint s;\n{text};\nrollback to s;\n\\echo =\n{again}commit;\n\\echo ==\n"
        );
        written.push((text, again));
    }
    let answers = database.try_run(&script);
    let answers: Vec<&str> = answers.split("==\n").collect();
    assert_eq!(answers.len(), written.len() + 1);
    let mut differences = Vec::new();
    for ((text, again), answer) in written.iter().zip(answers) {
        let (expected, answered) = answer.split_once("=\n").unwrap();
        if first_error(expected) != first_error(answered) {
            differences.push(format!(
                "{text}\n{again}    expected {expected}\n    answered {answered}"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ\n{}",
        differences.len(),
        written.len(),
        differences.join("\n")
    );
}

/// Returns the first error alone, when there is one: those behind it follow from it.
fn first_error(answer: &str) -> &str {
    match answer.find("ERROR:") {
        Some(start) => answer
            .get(start..)
            .and_then(|errors| errors.lines().next())
            .unwrap_or_default(),
        None => answer,
    }
}
