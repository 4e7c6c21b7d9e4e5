//! Input and output of every type, against what PostgreSQL 15 answered.
//!
//! Each line of `expected/input.txt` has a type, a text, and either `ok`, the printed value and its JSON (left out where PostgreSQL
//! writes white space), or `error`, the code, the message and the details. `\n`, `\t`, `\\` and `\1` are escapes.

use std::sync::Arc;

use proptest::prelude::*;
use underpin_base::{Details, QualifiedName, ValueRef};

use super::{ColumnType, CompositeType, EnumType, Modifier, Type};
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
