//! Every name that the table of functions and the writer can write has an implementation.

use rusqlite::Connection;
use underpin_sql::functions::{Function, Operator, Parameter};
use underpin_sql::types::{RangeType, Type};
use underpin_sql::writer::sqlite::operator_function;

use super::connection;

/// Tells whether `connection` knows a function `name` of `arguments` arguments.
fn is_known(connection: &Connection, name: &str, arguments: usize) -> bool {
    connection
        .query_row(
            "SELECT count(*) FROM pragma_function_list WHERE name = ?1 AND narg IN (?2, -1)",
            (name, i64::try_from(arguments).unwrap()),
            |row| row.get::<_, i64>(0),
        )
        .unwrap()
        > 0
}

#[test]
fn every_function_is_registered() {
    let connection = connection();
    let missing: Vec<&str> = Function::all()
        .map(Function::definition)
        .filter(|definition| {
            let coded = definition.engine.starts_with("pg_")
                && definition
                    .parameters
                    .iter()
                    .any(|parameter| !matches!(parameter, Parameter::Is(_)));
            let arguments = definition.parameters.len() + usize::from(coded);
            !is_known(&connection, definition.engine, arguments)
        })
        .map(|definition| definition.engine)
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn every_operator_is_registered() {
    const OPERATORS: &[Operator] = &[
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
        Operator::Modulo,
        Operator::Power,
        Operator::Concatenate,
        Operator::Like,
        Operator::ILike,
        Operator::Similar,
        Operator::Match,
        Operator::IMatch,
        Operator::Contains,
        Operator::ContainedBy,
        Operator::Overlaps,
        Operator::HasKey,
        Operator::HasAnyKey,
        Operator::HasAllKeys,
        Operator::JsonGet,
        Operator::JsonGetText,
        Operator::JsonPath,
        Operator::JsonPathText,
        Operator::JsonDeletePath,
        Operator::BitAnd,
        Operator::BitOr,
        Operator::BitXor,
        Operator::ShiftLeft,
        Operator::ShiftRight,
        Operator::NotRightOf,
        Operator::NotLeftOf,
        Operator::Adjacent,
        Operator::Finds,
        Operator::Phrase,
    ];
    let types = [
        Type::Int2,
        Type::Int4,
        Type::Int8,
        Type::Float4,
        Type::Float8,
        Type::Numeric,
        Type::Text,
        Type::Citext,
        Type::Date,
        Type::Time,
        Type::Timestamp,
        Type::TimestampTz,
        Type::Interval,
        Type::Json,
        Type::Jsonb,
        Type::Bytea,
        Type::Range(RangeType::Int4),
        Type::Range(RangeType::Numeric),
        Type::Multirange(RangeType::Int4),
        Type::Text.array(),
    ];
    let connection = connection();
    for operator in OPERATORS {
        for left in &types {
            for right in &types {
                if let Some(name) = operator_function(*operator, left, right) {
                    assert!(is_known(&connection, name, 2), "{name}");
                }
            }
        }
    }
}
