//! Character strings. Positions and lengths count characters, as PostgreSQL's do.

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::text;

use super::arguments::Arguments;
use super::limits::check_length;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_ascii", |arguments| {
        let first = arguments.text(0)?.chars().next();
        Ok(Value::Int(
            first.map_or(0, |character| i64::from(u32::from(character))),
        ))
    }),
    ("pg_bit_length", |arguments| {
        Ok(Value::Int(length(arguments.text(0)?.len()) * 8))
    }),
    ("pg_chr", chr),
    ("pg_initcap", |arguments| {
        Ok(Value::text(text::initcap(arguments.text(0)?)))
    }),
    ("pg_left", left),
    ("pg_lower", |arguments| {
        let lower = |character: char| only(character, character.to_lowercase());
        Ok(mapped(arguments.text(0)?, lower))
    }),
    ("pg_lpad", |arguments| {
        text::lpad(arguments.text(0)?, arguments.int(1)?, arguments.text(2)?).map(Value::text)
    }),
    ("pg_lpad_spaces", |arguments| {
        text::lpad(arguments.text(0)?, arguments.int(1)?, " ").map(Value::text)
    }),
    ("pg_overlay", |arguments| {
        let count = arguments.text(1)?.chars().count();
        overlay(arguments, length(count))
    }),
    ("pg_overlay_length", |arguments| {
        overlay(arguments, arguments.int(3)?)
    }),
    ("pg_repeat", repeat),
    ("pg_reverse", |arguments| {
        Ok(Value::text(
            arguments.text(0)?.chars().rev().collect::<String>(),
        ))
    }),
    ("pg_right", right),
    ("pg_rpad", |arguments| {
        text::rpad(arguments.text(0)?, arguments.int(1)?, arguments.text(2)?).map(Value::text)
    }),
    ("pg_rpad_spaces", |arguments| {
        text::rpad(arguments.text(0)?, arguments.int(1)?, " ").map(Value::text)
    }),
    ("pg_split_part", |arguments| {
        text::split_part(arguments.text(0)?, arguments.text(1)?, arguments.int(2)?).map(Value::text)
    }),
    ("pg_quote_ident", |arguments| {
        Ok(Value::text(text::quote_ident(arguments.text(0)?)))
    }),
    ("pg_quote_literal", |arguments| {
        Ok(Value::text(text::quote_literal(arguments.text(0)?)))
    }),
    ("pg_quote_nullable", |arguments| {
        let quoted = arguments.optional_text(0)?.map(text::quote_literal);
        Ok(Value::text(quoted.unwrap_or_else(|| "NULL".to_owned())))
    }),
    ("pg_starts_with", |arguments| {
        Ok(Value::bool(
            arguments.text(0)?.starts_with(arguments.text(1)?),
        ))
    }),
    ("pg_substr", |arguments| substring(arguments, true)),
    ("pg_substr_from", |arguments| substring(arguments, false)),
    ("pg_substring", |arguments| substring(arguments, true)),
    ("pg_substring_from", |arguments| substring(arguments, false)),
    ("pg_to_hex_int4", |arguments| {
        // A negative number shows its 32 bits.
        let bits = arguments.int(0)? & 0xFFFF_FFFF;
        Ok(Value::text(format!("{bits:x}")))
    }),
    ("pg_to_hex_int8", |arguments| {
        Ok(Value::text(format!("{:x}", arguments.int(0)?)))
    }),
    ("pg_translate", |arguments| {
        let (from, to) = (arguments.text(1)?, arguments.text(2)?);
        Ok(Value::text(text::translate(arguments.text(0)?, from, to)))
    }),
    ("pg_upper", |arguments| {
        let upper = |character: char| only(character, character.to_uppercase());
        Ok(mapped(arguments.text(0)?, upper))
    }),
];

/// Returns what `mapped` holds when it is one character, as the C library maps characters one to one.
fn only(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn mapped(text: &str, map: impl Fn(char) -> char) -> Value {
    Value::text(text.chars().map(map).collect::<String>())
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns the byte at which character `index` starts; the end when there are fewer.
fn offset(text: &str, index: i64) -> usize {
    match usize::try_from(index) {
        Ok(index) => text
            .char_indices()
            .nth(index)
            .map_or(text.len(), |(offset, _)| offset),
        Err(_) => 0,
    }
}

/// Returns the characters from `from` on and before `to`, both counted from 0 and cut to the text.
fn slice(text: &str, from: i64, to: i64) -> &str {
    if to <= from {
        return "";
    }
    text.get(offset(text, from)..offset(text, to))
        .unwrap_or_default()
}

fn chr(arguments: &Arguments<'_>) -> Result<Value> {
    let code = arguments.int(0)?;
    if code == 0 {
        return Err(Error::new(
            Code::new("54000"),
            "null character not permitted",
        ));
    }
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .map(|character| Value::text(character.to_string()))
        .ok_or_else(|| {
            Error::new(
                Code::new("54000"),
                format!("requested character too large for encoding: {code}"),
            )
        })
}

fn left(arguments: &Arguments<'_>) -> Result<Value> {
    let (text, count) = (arguments.text(0)?, arguments.int(1)?);
    let to = if count < 0 {
        length(text.chars().count()) + count
    } else {
        count
    };
    Ok(Value::text(slice(text, 0, to)))
}

fn right(arguments: &Arguments<'_>) -> Result<Value> {
    let (text, count) = (arguments.text(0)?, arguments.int(1)?);
    let characters = length(text.chars().count());
    let from = if count < 0 {
        -count
    } else {
        (characters - count).max(0)
    };
    Ok(Value::text(slice(text, from, characters)))
}

fn repeat(arguments: &Arguments<'_>) -> Result<Value> {
    let text = arguments.text(0)?;
    let count = usize::try_from(arguments.int(1)?).unwrap_or(0);
    check_length(text.len().saturating_mul(count))?;
    Ok(Value::text(text.repeat(count)))
}

/// `substring(text from start for count)`: the range may begin before the text.
fn substring(arguments: &Arguments<'_>, has_count: bool) -> Result<Value> {
    let (text, start) = (arguments.text(0)?, arguments.int(1)?);
    let from = start - 1;
    if !has_count {
        return Ok(Value::text(slice(text, from.max(0), i64::MAX)));
    }
    let count = arguments.int(2)?;
    if count < 0 {
        return Err(Error::new(
            Code::new("22011"),
            "negative substring length not allowed",
        ));
    }
    Ok(Value::text(slice(text, from.max(0), from + count)))
}

fn overlay(arguments: &Arguments<'_>, count: i64) -> Result<Value> {
    let (text, replacement) = (arguments.text(0)?, arguments.text(1)?);
    let from = arguments.int(2)? - 1;
    if from < 0 {
        return Err(Error::new(
            Code::new("22011"),
            "negative substring length not allowed",
        ));
    }
    let before = slice(text, 0, from);
    let after = slice(text, from.saturating_add(count).max(0), i64::MAX);
    check_length(before.len() + replacement.len() + after.len())?;
    Ok(Value::text(format!("{before}{replacement}{after}")))
}
