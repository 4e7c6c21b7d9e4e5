//! Expressions and queries whose answers PostgreSQL 15 gave (`expected/*.txt`): each is read by the grammar, written for SQLite, and
//! run there. Behind each text, indented, stands what `psql` printed; `!` begins an error's code and message.

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::tree::{Context, Output, Statement};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::{Bind, sqlite};

use super::super::arguments::{self, value};
use super::things::{Things, things};
use super::{connection, decode_error};

/// Runs `query` and returns its rows as `psql` prints them.
fn run(connection: &rusqlite::Connection, query: &str) -> Result<String> {
    let parsed = grammar::parse(query)?;
    let statement = grammar::statement(&parsed[0].statement, &Scope::default(), &Things)?;
    let returned = |outputs: &[Output]| -> Vec<Type> {
        outputs
            .iter()
            .map(|output| output.expr.ty.clone())
            .collect()
    };
    let types: Vec<Type> = match &statement {
        Statement::Select(select) => select.columns().into_iter().map(|(_, ty)| ty).collect(),
        Statement::Insert(insert) => returned(&insert.returning),
        Statement::Update(update) => returned(&update.returning),
        Statement::Delete(delete) => returned(&delete.returning),
    };
    let rendered = sqlite::statement(&statement)?;
    let explain = |cause: rusqlite::Error| {
        decode_error(&cause)
            .unwrap_or_else(|| Error::internal(format_args!("{cause}: {}", rendered.sql)))
    };
    let mut prepared = connection.prepare(&rendered.sql).map_err(explain)?;
    for (index, bind) in rendered.binds.iter().enumerate() {
        let value = match bind {
            Bind::Value(value) => value,
            Bind::Context(Context::Now) => &Value::Int(1_767_225_600_000_000),
            other => panic!("{other:?}"),
        };
        prepared
            .raw_bind_parameter(index + 1, arguments::Output(value.clone()))
            .map_err(explain)?;
    }
    let mut printed: Vec<String> = Vec::new();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next().map_err(explain)? {
        let cells: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(index, ty)| {
                let value: Value = value(row.get_ref(index).unwrap()).to_value();
                let mut text = String::new();
                types::output(ty, (&value).into(), &mut text);
                if value.is_null() {
                    "∅".to_owned()
                } else {
                    text
                }
            })
            .collect();
        printed.push(cells.join("|"));
    }
    if printed.is_empty() {
        return Ok("-".to_owned());
    }
    Ok(printed.join("⏎").replace('\n', "␊"))
}

/// Checks every line of a file; all differences are shown at once.
fn check_all(name: &str, file: &str, prefix: &str) {
    check_on(&connection(), name, file, prefix);
}

fn check_on(connection: &rusqlite::Connection, name: &str, file: &str, prefix: &str) {
    let mut lines = file.lines();
    let mut differences = Vec::new();
    while let (Some(text), Some(expected)) = (lines.next(), lines.next()) {
        let answer = match run(connection, &format!("{prefix}{text}")) {
            Ok(answer) => answer,
            Err(error) => format!(
                "! {} {}{}",
                error.code(),
                error.message(),
                match error.get_cause() {
                    Some(cause) if error.code() == &Code::INTERNAL => format!(" ({cause})"),
                    _ => String::new(),
                }
            ),
        };
        let expected = expected.strip_prefix("    ").unwrap();
        if answer != expected {
            differences.push(format!(
                "{text}\n    expected {expected}\n    answered {answer}"
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{name}: {} differences\n{}",
        differences.len(),
        differences.join("\n")
    );
}

#[test]
fn texts() {
    check_all("text", include_str!("../expected/text.txt"), "select ");
}

#[test]
fn numbers() {
    check_all("math", include_str!("../expected/math.txt"), "select ");
}

#[test]
fn times() {
    check_all(
        "datetime",
        include_str!("../expected/datetime.txt"),
        "select ",
    );
}

#[test]
fn json() {
    check_all("json", include_str!("../expected/json.txt"), "select ");
}

#[test]
fn arrays() {
    check_all("array", include_str!("../expected/array.txt"), "select ");
}

#[test]
fn patterns() {
    check_all(
        "pattern",
        include_str!("../expected/pattern.txt"),
        "select ",
    );
}

#[test]
fn ranges() {
    check_all("range", include_str!("../expected/range.txt"), "select ");
}

#[test]
fn multiranges() {
    check_all(
        "multirange",
        include_str!("../expected/multirange.txt"),
        "select ",
    );
}

#[test]
fn operators() {
    check_all(
        "operator",
        include_str!("../expected/operator.txt"),
        "select ",
    );
}

#[test]
fn searches() {
    check_all("search", include_str!("../expected/search.txt"), "select ");
}

#[test]
fn queries() {
    check_all("query", include_str!("../expected/query.txt"), "");
}

#[test]
fn sorted_values() {
    check_all("percentile", include_str!("../expected/percentile.txt"), "");
}

#[test]
fn lateral_queries() {
    check_all("lateral", include_str!("../expected/lateral.txt"), "");
}

/// The lines are one story: each builds on those before.
#[test]
fn writes() {
    check_on(
        &things(),
        "write",
        include_str!("../expected/write.txt"),
        "",
    );
}
