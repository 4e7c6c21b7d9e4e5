//! Reading ranges as PostgreSQL does (`range_in`).

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::{Bound, Range, RangeType};
use crate::types::errors::is_space;
use crate::types::io;

/// The bounds as they were written, with their brackets; nothing for `empty`.
type Parsed = Option<((Option<String>, bool), (Option<String>, bool))>;

/// Reads a range of type `range`.
pub(in crate::types) fn input(range: RangeType, text: &str) -> Result<Value> {
    let parsed = parse(text).map_err(|details| {
        Error::new(
            Code::INVALID_TEXT,
            format!("malformed range literal: \"{text}\""),
        )
        .details(details)
    })?;
    let Some(((lower, lower_inclusive), (upper, upper_inclusive))) = parsed else {
        return Ok(Value::text(Range::Empty.to_string()));
    };
    let subtype = range.subtype();
    let value = |text: Option<String>| text.map(|text| io::input(&subtype, &text)).transpose();
    let (lower, upper) = (value(lower)?, value(upper)?);
    let range = range.between(
        Bound {
            value: lower.as_ref().map(ValueRef::from),
            inclusive: lower_inclusive,
        },
        Bound {
            value: upper.as_ref().map(ValueRef::from),
            inclusive: upper_inclusive,
        },
    )?;
    Ok(Value::text(range.to_string()))
}

/// Takes a literal apart; the error is PostgreSQL's detail.
fn parse(text: &str) -> Result<Parsed, &'static str> {
    let rest = text.trim_start_matches(is_space);
    if let Some((word, rest)) = rest.split_at_checked("empty".len())
        && word.eq_ignore_ascii_case("empty")
    {
        return match rest.trim_start_matches(is_space) {
            "" => Ok(None),
            _ => Err("Junk after \"empty\" key word."),
        };
    }
    let lower_inclusive = rest.starts_with('[');
    let rest = rest
        .strip_prefix(['[', '('])
        .ok_or("Missing left parenthesis or bracket.")?;
    let (lower, rest) = bound(rest)?;
    let rest = rest
        .strip_prefix(',')
        .ok_or("Missing comma after lower bound.")?;
    let (upper, rest) = bound(rest)?;
    let upper_inclusive = rest.starts_with(']');
    let rest = rest.strip_prefix([']', ')']).ok_or("Too many commas.")?;
    if !rest.trim_start_matches(is_space).is_empty() {
        return Err("Junk after right parenthesis or bracket.");
    }
    Ok(Some(((lower, lower_inclusive), (upper, upper_inclusive))))
}

/// Reads a bound up to what ends it: quotes and backslashes shield characters, nothing at all is infinite.
fn bound(text: &str) -> Result<(Option<String>, &str), &'static str> {
    if text.starts_with([',', ')', ']']) {
        return Ok((None, text));
    }
    let mut value = String::new();
    let mut quoted = false;
    let mut rest = text.chars();
    loop {
        let at = rest.as_str();
        match rest.next().ok_or("Unexpected end of input.")? {
            ',' | ')' | ']' if !quoted => return Ok((Some(value), at)),
            '\\' => value.push(rest.next().ok_or("Unexpected end of input.")?),
            '"' if quoted && rest.as_str().starts_with('"') => {
                rest.next();
                value.push('"');
            }
            '"' => quoted = !quoted,
            other => value.push(other),
        }
    }
}
