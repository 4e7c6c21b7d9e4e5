//! Casts, operators and common types, as PostgreSQL 15 has them.

use underpin_base::Value;

use super::coercion::{Context, can_cast};
use super::{
    assign, cast, choose, common_type, function, is_in, literal, null_if, operator, quantified,
    rows, settled, signatures, unify,
};
use crate::functions::{Operator, Parameter};
use crate::tree::{Expr, ExprKind};
use crate::types::{ColumnType, Modifier, Type};

/// Every type with a name of its own.
const TYPES: &[&str] = &[
    "bool",
    "int2",
    "int4",
    "int8",
    "oid",
    "float4",
    "float8",
    "numeric",
    "text",
    "varchar",
    "bpchar",
    "name",
    "citext",
    "xml",
    "uuid",
    "date",
    "time",
    "timetz",
    "timestamp",
    "timestamptz",
    "interval",
    "json",
    "jsonb",
    "bytea",
    "inet",
    "cidr",
    "macaddr",
];

/// The casts that PostgreSQL applies by itself, from its `pg_cast`.
#[rustfmt::skip]
const IMPLICIT: &[(&str, &[&str])] = &[
    ("int2", &["int4", "int8", "oid", "float4", "float8", "numeric"]),
    ("int4", &["int8", "oid", "float4", "float8", "numeric"]),
    ("int8", &["oid", "float4", "float8", "numeric"]),
    ("float4", &["float8"]),
    ("numeric", &["float4", "float8"]),
    ("text", &["varchar", "bpchar", "name"]),
    ("varchar", &["text", "bpchar", "name"]),
    ("bpchar", &["text", "varchar", "name"]),
    ("name", &["text"]),
    ("citext", &["text", "varchar"]),
    ("date", &["timestamp", "timestamptz"]),
    ("time", &["timetz", "interval"]),
    ("timestamp", &["timestamptz"]),
    ("cidr", &["inet"]),
];

/// The casts that it applies when a value is put into a column; every type goes into text so, which is left out.
#[rustfmt::skip]
const ASSIGNMENT: &[(&str, &[&str])] = &[
    ("int4", &["int2"]),
    ("int8", &["int2", "int4"]),
    ("oid", &["int4", "int8"]),
    ("float4", &["int2", "int4", "int8", "numeric"]),
    ("float8", &["int2", "int4", "int8", "float4", "numeric"]),
    ("numeric", &["int2", "int4", "int8"]),
    ("timetz", &["time"]),
    ("timestamp", &["date", "time"]),
    ("timestamptz", &["date", "time", "timetz", "timestamp"]),
    ("interval", &["time"]),
    ("json", &["jsonb"]),
    ("jsonb", &["json"]),
    ("inet", &["cidr"]),
];

/// The casts that must be asked for; every type comes out of text so, which is left out.
#[rustfmt::skip]
const EXPLICIT: &[(&str, &[&str])] = &[
    ("bool", &["int4"]),
    ("int4", &["bool"]),
    ("jsonb", &["bool", "int2", "int4", "int8", "float4", "float8", "numeric"]),
];

fn named(name: &str) -> Type {
    Type::built_in(name).unwrap()
}

fn listed(table: &[(&str, &[&str])], from: &str, to: &str) -> bool {
    table
        .iter()
        .any(|(source, targets)| *source == from && targets.contains(&to))
}

fn unknown(text: &str) -> Expr {
    literal(text, &Type::Unknown).unwrap()
}

fn int(value: i64, ty: Type) -> Expr {
    Expr::constant(Value::Int(value), ty)
}

fn column(ty: Type) -> Expr {
    Expr::column(&"t".into(), &"c".into(), ty)
}

#[test]
fn casts_are_those_of_postgresql() {
    for from in TYPES {
        for to in TYPES {
            let (source, target) = (named(from), named(to));
            let expected = if from == to || listed(IMPLICIT, from, to) {
                Some(Context::Implicit)
            } else if listed(ASSIGNMENT, from, to) {
                Some(Context::Assignment)
            } else if listed(EXPLICIT, from, to) {
                Some(Context::Explicit)
            } else if target.is_text() {
                Some(Context::Assignment)
            } else if source.is_text() {
                Some(Context::Explicit)
            } else {
                None
            };
            let found = [Context::Implicit, Context::Assignment, Context::Explicit]
                .into_iter()
                .find(|context| can_cast(&source, &target, *context));
            assert_eq!(found, expected, "{from} to {to}");
        }
    }
}

#[test]
fn arrays_are_cast_as_their_elements_are() {
    let array = |name: &str| named(name).array();
    assert!(can_cast(&array("int4"), &array("int8"), Context::Implicit));
    assert!(!can_cast(&array("int8"), &array("int4"), Context::Implicit));
    assert!(can_cast(&array("text"), &array("uuid"), Context::Explicit));
    assert!(!can_cast(&array("int4"), &Type::Int4, Context::Explicit));
    assert!(can_cast(&array("int4"), &Type::Text, Context::Assignment));
}

