//! ISO 8601 durations: `P1Y2M3DT4H5M6.7S`, `P2W`, and the alternative form `P0001-02-03T04:05:06`.

use super::input::{Fault, Sum, Unit, fraction_of_one};

/// Reads a duration, which starts with `P`.
pub(super) fn parse(text: &str) -> Result<Sum, Fault> {
    let mut rest = text.strip_prefix('P').ok_or(Fault::Format)?;
    let mut sum = Sum::default();
    let mut date = true;
    let mut any = false;
    while !rest.is_empty() {
        if date && let Some(tail) = rest.strip_prefix('T') {
            date = false;
            any = true;
            rest = tail;
            continue;
        }
        let separator = if date { '-' } else { ':' };
        let part = rest.split_once('T').map_or(rest, |(part, _)| part);
        let part = if date { part } else { rest };
        if is_alternative(part, separator) {
            alternative(&mut sum, part, separator, date)?;
            rest = rest.get(part.len()..).unwrap_or_default();
            any = true;
            continue;
        }
        let ((whole, fraction), tail) = number(rest)?;
        let mut letters = tail.chars();
        let unit = match (letters.next(), date) {
            (Some('Y'), true) => Unit::Year,
            (Some('M'), true) => Unit::Month,
            (Some('W'), true) => Unit::Week,
            (Some('D'), true) => Unit::Day,
            (Some('H'), false) => Unit::Hour,
            (Some('M'), false) => Unit::Minute,
            (Some('S'), false) => Unit::Second,
            _ => return Err(Fault::Format),
        };
        sum.add(unit, whole, fraction)?;
        any = true;
        rest = letters.as_str();
    }
    if any { Ok(sum) } else { Err(Fault::Format) }
}

/// Tells whether `part` has numbers with separators between them instead of units.
fn is_alternative(part: &str, separator: char) -> bool {
    let body = part.strip_prefix('-').unwrap_or(part);
    body.contains(separator)
        && body
            .chars()
            .all(|it| it.is_ascii_digit() || it == separator || it == '.')
}

fn alternative(sum: &mut Sum, part: &str, separator: char, date: bool) -> Result<(), Fault> {
    let units = if date {
        [Unit::Year, Unit::Month, Unit::Day]
    } else {
        [Unit::Hour, Unit::Minute, Unit::Second]
    };
    if part.split(separator).count() > units.len() {
        return Err(Fault::Format);
    }
    for (piece, unit) in part.split(separator).zip(units) {
        let ((whole, fraction), tail) = number(piece)?;
        if !tail.is_empty() {
            return Err(Fault::Format);
        }
        sum.add(unit, whole, fraction)?;
    }
    Ok(())
}

/// Reads a signed number with an optional fraction; returns it in parts, and what follows.
fn number(text: &str) -> Result<((i64, f64), &str), Fault> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|it: char| !it.is_ascii_digit() && it != '.')
        .unwrap_or(unsigned.len());
    let (digits, tail) = unsigned.split_at(end);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if digits.len() < 1 + usize::from(digits.contains('.')) {
        return Err(Fault::Format);
    }
    let whole: i64 = match whole {
        "" => 0,
        _ => whole.parse().map_err(|_| Fault::Overflow)?,
    };
    let fraction = fraction_of_one(fraction)?;
    Ok(if negative {
        ((-whole, -fraction), tail)
    } else {
        ((whole, fraction), tail)
    })
}
