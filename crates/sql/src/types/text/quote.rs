//! `quote_ident`, `quote_literal` and `format`.

use underpin_base::{Code, Error, Result};

use super::keyword::KEYWORDS;
use crate::types::errors::invalid_parameter;

/// Widest field of `format`.
const WIDTH_MAX: usize = 1 << 20;

/// Returns an identifier, in quotes where SQL needs them.
pub fn quote_ident(name: &str) -> String {
    let first = name.starts_with(|it: char| it.is_ascii_lowercase() || it == '_');
    let safe = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    if first && name.bytes().all(safe) && KEYWORDS.binary_search(&name).is_err() {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a text as an SQL literal.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// A specifier of `format` behind its percent sign: `[position$][-][width]type`.
struct Specifier {
    position: Option<usize>,
    left: bool,
    width: Width,
    kind: char,
}

enum Width {
    None,
    Is(usize),
    /// From an argument: the next, or the one at a place.
    Argument(Option<usize>),
}

/// Returns `format(template, arguments…)`; nothing stands for null.
///
/// # Errors
/// `22023` when the template is wrong or there are too few arguments, `22004` for a null identifier.
pub fn format(template: &str, arguments: &[Option<&str>]) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    let mut next = 0;
    while let Some((plain, tail)) = rest.split_once('%') {
        out.push_str(plain);
        if let Some(tail) = tail.strip_prefix('%') {
            out.push('%');
            rest = tail;
            continue;
        }
        let (specifier, tail) = specifier(tail)?;
        rest = tail;
        let mut left = specifier.left;
        let width = match specifier.width {
            Width::None => 0,
            Width::Is(width) => width,
            Width::Argument(place) => {
                let text = argument(arguments, place, &mut next)?.unwrap_or("0");
                let number: i64 = text
                    .parse()
                    .map_err(|_| crate::types::errors::invalid("integer", text))?;
                left |= number < 0;
                usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX)
            }
        };
        if width > WIDTH_MAX {
            return Err(Error::new(
                Code::NUMERIC_OUT_OF_RANGE,
                "number is out of range",
            ));
        }
        let value = argument(arguments, specifier.position, &mut next)?;
        let text = formatted(specifier.kind, value)?;
        let padding = width.saturating_sub(text.chars().count());
        let spaces = std::iter::repeat_n(' ', padding);
        if left {
            out.push_str(&text);
            out.extend(spaces);
        } else {
            out.extend(spaces);
            out.push_str(&text);
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn formatted(kind: char, value: Option<&str>) -> Result<String> {
    match (kind, value) {
        ('s', value) => Ok(value.unwrap_or_default().to_owned()),
        ('L', Some(value)) => Ok(quote_literal(value)),
        ('L', None) => Ok("NULL".to_owned()),
        ('I', Some(value)) => Ok(quote_ident(value)),
        ('I', None) => Err(Error::new(
            Code::new("22004"),
            "null values cannot be formatted as an SQL identifier",
        )),
        (other, _) => Err(unrecognized(other)),
    }
}

fn unrecognized(kind: char) -> Error {
    invalid_parameter(format!("unrecognized format() type specifier \"{kind}\""))
        .hint("For a single \"%\" use \"%%\".")
}

/// Returns the argument at `position` (from 1), or the next one.
fn argument<'a>(
    arguments: &[Option<&'a str>],
    position: Option<usize>,
    next: &mut usize,
) -> Result<Option<&'a str>> {
    let place = match position {
        Some(0) => {
            return Err(invalid_parameter(
                "format specifies argument 0, but arguments are numbered from 1",
            ));
        }
        Some(position) => position - 1,
        None => *next,
    };
    *next = place + 1;
    let found = arguments.get(place).copied();
    found.ok_or_else(|| invalid_parameter("too few arguments for format()"))
}

/// Reads digits; nothing when there are none.
fn number(text: &str) -> Result<(Option<usize>, &str)> {
    let end = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, tail) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, tail));
    }
    let number: Option<i32> = digits.parse().ok();
    match number.and_then(|number| usize::try_from(number).ok()) {
        Some(number) => Ok((Some(number), tail)),
        None => Err(Error::new(
            Code::NUMERIC_OUT_OF_RANGE,
            "number is out of range",
        )),
    }
}

fn specifier(text: &str) -> Result<(Specifier, &str)> {
    let unterminated = || {
        invalid_parameter("unterminated format() type specifier")
            .hint("For a single \"%\" use \"%%\".")
    };
    let mut rest = text;
    let mut position = None;
    if let (Some(number), tail) = number(rest)?
        && let Some(tail) = tail.strip_prefix('$')
    {
        position = Some(number);
        rest = tail;
    }
    let stripped = rest.trim_start_matches('-');
    let left = stripped.len() != rest.len();
    rest = stripped;
    let mut width = Width::None;
    if let Some(tail) = rest.strip_prefix('*') {
        let (place, tail) = number(tail)?;
        rest = match place {
            Some(_) => tail.strip_prefix('$').ok_or_else(|| {
                invalid_parameter("width argument position must be ended by \"$\"")
            })?,
            None => tail,
        };
        width = Width::Argument(place);
    } else if let (Some(number), tail) = number(rest)? {
        width = Width::Is(number);
        rest = tail;
    }
    let mut characters = rest.chars();
    let kind = characters.next().ok_or_else(unterminated)?;
    if !matches!(kind, 's' | 'I' | 'L') {
        return Err(unrecognized(kind));
    }
    let specifier = Specifier {
        position,
        left,
        width,
        kind,
    };
    Ok((specifier, characters.as_str()))
}
