//! The operators of PostgreSQL that we have, by the types of their operands; those on arrays, enumerations and rows are in
//! [`super::operator`], since their types are without number.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::functions::{Operator, Parameter};
use crate::types::Type;

/// An operator on given types.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) operator: Operator,
    pub(super) parameters: [Parameter; 2],
    pub(super) result: Type,
}

/// Returns the signatures of `operator`.
pub(super) fn of(operator: Operator) -> &'static [Signature] {
    SIGNATURES.get(&operator).map_or(&[], Vec::as_slice)
}

static SIGNATURES: LazyLock<HashMap<Operator, Vec<Signature>>> = LazyLock::new(|| {
    let mut signatures = comparisons();
    signatures.extend(arithmetic());
    signatures.extend(ROWS.iter().map(|(operator, left, right, result)| {
        signature(*operator, parse(left), parse(right), parse(result))
    }));
    let mut by_operator: HashMap<Operator, Vec<Signature>> = HashMap::new();
    for signature in signatures {
        by_operator
            .entry(signature.operator)
            .or_default()
            .push(signature);
    }
    by_operator
});

fn signature(operator: Operator, left: Type, right: Type, result: Type) -> Signature {
    Signature {
        operator,
        parameters: [Parameter::Is(left), Parameter::Is(right)],
        result,
    }
}

/// A misspelt name becomes a type that nothing matches; the test that walks the table finds it.
fn parse(name: &str) -> Type {
    match name.strip_suffix("[]") {
        Some(element) => parse(element).array(),
        None => Type::built_in(name).unwrap_or(Type::Void),
    }
}

const INTEGERS: [Type; 3] = [Type::Int2, Type::Int4, Type::Int8];
const FLOATS: [Type; 2] = [Type::Float4, Type::Float8];

/// The types that `<` orders and `=` compares; `json` and `xml` have neither.
const ORDERED: [Type; 22] = [
    Type::Bool,
    Type::Oid,
    Type::Numeric,
    Type::Text,
    Type::Bpchar,
    Type::Name,
    Type::Citext,
    Type::Uuid,
    Type::Date,
    Type::Time,
    Type::TimeTz,
    Type::Timestamp,
    Type::TimestampTz,
    Type::Interval,
    Type::Jsonb,
    Type::Bytea,
    Type::Inet,
    Type::MacAddr,
    Type::TsVector,
    Type::TsQuery,
    Type::RegConfig,
    Type::Record,
];

/// Integers of different widths, and floats, compare and calculate without a cast, as they do in PostgreSQL: an index on the
/// narrower one stays usable.
fn mixed(types: &[Type]) -> impl Iterator<Item = (&Type, &Type, &Type)> {
    types.iter().enumerate().flat_map(move |(first, left)| {
        types.iter().enumerate().map(move |(second, right)| {
            let wider = if first > second { left } else { right };
            (left, right, wider)
        })
    })
}

fn comparisons() -> Vec<Signature> {
    const OPERATORS: [Operator; 6] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];
    let mut signatures = Vec::new();
    for operator in OPERATORS {
        for ty in &ORDERED {
            signatures.push(signature(operator, ty.clone(), ty.clone(), Type::Bool));
        }
        for (left, right, _wider) in mixed(&INTEGERS).chain(mixed(&FLOATS)) {
            signatures.push(signature(operator, left.clone(), right.clone(), Type::Bool));
        }
    }
    signatures
}

fn arithmetic() -> Vec<Signature> {
    let mut signatures = Vec::new();
    for operator in [
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
    ] {
        for (left, right, wider) in mixed(&INTEGERS).chain(mixed(&FLOATS)) {
            signatures.push(signature(
                operator,
                left.clone(),
                right.clone(),
                wider.clone(),
            ));
        }
    }
    for operator in [
        Operator::Modulo,
        Operator::BitAnd,
        Operator::BitOr,
        Operator::BitXor,
    ] {
        for ty in &INTEGERS {
            signatures.push(signature(operator, ty.clone(), ty.clone(), ty.clone()));
        }
    }
    for operator in [Operator::ShiftLeft, Operator::ShiftRight] {
        for ty in &INTEGERS {
            signatures.push(signature(operator, ty.clone(), Type::Int4, ty.clone()));
        }
    }
    signatures
}

