//! `uuid`: every form that PostgreSQL reads, 36 lower-case characters out.

use underpin_base::{Result, Value};

use super::errors::invalid;

/// Reads a uuid: 32 hexadecimal digits, with an optional hyphen after each group of four, in optional braces.
pub(super) fn input(text: &str) -> Result<Value> {
    parse(text.as_bytes())
        .map(Value::text)
        .ok_or_else(|| invalid("uuid", text))
}

fn parse(text: &[u8]) -> Option<String> {
    let inner = match text.first() {
        Some(b'{') => text.strip_prefix(b"{")?.strip_suffix(b"}")?,
        _ => text,
    };
    let mut bytes = inner.iter().copied().peekable();
    let mut out = String::with_capacity(36);
    for index in 0..32 {
        let digit = bytes.next()?;
        if !digit.is_ascii_hexdigit() {
            return None;
        }
        if matches!(index, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(char::from(digit.to_ascii_lowercase()));
        if index % 4 == 3 && index < 31 && bytes.peek() == Some(&b'-') {
            bytes.next();
        }
    }
    bytes.next().is_none().then_some(out)
}
