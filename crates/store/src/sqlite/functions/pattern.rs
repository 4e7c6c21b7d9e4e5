//! Regular expressions.
//!
//! PostgreSQL's expressions are read by the `regex` crate, whose time is linear in the text: what it lacks (references back,
//! look-around) is an error `2201B`, never a wrong answer. Compiled expressions are kept per thread, a bounded number of a
//! bounded size.

use std::cell::RefCell;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use serde_json::{Value as Json, json};
use underpin_base::{Code, Error, Result, Value};

use super::arguments::Arguments;
use super::limits::{check_length, check_rows};
use super::registry::Row;

/// The longest expression, in bytes.
const PATTERN_BYTES_MAX: usize = 4 << 10;
/// The largest compiled expression, in bytes.
const COMPILED_BYTES_MAX: usize = 1 << 20;
/// How many compiled expressions a thread keeps.
const CACHED_MAX: usize = 32;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_match", |arguments| is_match(arguments, "")),
    ("pg_imatch", |arguments| is_match(arguments, "i")),
    ("pg_regexp_like", |arguments| is_match(arguments, "")),
    ("pg_regexp_like_flags", |arguments| {
        is_match(arguments, arguments.text(2)?)
    }),
    ("pg_regexp_count", |arguments| {
        with_regex(arguments.text(1)?, "", |regex| {
            let count = regex.find_iter(arguments.text(0)?).count();
            Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
        })
    }),
    ("pg_regexp_match", |arguments| first_match(arguments, "")),
    ("pg_regexp_match_flags", |arguments| {
        first_match(arguments, arguments.text(2)?)
    }),
    ("pg_regexp_matches", |arguments| all_matches(arguments, "")),
    ("pg_regexp_matches_flags", |arguments| {
        all_matches(arguments, arguments.text(2)?)
    }),
    ("pg_regexp_replace", |arguments| replace(arguments, "")),
    ("pg_regexp_replace_flags", |arguments| {
        replace(arguments, arguments.text(3)?)
    }),
    ("pg_regexp_split", |arguments| split(arguments, "")),
    ("pg_regexp_split_flags", |arguments| {
        split(arguments, arguments.text(2)?)
    }),
    ("pg_regexp_split_table", |arguments| split(arguments, "")),
    ("pg_regexp_split_table_flags", |arguments| {
        split(arguments, arguments.text(2)?)
    }),
    ("pg_regexp_substr", |arguments| {
        with_regex(arguments.text(1)?, "", |regex| {
            let found = regex.find(arguments.text(0)?);
            Ok(found.map_or(Value::Null, |found| Value::text(found.as_str())))
        })
    }),
    ("pg_substring_pattern", |arguments| {
        with_regex(arguments.text(1)?, "", |regex| {
            let found = regex.captures(arguments.text(0)?);
            // The first group when there is one, else the whole.
            let part = found.and_then(|found| {
                found.get(1).or_else(|| match regex.captures_len() {
                    1 => found.get(0),
                    _ => None,
                })
            });
            Ok(part.map_or(Value::Null, |part| Value::text(part.as_str())))
        })
    }),
];

thread_local! {
    /// The expressions that this thread has compiled, the last used at the end.
    static CACHE: RefCell<Vec<(String, String, Rc<Regex>)>> = const { RefCell::new(Vec::new()) };
}

/// Calls `use_regex` with the compiled expression.
///
/// # Errors
/// `2201B` when it cannot be compiled, `22023` for an unknown flag, and those of `use_regex`.
pub(super) fn with_regex<T>(
    pattern: &str,
    flags: &str,
    use_regex: impl FnOnce(&Regex) -> Result<T>,
) -> Result<T> {
    let known = CACHE.with_borrow_mut(|cache| {
        let index = cache
            .iter()
            .position(|(known, known_flags, _)| known == pattern && known_flags == flags)?;
        let entry = cache.remove(index);
        let regex = Rc::clone(&entry.2);
        cache.push(entry);
        Some(regex)
    });
    let regex = match known {
        Some(regex) => regex,
        None => {
            let regex = Rc::new(compile(pattern, flags)?);
            CACHE.with_borrow_mut(|cache| {
                if cache.len() >= CACHED_MAX {
                    cache.remove(0);
                }
                cache.push((pattern.to_owned(), flags.to_owned(), Rc::clone(&regex)));
            });
            regex
        }
    };
    use_regex(&regex)
}

fn compile(pattern: &str, flags: &str) -> Result<Regex> {
    let invalid = |reason: &str| {
        Error::new(
            Code::INVALID_REGULAR_EXPRESSION,
            format!("invalid regular expression: {reason}"),
        )
    };
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(invalid("regular expression is too complex"));
    }
    let translated = translate(pattern);
    let mut builder = RegexBuilder::new(&translated);
    // PostgreSQL's dot matches a line break unless `n` or `p` is given.
    builder
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX);
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            'c' => builder.case_insensitive(false),
            'x' => builder.ignore_whitespace(true),
            'n' | 'm' => builder.multi_line(true).dot_matches_new_line(false),
            'p' => builder.dot_matches_new_line(false),
            'w' => builder.multi_line(true),
            's' => builder.multi_line(false).dot_matches_new_line(true),
            'g' | 't' => &mut builder,
            _ => {
                return Err(Error::new(
                    Code::INVALID_PARAMETER,
                    format!("invalid regular expression option: \"{flag}\""),
                ));
            }
        };
    }
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => invalid("regular expression is too complex"),
        _ => invalid(reason(pattern)).cause(error),
    })
}