#[test]
fn every_signature_has_types_that_exist() {
    let comparisons = signatures::of(Operator::Equal).len();
    assert_eq!(comparisons, signatures::of(Operator::Less).len());
    for operator in [
        Operator::Add,
        Operator::Subtract,
        Operator::Concatenate,
        Operator::JsonGet,
        Operator::HasAnyKey,
        Operator::Like,
    ] {
        for signature in signatures::of(operator) {
            assert_ne!(signature.result, Type::Void, "{operator:?}");
            for parameter in &signature.parameters {
                assert!(
                    !matches!(parameter, Parameter::Is(Type::Void)),
                    "{operator:?}"
                );
                assert!(
                    !matches!(parameter, Parameter::Is(Type::Array(element)) if **element == Type::Void),
                    "{operator:?}"
                );
            }
        }
    }
}

#[test]
fn common_types() {
    let check = |names: &[&str], expected: &str| {
        let types: Vec<Type> = names.iter().map(|name| named(name)).collect();
        let found = match common_type(&types, "CASE") {
            Ok(ty) => ty.to_string(),
            Err(error) => format!("{}: {}", error.code(), error.message()),
        };
        assert_eq!(found, expected, "{names:?}");
    };
    check(&[], "text");
    check(&["unknown", "unknown"], "text");
    check(&["unknown", "int4"], "integer");
    check(&["int4", "int8", "int2"], "bigint");
    check(&["int4", "numeric"], "numeric");
    check(&["numeric", "float8", "int4"], "double precision");
    check(&["varchar", "text"], "character varying");
    check(&["text", "varchar"], "text");
    check(&["date", "timestamptz"], "timestamp with time zone");
    check(
        &["int4", "text"],
        "42804: CASE types integer and text cannot be matched",
    );
    check(
        &["json", "jsonb"],
        "42846: CASE could not convert type jsonb to json",
    );
    check(&["uuid", "uuid"], "uuid");
}

#[test]
fn constants_are_cast_at_once() {
    let check = |expr: Expr, to: ColumnType, expected: Value| {
        let cast = cast(expr, &to).unwrap();
        assert_eq!(cast.ty, to.ty);
        assert_eq!(cast.kind, ExprKind::Constant(expected));
    };
    check(unknown("1"), Type::Int4.into(), Value::Int(1));
    check(int(1, Type::Int4), Type::Int8.into(), Value::Int(1));
    check(int(1, Type::Int4), Type::Text.into(), Value::text("1"));
    check(Expr::null(Type::Unknown), Type::Uuid.into(), Value::Null);
    let short = ColumnType {
        ty: Type::Varchar,
        modifier: Some(Modifier::Length(2)),
    };
    check(unknown("abc"), short.clone(), Value::text("ab"));
    let error = assign(unknown("abc"), &short).unwrap_err();
    assert_eq!(error.code().to_string(), "22001");
    let kept = assign(column(Type::Text), &short).unwrap();
    assert_eq!(
        kept,
        Expr {
            ty: Type::Varchar,
            ..column(Type::Text)
        }
    );
}

#[test]
fn an_assignment_names_both_types() {
    let error = assign(column(Type::Bool), &Type::Date.into()).unwrap_err();
    assert_eq!(
        error.message(),
        "expression is of type boolean where type date is expected"
    );
    assert!(cast(column(Type::Bool), &Type::Date.into()).is_err());
    assert_eq!(settled(unknown("a")).unwrap().ty, Type::Text);
}

#[test]
fn literals_take_the_type_of_the_other_side() {
    let sum = operator(Operator::Add, column(Type::Date), unknown("1 day")).unwrap_err();
    assert_eq!(sum.code().to_string(), "42725");
    let less = operator(
        Operator::Less,
        column(Type::TimestampTz),
        unknown("2024-01-01"),
    )
    .unwrap();
    assert!(matches!(&less.kind, ExprKind::Operator(_, sides) if sides[1].ty == Type::TimestampTz));
    let any = quantified(Operator::Equal, column(Type::Int8), unknown("{1,2}"), false).unwrap();
    assert!(
        matches!(&any.kind, ExprKind::Quantified { array, .. } if array.ty == Type::Int8.array())
    );
    let found = is_in(column(Type::Uuid), vec![unknown("nope")], false).unwrap_err();
    assert_eq!(found.code().to_string(), "22P02");
    assert!(null_if(column(Type::Json), column(Type::Json)).is_err());
    let (values, ty) = unify(vec![unknown("1"), column(Type::Numeric)], "VALUES").unwrap();
    assert_eq!((values.len(), ty), (2, Type::Numeric));
}

#[test]
fn routines_are_chosen_like_functions() {
    let candidates = [vec![Type::Int4], vec![Type::Numeric], vec![Type::Text]];
    let check = |argument: Type, expected: &str| {
        let found = match choose("f", &candidates, &[argument]) {
            Ok(index) => index.to_string(),
            Err(error) => format!("{}: {}", error.code(), error.message()),
        };
        assert_eq!(found, expected);
    };
    check(Type::Int4, "0");
    check(Type::Int2, "42725: function f(smallint) is not unique");
    check(Type::Int8, "1");
    check(Type::Varchar, "2");
    check(Type::Unknown, "2");
    check(Type::Bool, "42883: function f(boolean) does not exist");
    assert!(function("no_such_function", Vec::new()).is_err());
    assert!(rows(Operator::Add, vec![unknown("1")], vec![unknown("1")]).is_err());
    assert!(rows(Operator::Less, Vec::new(), Vec::new()).is_err());
}
