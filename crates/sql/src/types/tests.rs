//! Input and output of every type, against what PostgreSQL 15 answered.
//!
//! Each line of `expected/input.txt` has a type, a text, and either `ok`, the printed value and its JSON (left out where PostgreSQL
//! writes white space), or `error`, the code, the message and the details. `\n`, `\t`, `\\` and `\1` are escapes.

mod properties;

use std::sync::Arc;

use underpin_base::{Details, QualifiedName, Result};

use super::{ColumnType, CompositeType, EnumType, Modifier, Type, Value, ValueRef};
use super::{from_json, input, input_column, output, write_json};

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        out.push(match character {
            '\\' => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('1') => '\x01',
                other => other.unwrap(),
            },
            other => other,
        });
    }
    out
}

/// Returns the columns of each line of a table of expected values.
pub(super) fn lines(table: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = table.lines();
    lines.map(|line| line.split('\t').map(unescape).collect())
}

/// Checks each line of a table: the name of an operation, its arguments, and what PostgreSQL printed (nothing for null) or its error.
///
/// `answer` gets the name and the arguments, of which null is `\\N`.
pub(super) fn check_table(table: &str, answer: fn(&str, &[&str]) -> Result<String>) {
    let mut wrong = Vec::new();
    for line in table.lines() {
        let parts: Vec<String> = line
            .split('\t')
            .map(|part| match part {
                NULL => NULL.to_owned(),
                part => unescape(part),
            })
            .collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let [name, arguments @ .., expected] = parts.as_slice() else {
            panic!("not a line: {line}");
        };
        let found = answer(name, arguments)
            .unwrap_or_else(|error| format!("error {} {}", error.code(), error.message()));
        if found != *expected {
            wrong.push(format!("{parts:?} found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// How the tables write null.
pub(super) const NULL: &str = "\\N";

/// Returns an argument, nothing for null.
pub(super) fn nullable(argument: &str) -> Option<&str> {
    (argument != NULL).then_some(argument)
}

/// Reads a text of a type into its canonical value.
pub(super) fn value(ty: &Type, text: &str) -> Result<Value> {
    match nullable(text) {
        Some(text) => input(ty, text),
        None => Ok(Value::Null),
    }
}

/// Reads a text of a type whose canonical value is a whole number.
pub(super) fn int(ty: &Type, text: &str) -> Result<i64> {
    match input(ty, text)? {
        Value::Int(value) => Ok(value),
        other => panic!("{other:?} is no number"),
    }
}

/// Reads a text of a type whose canonical value is text.
pub(super) fn canonical(ty: &Type, text: &str) -> Result<String> {
    Ok(input(ty, text)?.as_text().unwrap().to_owned())
}

/// Prints a value that an operation returned.
pub(super) fn show(ty: &Type, value: &Value) -> String {
    printed(ty, ValueRef::from(value))
}

pub(super) fn boolean(value: bool) -> String {
    (if value { "t" } else { "f" }).to_owned()
}

pub(super) fn status() -> Type {
    Type::Enum(Arc::new(EnumType {
        name: QualifiedName::public("status"),
        labels: vec!["new".into(), "open".into(), "closed late".into()],
    }))
}

fn pair() -> Type {
    Type::Composite(Arc::new(CompositeType {
        name: QualifiedName::public("pair"),
        fields: vec![
            ("a".into(), Type::Int4.into()),
            ("b".into(), Type::Text.into()),
        ],
    }))
}

fn nest() -> Type {
    Type::Composite(Arc::new(CompositeType {
        name: QualifiedName::public("nest"),
        fields: vec![
            ("p".into(), pair().into()),
            ("tags".into(), Type::Text.array().into()),
            ("at".into(), Type::TimestampTz.into()),
        ],
    }))
}

/// Reads a type as the tables of expected values write it.
pub(super) fn column(text: &str) -> ColumnType {
    if let Some(element) = text.strip_suffix("[]") {
        let element = column(element);
        return ColumnType {
            ty: element.ty.array(),
            modifier: element.modifier,
        };
    }
    let (name, modifier) = match text.split_once('(') {
        Some((name, modifier)) => (name, modifier.trim_end_matches(')')),
        None => (text, ""),
    };
    let ty = match name {
        "status" => status(),
        "pair" => pair(),
        "nest" => nest(),
        name => Type::built_in(name).unwrap(),
    };
    let numbers: Vec<i16> = modifier
        .split(',')
        .filter_map(|it| it.parse().ok())
        .collect();
    let modifier = match (&ty, numbers.as_slice()) {
        (_, []) => None,
        (Type::Numeric, [precision, rest @ ..]) => Some(Modifier::Precision(
            *precision as u16,
            rest.first().copied().unwrap_or(0),
        )),
        (Type::Varchar | Type::Bpchar, [length, ..]) => Some(Modifier::Length(*length as u32)),
        (_, [digits, ..]) => Some(Modifier::Fraction(*digits as u8)),
    };
    ColumnType { ty, modifier }
}

pub(super) fn printed(ty: &Type, value: ValueRef<'_>) -> String {
    let mut out = String::new();
    output(ty, value, &mut out);
    out
}

pub(super) fn json(ty: &Type, value: ValueRef<'_>) -> String {
    let mut out = Vec::new();
    write_json(ty, value, &mut out);
    String::from_utf8(out).unwrap()
}

/// Returns what is wrong with the answer to one line.
fn check(parts: &[String]) -> Option<String> {
    let column = column(&parts[0]);
    let found = match input_column(&column, &parts[1]) {
        Ok(value) => {
            let value = ValueRef::from(&value);
            let json = match parts[4].as_str() {
                "" => String::new(),
                _ => json(&column.ty, value),
            };
            vec!["ok".to_owned(), printed(&column.ty, value), json]
        }
        Err(error) => vec![
            "error".to_owned(),
            error.code().to_string(),
            error.message().to_owned(),
            match error.get_details() {
                Some(Details::Text(details)) => details.clone(),
                _ => String::new(),
            },
        ],
    };
    (found != parts[2..]).then(|| format!("{parts:?}\n      found {found:?}"))
}

#[test]
fn input_answers_as_postgresql() {
    let wrong: Vec<String> = lines(include_str!("expected/input.txt"))
        .filter_map(|parts| check(&parts))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn values_compare_as_in_postgresql() {
    check_table(include_str!("expected/compare.txt"), |ty, arguments| {
        let ty = column(ty).ty;
        let (left, right) = (value(&ty, arguments[0])?, value(&ty, arguments[1])?);
        let order = super::compare(&ty, ValueRef::from(&left), ValueRef::from(&right));
        Ok((order as i8).to_string())
    });
}

#[test]
fn json_values_are_read_for_columns() {
    let check = |ty: &str, json: &str, expected: &str| {
        let column = column(ty);
        let found = match from_json(&column, json) {
            Ok(value) => self::json(&column.ty, ValueRef::from(&value)),
            Err(error) => format!("error {} {}", error.code(), error.message()),
        };
        assert_eq!(found, expected, "{ty} {json}");
    };
    check("int4", "12", "12");
    check("int4", "\"12\"", "12");
    check("int4", " null ", "null");
    check(
        "int4",
        "12.0",
        "error 22P02 invalid input syntax for type integer: \"12.0\"",
    );
    check("numeric", "12.50", "12.50");
    check("numeric", "1e2", "100");
    check(
        "numeric",
        "12345678901234567890.10",
        "12345678901234567890.10",
    );
    check("numeric", "\"NaN\"", "\"NaN\"");
    check("float8", "\"Infinity\"", "\"Infinity\"");
    check("bool", "true", "true");
    check("bool", "0", "false");
    check("text", "{\"b\": 1}", "\"{\\\"b\\\": 1}\"");
    check(
        "text",
        "\"a\\u0000\"",
        "error 22P05 unsupported Unicode escape sequence",
    );
    check(
        "jsonb",
        "{\"b\": 1, \"a\": [1.0, 2]}",
        "{\"a\":[1.0,2],\"b\":1}",
    );
    check("jsonb", "\"x\"", "\"x\"");
    check("json", " {\"b\": 1} ", "{\"b\": 1}");
    check("int4[]", "[1, null, \"3\"]", "[1,null,3]");
    check("int4[]", "\"{1,2}\"", "[1,2]");
    check("int4[]", "[[1,2],[3]]", "error 22P02 malformed JSON array");
    check("int4[]", "5", "error 22P02 expected JSON array");
    check(
        "text[]",
        "[\"a\\nb\", {\"c\":1}]",
        "[\"a\\nb\",\"{\\\"c\\\":1}\"]",
    );
    check(
        "varchar(2)[]",
        "[\"abc\"]",
        "error 22001 value too long for type character varying(2)",
    );
    check("pair", "{\"b\":\"x\",\"c\":1}", "{\"a\":null,\"b\":\"x\"}");
    check("pair[]", "[{\"a\":1}]", "[{\"a\":1,\"b\":null}]");
    check("status", "\"new\"", "\"new\"");
    check(
        "status",
        "\"bad\"",
        "error 22P02 invalid input value for enum status: \"bad\"",
    );
    check("bytea", "\"\\\\x00ff\"", "\"\\\\x00ff\"");
}

#[test]
fn depth_of_json_is_limited() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(input(&Type::Jsonb, &nested(super::json::DEPTH_MAX)).is_ok());
    let error = input(&Type::Jsonb, &nested(super::json::DEPTH_MAX + 1)).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
}

#[test]
fn digits_of_json_are_limited() {
    let numbers = |count: usize| format!("[{}]", vec!["1e1000"; count].join(","));
    assert!(input(&Type::Jsonb, &numbers(4)).is_ok());
    let error = input(&Type::Jsonb, &numbers(5)).unwrap_err();
    assert_eq!(error.code().as_str(), "54000");
}

#[test]
fn zeros_of_an_exponent_are_limited() {
    for (text, accepted) in [
        ("1e1000", true),
        ("1e1001", false),
        ("1e-1000", true),
        ("1e-1001", false),
    ] {
        let found = input(&Type::Numeric, text);
        assert_eq!(found.is_ok(), accepted, "{text}");
    }
}