/// Returns PostgreSQL's words for what is wrong with `pattern`, as near as it can be told.
fn reason(pattern: &str) -> &'static str {
    let count = |wanted: char| {
        let mut escaped = false;
        let mut count = 0_usize;
        for character in pattern.chars() {
            count += usize::from(!escaped && character == wanted);
            escaped = !escaped && character == '\\';
        }
        count
    };
    if count('(') != count(')') {
        "parentheses () not balanced"
    } else if count('[') > count(']') {
        "brackets [] not balanced"
    } else if pattern.starts_with(['*', '+', '?']) || pattern.contains("(*") {
        "quantifier operand invalid"
    } else if pattern.ends_with('\\') {
        "invalid escape \\ sequence"
    } else {
        "unsupported or invalid syntax"
    }
}

/// Returns the expression in the syntax of the `regex` crate: PostgreSQL's escapes that it writes otherwise.
fn translate(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            translated.push(character);
            continue;
        }
        match characters.next() {
            Some('m') => translated.push_str(r"\b{start}"),
            Some('M') => translated.push_str(r"\b{end}"),
            Some('y') => translated.push_str(r"\b"),
            Some('Y') => translated.push_str(r"\B"),
            Some('Z') => translated.push_str(r"\z"),
            Some(other) => {
                translated.push('\\');
                translated.push(other);
            }
            None => translated.push('\\'),
        }
    }
    translated
        .replace("[[:<:]]", r"\b{start}")
        .replace("[[:>:]]", r"\b{end}")
}

fn is_match(arguments: &Arguments<'_>, flags: &str) -> Result<Value> {
    let text = arguments.text(0)?;
    with_regex(arguments.text(1)?, flags, |regex| {
        Ok(Value::bool(regex.is_match(text)))
    })
}

/// Returns the groups of a match as an array of text: the whole when there are none.
fn groups(regex: &Regex, found: &regex::Captures<'_>) -> Json {
    let skip = usize::from(regex.captures_len() > 1);
    found
        .iter()
        .skip(skip)
        .map(|group| group.map_or(Json::Null, |group| json!(group.as_str())))
        .collect()
}

fn first_match(arguments: &Arguments<'_>, flags: &str) -> Result<Value> {
    let text = arguments.text(0)?;
    if flags.contains('g') {
        return Err(Error::new(
            Code::INVALID_PARAMETER,
            "regexp_match() does not support the \"global\" option",
        )
        .hint("Use the regexp_matches function instead."));
    }
    with_regex(arguments.text(1)?, flags, |regex| {
        Ok(regex.captures(text).map_or(Value::Null, |found| {
            Value::text(groups(regex, &found).to_string())
        }))
    })
}

fn all_matches(arguments: &Arguments<'_>, flags: &str) -> Result<Value> {
    let text = arguments.text(0)?;
    let most = if flags.contains('g') { usize::MAX } else { 1 };
    with_regex(arguments.text(1)?, flags, |regex| {
        let mut rows = Vec::new();
        for found in regex.captures_iter(text).take(most) {
            // Each row is an array, which as a value is text.
            rows.push(Json::from(groups(regex, &found).to_string()));
            check_rows(rows.len())?;
        }
        Ok(Value::text(Json::from(rows).to_string()))
    })
}

fn replace(arguments: &Arguments<'_>, flags: &str) -> Result<Value> {
    let (text, replacement) = (arguments.text(0)?, arguments.text(2)?);
    let most = if flags.contains('g') { usize::MAX } else { 1 };
    with_regex(arguments.text(1)?, flags, |regex| {
        let mut replaced = String::with_capacity(text.len());
        let mut rest = 0;
        for found in regex.captures_iter(text).take(most) {
            let Some(whole) = found.get(0) else { continue };
            replaced.push_str(text.get(rest..whole.start()).unwrap_or_default());
            expand(replacement, &found, &mut replaced);
            check_length(replaced.len())?;
            rest = whole.end();
        }
        replaced.push_str(text.get(rest..).unwrap_or_default());
        Ok(Value::text(replaced))
    })
}

/// Appends `replacement`, in which `\1` is a group, `\&` the whole match, and `\\` a backslash.
fn expand(replacement: &str, found: &regex::Captures<'_>, out: &mut String) {
    let mut characters = replacement.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let group = match characters.next() {
            Some('&') => Some(0),
            Some(digit @ '1'..='9') => digit.to_digit(10).map(|digit| digit as usize),
            Some('\\') | None => {
                out.push('\\');
                None
            }
            Some(other) => {
                out.push('\\');
                out.push(other);
                None
            }
        };
        if let Some(group) = group.and_then(|group| found.get(group)) {
            out.push_str(group.as_str());
        }
    }
}

/// Returns the parts between matches; an empty match at either end or right behind another match separates nothing.
fn split(arguments: &Arguments<'_>, flags: &str) -> Result<Value> {
    let text = arguments.text(0)?;
    with_regex(arguments.text(1)?, flags, |regex| {
        let mut parts: Vec<Json> = Vec::new();
        let mut rest = 0;
        for found in regex.find_iter(text) {
            if found.is_empty() && (found.start() == 0 || found.start() >= text.len()) {
                continue;
            }
            if found.is_empty() && found.start() == rest {
                continue;
            }
            parts.push(json!(text.get(rest..found.start()).unwrap_or_default()));
            check_rows(parts.len())?;
            rest = found.end();
        }
        parts.push(json!(text.get(rest..).unwrap_or_default()));
        Ok(Value::text(Json::from(parts).to_string()))
    })
}
