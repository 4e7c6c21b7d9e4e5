//! `like`, `ilike` and `similar to`.

use underpin_base::{Code, Error, Result, Value};

use super::arguments::Arguments;
use super::pattern;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_like", |arguments| {
        like(arguments.text(0)?, arguments.text(1)?).map(Value::bool)
    }),
    ("pg_ilike", |arguments| {
        let (text, pattern) = (arguments.text(0)?, arguments.text(1)?);
        like(&text.to_lowercase(), &pattern.to_lowercase()).map(Value::bool)
    }),
    ("pg_similar", similar),
];

/// Tells whether `text` is like `pattern`: `%` is any characters, `_` any one, `\` takes the next as it is.
///
/// When a match fails, only the last `%` is tried further on: whatever an earlier one could reach, the last can reach as well. So the time is at most
/// the product of both lengths.
pub(super) fn like(text: &str, pattern: &str) -> Result<bool> {
    let (mut text_rest, mut pattern_rest) = (text, pattern);
    // Where to go on after the last `%`: the pattern behind it, and the text that was not yet given to it.
    let mut retry: Option<(&str, &str)> = None;
    loop {
        let mut pattern_characters = pattern_rest.chars();
        let wanted = pattern_characters.next();
        if wanted == Some('%') {
            pattern_rest = pattern_characters.as_str();
            retry = Some((pattern_rest, text_rest));
            continue;
        }
        let mut text_characters = text_rest.chars();
        let found = text_characters.next();
        let matched = match (wanted, found) {
            (None, None) => return Ok(true),
            (None, Some(_)) => false,
            (Some('\\'), _) => {
                let Some(escaped) = pattern_characters.next() else {
                    return Err(Error::new(
                        Code::new("22025"),
                        "LIKE pattern must not end with escape character",
                    ));
                };
                found == Some(escaped)
            }
            (Some('_'), Some(_)) => true,
            (Some(wanted), found) => found == Some(wanted),
        };
        if matched {
            text_rest = text_characters.as_str();
            pattern_rest = pattern_characters.as_str();
            continue;
        }
        let Some((after, from)) = retry else {
            return Ok(false);
        };
        let mut skipped = from.chars();
        if skipped.next().is_none() {
            return Ok(false);
        }
        text_rest = skipped.as_str();
        pattern_rest = after;
        retry = Some((after, text_rest));
    }
}

fn similar(arguments: &Arguments<'_>) -> Result<Value> {
    let pattern = similar_to_regex(arguments.text(1)?);
    let found = pattern::with_regex(&pattern, "", |regex| Ok(regex.is_match(arguments.text(0)?)))?;
    Ok(Value::bool(found))
}

/// Returns the regular expression that means what `pattern` of `similar to` means.
fn similar_to_regex(pattern: &str) -> String {
    let mut regex = String::from("^(?:");
    let mut characters = pattern.chars();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                if let Some(next) = characters.next() {
                    regex.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
                }
            }
            ']' => {
                in_class = false;
                regex.push(']');
            }
            '[' => {
                in_class = true;
                regex.push('[');
            }
            other if in_class => regex.push(other),
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '.' | '^' | '$' => {
                regex.push('\\');
                regex.push(character);
            }
            other => regex.push(other),
        }
    }
    regex.push_str(")$");
    regex
}
