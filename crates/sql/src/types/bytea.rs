//! `bytea`: hexadecimal and escape format in, hexadecimal out.

use underpin_base::{Code, Error, Result, Value};

use super::errors::invalid_parameter;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Reads bytes: `\x` and hexadecimal digits, or text in which `\\` is a backslash and `\nnn` an octal byte.
pub(super) fn input(text: &str) -> Result<Value> {
    match text.strip_prefix("\\x") {
        Some(digits) => hexadecimal(digits),
        None => escaped(text.as_bytes())
            .map(|bytes| Value::Bytes(bytes.into()))
            .ok_or_else(|| Error::new(Code::INVALID_TEXT, "invalid input syntax for type bytea")),
    }
}

/// Reads pairs of hexadecimal digits with white space allowed between them.
pub(super) fn hexadecimal(digits: &str) -> Result<Value> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut half = None;
    for character in digits.chars() {
        if half.is_none() && matches!(character, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let Some(digit) = character.to_digit(16) else {
            return Err(invalid_parameter(format!(
                "invalid hexadecimal digit: \"{character}\""
            )));
        };
        // A hexadecimal digit fits four bits.
        let digit = digit as u8;
        half = match half {
            None => Some(digit),
            Some(high) => {
                bytes.push(high << 4 | digit);
                None
            }
        };
    }
    if half.is_some() {
        return Err(invalid_parameter(
            "invalid hexadecimal data: odd number of digits",
        ));
    }
    Ok(Value::Bytes(bytes.into()))
}

fn escaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return Some(bytes),
            [b'\\', b'\\', tail @ ..] => {
                bytes.push(b'\\');
                tail
            }
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                tail @ ..,
            ] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                tail
            }
            [b'\\', ..] => return None,
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
}

/// Appends `\x` and the bytes in hexadecimal.
pub(super) fn write(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\x");
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0'));
        }
    }
}
