//! Character strings: `text`, `varchar(n)`, `char(n)`, `name`; and the functions on them.

mod function;
mod keyword;
mod like;
mod prefix;
mod quote;

#[cfg(test)]
mod tests;

pub use function::{initcap, lpad, rpad, split_part, translate};
pub use like::{ilike, like, similar_to_regex, with_escape};
pub use prefix::after_prefix;
pub use quote::{format, quote_ident, quote_literal};

use underpin_base::{Code, Error, Result, Value};

use super::Type;

/// Most bytes of a `name`.
const NAME_BYTES_MAX: usize = 63;

/// Reads a text of type `ty`.
pub(super) fn input(ty: &Type, text: &str) -> Result<Value> {
    if text.contains('\0') {
        return Err(Error::new(
            Code::new("22021"),
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        ));
    }
    Ok(Value::text(match ty {
        Type::Name => truncate_name(text),
        _ => text,
    }))
}

/// Returns `text` cut to what a `name` holds, at a character's boundary.
pub fn truncate_name(text: &str) -> &str {
    let end = text.floor_char_boundary(NAME_BYTES_MAX);
    text.get(..end).unwrap_or(text)
}

/// Applies the length of `varchar(n)` or `char(n)`: an assignment cuts only spaces, a cast cuts anything.
///
/// # Errors
/// `22001` when an assignment would cut more than spaces.
pub(super) fn fit(ty: &Type, length: u32, text: &str, explicit: bool) -> Result<Value> {
    let length = length as usize;
    let fitted = match text.char_indices().nth(length) {
        None => text,
        Some((end, _)) => {
            let (kept, cut) = text.split_at(end);
            if !explicit && cut.bytes().any(|byte| byte != b' ') {
                return Err(Error::new(
                    Code::STRING_TOO_LONG,
                    format!("value too long for type {ty}({length})"),
                ));
            }
            kept
        }
    };
    if *ty != Type::Bpchar {
        return Ok(Value::text(fitted));
    }
    let missing = length.saturating_sub(fitted.chars().count());
    let mut padded = String::with_capacity(fitted.len() + missing);
    padded.push_str(fitted);
    padded.extend(std::iter::repeat_n(' ', missing));
    Ok(Value::text(padded))
}
