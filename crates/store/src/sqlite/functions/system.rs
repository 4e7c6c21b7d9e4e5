//! What asks about types or settings, and the functions that print values of any type.

use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::{self, Type};

use super::arguments::Arguments;
use super::limits::check_length;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_num_nulls", |a| Ok(count(a, true))),
    ("pg_num_nonnulls", |a| Ok(count(a, false))),
    ("pg_typeof", |a| {
        let types = a.types()?;
        Ok(types
            .first()
            .map_or(Value::Null, |ty| Value::text(ty.to_string())))
    }),
    // Nothing of ours depends on settings; that one was given is all that scripts ask for.
    ("pg_set_config", |a| Ok(a.get(1).to_value())),
    ("pg_version", |_| {
        Ok(Value::text(concat!(
            "PostgreSQL 15 (Underpin ",
            env!("CARGO_PKG_VERSION"),
            ")"
        )))
    }),
    ("pg_concat", concat),
    ("pg_concat_ws", concat_separated),
    ("pg_format", format),
    ("pg_format_plain", format),
    ("pg_quote_ident", |a| {
        Ok(Value::text(quote_identifier(a.text(0)?)))
    }),
    ("pg_quote_literal", |a| {
        Ok(Value::text(quote_literal(a.text(0)?)))
    }),
    ("pg_quote_nullable", |a| {
        Ok(Value::text(
            a.optional_text(0)?
                .map_or_else(|| "NULL".to_owned(), quote_literal),
        ))
    }),
    ("pg_timeofday", |_| {
        let now = types::datetime::now();
        let mut text = String::new();
        types::output(&Type::TimestampTz, ValueRef::Int(now), &mut text);
        Ok(Value::text(text))
    }),
];

fn count(arguments: &Arguments<'_>, null: bool) -> Value {
    let counted = arguments
        .values()
        .filter(|value| (*value == ValueRef::Null) == null);
    Value::Int(i64::try_from(counted.count()).unwrap_or(i64::MAX))
}

/// Returns value `index` as its type prints it.
fn printed(arguments: &Arguments<'_>, types: &[Type], index: usize) -> String {
    let ty = types.get(index).unwrap_or(&Type::Text);
    let mut text = String::new();
    // A boolean is printed as a letter by output, and so by these functions.
    types::output(ty, arguments.get(index), &mut text);
    text
}

fn concat(arguments: &Arguments<'_>) -> Result<Value> {
    let types = arguments.types()?;
    let mut text = String::new();
    for index in 0..arguments.len() {
        text.push_str(&printed(arguments, &types, index));
        check_length(text.len())?;
    }
    Ok(Value::text(text))
}

fn concat_separated(arguments: &Arguments<'_>) -> Result<Value> {
    let types = arguments.types()?;
    let Some(separator) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    let mut text = String::new();
    let mut first = true;
    for index in 1..arguments.len() {
        if arguments.get(index) == ValueRef::Null {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push_str(separator);
        }
        text.push_str(&printed(arguments, &types, index));
        check_length(text.len())?;
    }
    Ok(Value::text(text))
}

fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        return format!("E'{}'", quoted.replace('\\', "\\\\"));
    }
    format!("'{quoted}'")
}

/// Quotes a name when it is not plain lower case. Reserved words are quoted as well; the list is that of words which schemas use as names.
fn quote_identifier(name: &str) -> String {
    const RESERVED: &[&str] = &[
        "all",
        "and",
        "any",
        "array",
        "as",
        "asc",
        "between",
        "both",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "default",
        "desc",
        "distinct",
        "do",
        "else",
        "end",
        "except",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "grant",
        "group",
        "having",
        "in",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "not",
        "null",
        "offset",
        "on",
        "only",
        "or",
        "order",
        "primary",
        "references",
        "right",
        "select",
        "some",
        "table",
        "then",
        "to",
        "true",
        "union",
        "unique",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ];
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let plain = starts
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !RESERVED.contains(&name);
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

fn format_error(message: impl Into<String>) -> Error {
    Error::new(Code::INVALID_PARAMETER, message)
}

/// `format(text, …)`: `%s`, `%I`, `%L`, `%%`, with `n$`, `-` and a width.
fn format(arguments: &Arguments<'_>) -> Result<Value> {
    let Some(template) = arguments.optional_text(0)? else {
        return Ok(Value::Null);
    };
    // Without further arguments the function has no types.
    let types = if arguments.len() > 1 {
        arguments.types()?.to_vec()
    } else {
        Vec::new()
    };
    let mut text = String::new();
    let mut next = 1;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            text.push('%');
            rest = after;
            continue;
        }
        let (specifier, after) = read_specifier(after)?;
        rest = after;
        let index = match specifier.position {
            Some(position) => position,
            None => next,
        };
        next = index + 1;
        if index >= arguments.len() {
            return Err(format_error("too few arguments for format()"));
        }
        let null = arguments.get(index) == ValueRef::Null;
        let value = printed(arguments, &types, index);
        let value = match specifier.kind {
            's' => value,
            'I' if null => {
                return Err(Error::new(
                    Code::new("22004"),
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            'I' => quote_identifier(&value),
            _ if null => "NULL".to_owned(),
            _ => quote_literal(&value),
        };
        let missing = specifier.width.saturating_sub(value.chars().count());
        check_length(text.len() + value.len() + missing)?;
        let padding = " ".repeat(missing);
        text.push_str(&if specifier.left {
            value + &padding
        } else {
            padding + &value
        });
    }
    text.push_str(rest);
    Ok(Value::text(text))
}

/// What stands between `%` and its letter, and the letter.
struct Specifier {
    position: Option<usize>,
    left: bool,
    width: usize,
    kind: char,
}

/// Reads digits, if there are some.
fn read_number(text: &str) -> Result<(Option<usize>, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let number = digits
        .parse::<i32>()
        .ok()
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| format_error("number is out of range"))?;
    Ok((Some(number), rest))
}

fn read_specifier(text: &str) -> Result<(Specifier, &str)> {
    let (number, mut rest) = read_number(text)?;
    let mut position = None;
    let mut width = number;
    if let (Some(_), Some(after)) = (number, rest.strip_prefix('$')) {
        position = number;
        width = None;
        rest = after;
    }
    if position == Some(0) {
        return Err(format_error(
            "format specifies argument 0, but arguments are numbered from 1",
        ));
    }
    let mut left = false;
    while let Some(after) = rest.strip_prefix('-') {
        left = true;
        rest = after;
    }
    if width.is_none() {
        (width, rest) = read_number(rest)?;
    }
    let mut characters = rest.chars();
    match characters.next() {
        Some(kind @ ('s' | 'I' | 'L')) => Ok((
            Specifier {
                position,
                left,
                width: width.unwrap_or(0),
                kind,
            },
            characters.as_str(),
        )),
        Some(other) => Err(format_error(format!(
            "unrecognized format() type specifier \"{other}\""
        ))
        .hint("For a single \"%\" use \"%%\".")),
        None => Err(format_error("unterminated format() type specifier")
            .hint("For a single \"%\" use \"%%\".")),
    }
}
