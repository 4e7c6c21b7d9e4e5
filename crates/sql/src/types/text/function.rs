//! Functions on text whose rules SQLite does not have: counting in characters, PostgreSQL's errors.

use underpin_base::Result;

use crate::types::errors::invalid_parameter;

/// Most characters that a function may make of a short text.
const LENGTH_MAX: usize = 1 << 24;

/// Returns `initcap(text)`: the first letter of each word upper, the others lower case.
pub fn initcap(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for character in text.chars() {
        if in_word {
            out.extend(character.to_lowercase());
        } else {
            out.extend(character.to_uppercase());
        }
        in_word = character.is_alphanumeric();
    }
    out
}

/// Returns `split_part(text, delimiter, n)`: the n-th part, from the end when negative.
///
/// # Errors
/// `22023` when `n` is zero.
pub fn split_part<'a>(text: &'a str, delimiter: &str, n: i64) -> Result<&'a str> {
    if n == 0 {
        return Err(invalid_parameter("field position must not be zero"));
    }
    let place = usize::try_from(n.unsigned_abs() - 1).unwrap_or(usize::MAX);
    if delimiter.is_empty() {
        return Ok(if place == 0 { text } else { "" });
    }
    let part = if n > 0 {
        text.split(delimiter).nth(place)
    } else {
        let count = text.split(delimiter).count();
        count
            .checked_sub(place + 1)
            .and_then(|place| text.split(delimiter).nth(place))
    };
    Ok(part.unwrap_or_default())
}

/// Returns the padding and the text of at most `length` characters.
fn padded(text: &str, length: i64, fill: &str) -> Result<(String, String)> {
    let length = usize::try_from(length).unwrap_or(0);
    if length > LENGTH_MAX {
        return Err(underpin_base::Error::new(
            underpin_base::Code::new("54000"),
            "requested length too large",
        ));
    }
    let kept: String = text.chars().take(length).collect();
    let missing = length - kept.chars().count();
    let padding = if fill.is_empty() {
        String::new()
    } else {
        fill.chars().cycle().take(missing).collect()
    };
    Ok((padding, kept))
}

/// Returns `lpad(text, length, fill)`.
///
/// # Errors
/// `54000` when the result would be too long.
pub fn lpad(text: &str, length: i64, fill: &str) -> Result<String> {
    let (padding, kept) = padded(text, length, fill)?;
    Ok(padding + &kept)
}

/// Returns `rpad(text, length, fill)`.
///
/// # Errors
/// `54000` when the result would be too long.
pub fn rpad(text: &str, length: i64, fill: &str) -> Result<String> {
    let (padding, kept) = padded(text, length, fill)?;
    Ok(kept + &padding)
}

/// Returns `translate(text, from, to)`: each character of `from` becomes the one at its place in `to`, or nothing.
pub fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(
            |character| match from.chars().position(|it| it == character) {
                None => Some(character),
                Some(place) => to.get(place).copied(),
            },
        )
        .collect()
}