type Row = (Operator, &'static str, &'static str, &'static str);

const ROWS: &[Row] = &[
    (Operator::Add, "numeric", "numeric", "numeric"),
    (Operator::Subtract, "numeric", "numeric", "numeric"),
    (Operator::Multiply, "numeric", "numeric", "numeric"),
    (Operator::Divide, "numeric", "numeric", "numeric"),
    (Operator::Modulo, "numeric", "numeric", "numeric"),
    (Operator::Power, "numeric", "numeric", "numeric"),
    (Operator::Power, "float8", "float8", "float8"),
    (Operator::Add, "date", "int4", "date"),
    (Operator::Add, "int4", "date", "date"),
    (Operator::Add, "date", "interval", "timestamp"),
    (Operator::Add, "interval", "date", "timestamp"),
    (Operator::Add, "date", "time", "timestamp"),
    (Operator::Add, "time", "date", "timestamp"),
    (Operator::Add, "date", "timetz", "timestamptz"),
    (Operator::Add, "timetz", "date", "timestamptz"),
    (Operator::Add, "timestamp", "interval", "timestamp"),
    (Operator::Add, "interval", "timestamp", "timestamp"),
    (Operator::Add, "timestamptz", "interval", "timestamptz"),
    (Operator::Add, "interval", "timestamptz", "timestamptz"),
    (Operator::Add, "time", "interval", "time"),
    (Operator::Add, "interval", "time", "time"),
    (Operator::Add, "timetz", "interval", "timetz"),
    (Operator::Add, "interval", "timetz", "timetz"),
    (Operator::Add, "interval", "interval", "interval"),
    (Operator::Subtract, "date", "int4", "date"),
    (Operator::Subtract, "date", "date", "int4"),
    (Operator::Subtract, "date", "interval", "timestamp"),
    (Operator::Subtract, "timestamp", "timestamp", "interval"),
    (Operator::Subtract, "timestamp", "interval", "timestamp"),
    (Operator::Subtract, "timestamptz", "timestamptz", "interval"),
    (Operator::Subtract, "timestamptz", "interval", "timestamptz"),
    (Operator::Subtract, "time", "time", "interval"),
    (Operator::Subtract, "time", "interval", "time"),
    (Operator::Subtract, "timetz", "interval", "timetz"),
    (Operator::Subtract, "interval", "interval", "interval"),
    (Operator::Multiply, "interval", "float8", "interval"),
    (Operator::Multiply, "float8", "interval", "interval"),
    (Operator::Divide, "interval", "float8", "interval"),
    (Operator::Concatenate, "text", "text", "text"),
    (Operator::Concatenate, "bytea", "bytea", "bytea"),
    (Operator::Concatenate, "jsonb", "jsonb", "jsonb"),
    (Operator::Concatenate, "tsvector", "tsvector", "tsvector"),
    (Operator::Concatenate, "tsquery", "tsquery", "tsquery"),
    (Operator::Like, "text", "text", "bool"),
    (Operator::Like, "bpchar", "text", "bool"),
    (Operator::Like, "citext", "citext", "bool"),
    (Operator::ILike, "text", "text", "bool"),
    (Operator::ILike, "bpchar", "text", "bool"),
    (Operator::Similar, "text", "text", "bool"),
    (Operator::Similar, "bpchar", "text", "bool"),
    (Operator::Match, "text", "text", "bool"),
    (Operator::Match, "bpchar", "text", "bool"),
    (Operator::Match, "citext", "citext", "bool"),
    (Operator::IMatch, "text", "text", "bool"),
    (Operator::IMatch, "bpchar", "text", "bool"),
    (Operator::ShiftLeft, "inet", "inet", "bool"),
    (Operator::ShiftRight, "inet", "inet", "bool"),
    (Operator::Overlaps, "inet", "inet", "bool"),
    (Operator::Contains, "jsonb", "jsonb", "bool"),
    (Operator::ContainedBy, "jsonb", "jsonb", "bool"),
    (Operator::Contains, "tsquery", "tsquery", "bool"),
    (Operator::ContainedBy, "tsquery", "tsquery", "bool"),
    (Operator::Overlaps, "tsquery", "tsquery", "tsquery"),
    (Operator::Phrase, "tsquery", "tsquery", "tsquery"),
    (Operator::Finds, "tsvector", "tsquery", "bool"),
    (Operator::Finds, "tsquery", "tsvector", "bool"),
    (Operator::Finds, "text", "tsquery", "bool"),
    (Operator::Finds, "text", "text", "bool"),
    (Operator::HasKey, "jsonb", "text", "bool"),
    (Operator::HasAnyKey, "jsonb", "text[]", "bool"),
    (Operator::HasAllKeys, "jsonb", "text[]", "bool"),
    (Operator::JsonGet, "json", "text", "json"),
    (Operator::JsonGet, "json", "int4", "json"),
    (Operator::JsonGet, "jsonb", "text", "jsonb"),
    (Operator::JsonGet, "jsonb", "int4", "jsonb"),
    (Operator::JsonGetText, "json", "text", "text"),
    (Operator::JsonGetText, "json", "int4", "text"),
    (Operator::JsonGetText, "jsonb", "text", "text"),
    (Operator::JsonGetText, "jsonb", "int4", "text"),
    (Operator::JsonPath, "json", "text[]", "json"),
    (Operator::JsonPath, "jsonb", "text[]", "jsonb"),
    (Operator::JsonPathText, "json", "text[]", "text"),
    (Operator::JsonPathText, "jsonb", "text[]", "text"),
    (Operator::Subtract, "jsonb", "text", "jsonb"),
    (Operator::Subtract, "jsonb", "int4", "jsonb"),
    (Operator::Subtract, "jsonb", "text[]", "jsonb"),
    (Operator::JsonDeletePath, "jsonb", "text[]", "jsonb"),
];
