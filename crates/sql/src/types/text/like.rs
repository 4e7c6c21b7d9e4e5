//! `like`, `ilike` and `similar to`.

use underpin_base::{Code, Error, Result};

/// Tells whether `text like pattern`: `%` is any characters, `_` one, and a backslash takes the next as it is.
///
/// # Errors
/// `22025` when the pattern ends with a backslash that is looked at.
pub fn like(text: &str, pattern: &str) -> Result<bool> {
    let (mut text_at, mut pattern_at) = (0, 0);
    // Where to go on when the rest does not match: behind the last `%`, one more character taken by it.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let text_rest = text.get(text_at..).unwrap_or_default();
        let pattern_rest = pattern.get(pattern_at..).unwrap_or_default();
        let mut wanted = pattern_rest.chars();
        let matched = match wanted.next() {
            None if text_rest.is_empty() => return Ok(true),
            None => None,
            Some('%') => {
                pattern_at += 1;
                retry = Some((text_at, pattern_at));
                continue;
            }
            Some('_') => text_rest.chars().next().map(|it| (it.len_utf8(), 1)),
            Some('\\') if text_rest.is_empty() => None,
            Some('\\') => {
                let Some(escaped) = wanted.next() else {
                    return Err(Error::new(
                        Code::new("22025"),
                        "LIKE pattern must not end with escape character",
                    ));
                };
                let length = escaped.len_utf8();
                text_rest
                    .starts_with(escaped)
                    .then_some((length, length + 1))
            }
            Some(plain) => {
                let length = plain.len_utf8();
                text_rest.starts_with(plain).then_some((length, length))
            }
        };
        if let Some((text_step, pattern_step)) = matched {
            text_at += text_step;
            pattern_at += pattern_step;
            continue;
        }
        let Some((from, behind)) = retry else {
            return Ok(false);
        };
        let Some(skipped) = text.get(from..).and_then(|rest| rest.chars().next()) else {
            return Ok(false);
        };
        text_at = from + skipped.len_utf8();
        pattern_at = behind;
        retry = Some((text_at, behind));
    }
}

/// Tells whether `text ilike pattern`: [`like`] in lower case.
///
/// # Errors
/// See [`like`].
pub fn ilike(text: &str, pattern: &str) -> Result<bool> {
    like(&text.to_lowercase(), &pattern.to_lowercase())
}

/// Returns `pattern like … escape escape` as a pattern whose escape is the backslash.
///
/// # Errors
/// `22025` when the escape is more than one character.
pub fn with_escape(pattern: &str, escape: &str) -> Result<String> {
    let escape = escape_character(escape)?;
    if escape == Some('\\') {
        return Ok(pattern.to_owned());
    }
    let mut out = String::with_capacity(pattern.len() + 4);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            out.push('\\');
            out.extend(characters.next());
        } else if character == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(character);
        }
    }
    Ok(out)
}

fn escape_character(escape: &str) -> Result<Option<char>> {
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (first, None) => Ok(first),
        _ => Err(Error::new(Code::new("22025"), "invalid escape string")
            .hint("Escape string must be empty or one character.")),
    }
}

/// Returns the regular expression, anchored at both ends, of a `similar to` pattern; the default escape is the backslash.
///
/// Two quotes behind an escape enclose the part that `substring` returns, which becomes the group of the expression.
///
/// # Errors
/// `22025` when the escape is more than one character, `2200C` for a third quote behind an escape.
pub fn similar_to_regex(pattern: &str, escape: Option<&str>) -> Result<String> {
    let escape = escape_character(escape.unwrap_or("\\"))?;
    let mut out = String::from("^(?:");
    let mut characters = pattern.chars();
    let mut in_brackets = false;
    let mut quotes = 0;
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            match characters.next() {
                Some('"') if !in_brackets => {
                    quotes += 1;
                    // The text before is the shortest that lets the rest match.
                    out.push_str(match quotes {
                        1 => "){1,1}?(",
                        2 => "){1,1}(?:",
                        _ => return Err(too_many_quotes()),
                    });
                }
                Some(escaped) => out.extend(['\\', escaped]),
                None => {}
            }
            continue;
        }
        match character {
            _ if in_brackets => {
                if character == '\\' {
                    out.push('\\');
                }
                out.push(character);
                in_brackets = character != ']';
            }
            '[' => {
                in_brackets = true;
                out.push('[');
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '\\' | '.' | '^' | '$' => out.extend(['\\', character]),
            other => out.push(other),
        }
    }
    out.push_str(")$");
    Ok(out)
}

fn too_many_quotes() -> Error {
    Error::new(
        Code::new("2200C"),
        "SQL regular expression may not contain more than two escape-double-quote separators",
    )
}
