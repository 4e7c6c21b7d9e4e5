//! `real` and `double precision`: the shortest text that reads back as the same number.
//!
//! NaN and the infinities are kept as PostgreSQL's text, since SQLite has no such numbers.

use std::io::Write as _;

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::Type;
use super::errors::{invalid, trim};

/// Reads a number of type `ty`, `real` or `double precision`.
pub(super) fn input(ty: &Type, text: &str) -> Result<Value> {
    let single = *ty == Type::Float4;
    let name = if single { "real" } else { "double precision" };
    let word = trim(text);
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !digits.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return special(word).ok_or_else(|| invalid(name, text));
    }
    let parsed = if single {
        word.parse::<f32>().map(f64::from)
    } else {
        word.parse::<f64>()
    };
    let number = parsed.map_err(|_| invalid(name, text))?;
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    let vanished = number == 0.0 && mantissa.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if number.is_infinite() || vanished {
        return Err(Error::new(
            Code::NUMERIC_OUT_OF_RANGE,
            format!("\"{word}\" is out of range for type {name}"),
        ));
    }
    Ok(Value::Float(number))
}

fn special(word: &str) -> Option<Value> {
    let (negative, name) = match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    if name.eq_ignore_ascii_case("nan") {
        Some(Value::text("NaN"))
    } else if name.eq_ignore_ascii_case("inf") || name.eq_ignore_ascii_case("infinity") {
        Some(Value::text(if negative { "-Infinity" } else { "Infinity" }))
    } else {
        None
    }
}

/// Returns the canonical value of `number`.
pub fn to_value(number: f64) -> Value {
    if number.is_nan() {
        Value::text("NaN")
    } else if number.is_infinite() {
        Value::text(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else {
        Value::Float(number)
    }
}

/// Returns the number of a canonical value of a floating-point type, or nothing for null.
pub fn from_value(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Float(number) => Some(number),
        ValueRef::Int(number) => Some(number as f64),
        ValueRef::Text("NaN") => Some(f64::NAN),
        ValueRef::Text("Infinity") => Some(f64::INFINITY),
        ValueRef::Text("-Infinity") => Some(f64::NEG_INFINITY),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Bytes(_) => None,
    }
}

/// Appends a finite number of type `ty` as PostgreSQL prints it.
pub(super) fn write(ty: &Type, number: f64, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 40];
    let mut rest = buffer.as_mut_slice();
    let single = *ty == Type::Float4;
    let written = if single {
        write!(rest, "{:e}", number as f32)
    } else {
        write!(rest, "{number:e}")
    };
    let unused = rest.len();
    let text = buffer.get(..buffer.len() - unused).unwrap_or_default();
    // The longest is 24 characters, so the buffer cannot be too short.
    if written.is_ok() {
        lay_out(text, if single { 6 } else { 15 }, out);
    }
}

/// Writes `-d.ddde-n` as C's `%g` would: plainly when the exponent is at least -4 and less than `plain_max`.
fn lay_out(scientific: &[u8], plain_max: i32, out: &mut Vec<u8>) {
    let at = scientific
        .iter()
        .position(|byte| *byte == b'e')
        .unwrap_or(0);
    let (mantissa, exponent) = scientific.split_at(at);
    let exponent: i32 = std::str::from_utf8(exponent.get(1..).unwrap_or_default())
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mantissa = match mantissa.split_first() {
        Some((b'-', rest)) => {
            out.push(b'-');
            rest
        }
        _ => mantissa,
    };
    if !(-4..plain_max).contains(&exponent) {
        out.extend_from_slice(mantissa);
        out.push(b'e');
        out.push(if exponent < 0 { b'-' } else { b'+' });
        if exponent.abs() < 10 {
            out.push(b'0');
        }
        super::integer::write(i64::from(exponent.abs()), out);
        return;
    }
    let digits = mantissa.iter().copied().filter(|byte| *byte != b'.');
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
        out.extend(digits);
        return;
    }
    let whole = exponent as usize + 1;
    let mut count = 0;
    for digit in digits {
        if count == whole {
            out.push(b'.');
        }
        out.push(digit);
        count += 1;
    }
    out.extend(std::iter::repeat_n(b'0', whole.saturating_sub(count)));
}
