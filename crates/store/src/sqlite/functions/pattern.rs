//! The functions of regular expressions.

use serde_json::{Value as Json, json};
use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::pattern::{Captures, Options};
use underpin_sql::types::text::similar_to_regex;

use super::arguments::Arguments;
use super::limits::{check_length, check_rows};
use super::registry::Row;
use super::regular_expression::{Subject, compiled, is_match};

/// The implementations.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_match", |a| test(a, Options::default())),
    ("pg_imatch", |a| test(a, Options::ignoring_case())),
    ("pg_regexp_like", |a| test(a, Options::default())),
    ("pg_regexp_like_flags", |a| test(a, plain_options(a, 2, "regexp_like")?)),
    ("pg_regexp_count", |a| count(a, None)),
    ("pg_regexp_count_start", |a| count(a, None)),
    ("pg_regexp_count_flags", |a| count(a, Some(3))),
    ("pg_regexp_instr", |a| place(a, None)),
    ("pg_regexp_instr_start", |a| place(a, None)),
    ("pg_regexp_instr_number", |a| place(a, None)),
    ("pg_regexp_instr_end", |a| place(a, None)),
    ("pg_regexp_instr_flags", |a| place(a, Some(5))),
    ("pg_regexp_instr_group", |a| place(a, Some(5))),
    ("pg_regexp_match", |a| first_match(a, Options::default())),
    ("pg_regexp_match_flags", |a| {
        let options = Options::read(a.text(2)?)?;
        if options.global {
            return Err(no_global("regexp_match").hint("Use the regexp_matches function instead."));
        }
        first_match(a, options)
    }),
    ("pg_regexp_matches", |a| all_matches(a, Options::default())),
    ("pg_regexp_matches_flags", |a| all_matches(a, Options::read(a.text(2)?)?)),
    ("pg_regexp_replace", |a| replace(a, Options::default(), 1, 1)),
    ("pg_regexp_replace_flags", |a| {
        let options = Options::read(a.text(3)?)?;
        replace(a, options, 1, if options.global { 0 } else { 1 })
    }),
    ("pg_regexp_replace_start", |a| replace(a, Options::default(), a.int(3)?, 1)),
    ("pg_regexp_replace_number", |a| replace(a, Options::default(), a.int(3)?, a.int(4)?)),
    ("pg_regexp_replace_number_flags", |a| {
        replace(a, Options::read(a.text(5)?)?, a.int(3)?, a.int(4)?)
    }),
    ("pg_regexp_split", |a| split(a, Options::default())),
    ("pg_regexp_split_flags", |a| split(a, plain_options(a, 2, "regexp_split_to_array")?)),
    ("pg_regexp_split_table", |a| split(a, Options::default())),
    ("pg_regexp_split_table_flags", |a| split(a, plain_options(a, 2, "regexp_split_to_table")?)),
    ("pg_regexp_substr", |a| part(a, None)),
    ("pg_regexp_substr_start", |a| part(a, None)),
    ("pg_regexp_substr_number", |a| part(a, None)),
    ("pg_regexp_substr_flags", |a| part(a, Some(4))),
    ("pg_regexp_substr_group", |a| part(a, Some(4))),
    ("pg_substring_pattern", |a| substring(a.text(0)?, a.text(1)?)),
    ("pg_substring_similar", |a| {
        substring(a.text(0)?, &similar_to_regex(a.text(1)?, Some(a.text(2)?))?)
    }),
];

/// Reads the letters in argument `index` of a function that has no use for `g`.
fn plain_options(arguments: &Arguments<'_>, index: usize, function: &str) -> Result<Options> {
    let options = Options::read(arguments.text(index)?)?;
    if options.global {
        return Err(no_global(function));
    }
    Ok(options)
}

fn no_global(function: &str) -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        format!("{function}() does not support the \"global\" option"),
    )
}

fn test(arguments: &Arguments<'_>, options: Options) -> Result<Value> {
    is_match(arguments.text(1)?, options, arguments.text(0)?).map(Value::bool)
}

/// Returns the first group of the first match when there is one, else the whole.
fn substring(text: &str, pattern: &str) -> Result<Value> {
    let expression = compiled(pattern, Options::default())?;
    let subject = Subject::new(text);
    let found = expression.find(&subject, 0, true)?;
    let wanted = usize::from(expression.has_groups());
    let part = found.and_then(|found| group(&found, wanted, &subject));
    Ok(part.map_or(Value::Null, Value::text))
}

/// Returns what a group matched, or the whole; nothing when it did not take part.
fn group<'t>(found: &Captures, index: usize, subject: &Subject<'t>) -> Option<&'t str> {
    let (start, end) = found.get(index).copied().flatten()?;
    subject.text.get(start..end)
}

/// Returns what group `wanted` matched; without groups the whole is the first.
fn wanted_group(found: &Captures, wanted: usize) -> Option<(usize, usize)> {
    let index = if found.len() == 1 && wanted == 1 {
        0
    } else {
        wanted
    };
    found.get(index).copied().flatten()
}

/// Returns the groups of a match as an array of text: the whole when there are none.
fn groups(found: &Captures, subject: &Subject<'_>) -> Json {
    let skip = usize::from(found.len() > 1);
    (skip..found.len())
        .map(|index| group(found, index, subject).map_or(Json::Null, |text| json!(text)))
        .collect()
}

fn first_match(arguments: &Arguments<'_>, options: Options) -> Result<Value> {
    let subject = Subject::new(arguments.text(0)?);
    let found = compiled(arguments.text(1)?, options)?.find(&subject, 0, true)?;
    Ok(found.map_or(Value::Null, |found| {
        Value::text(groups(&found, &subject).to_string())
    }))
}

/// Calls `visit` with each match from `from` on, until it says that it has enough.
fn each_match(
    (pattern, options): (&str, Options),
    subject: &Subject<'_>,
    from: usize,
    divided: bool,
    mut visit: impl FnMut(&Captures, (usize, usize)) -> Result<bool>,
) -> Result<()> {
    let expression = compiled(pattern, options)?;
    let mut next = Some(from);
    while let Some(from) = next {
        let Some(found) = expression.find(subject, from, divided)? else {
            break;
        };
        let Some(whole) = found.first().copied().flatten() else {
            break;
        };
        if !visit(&found, whole)? {
            break;
        }
        next = subject.behind(whole);
    }
    Ok(())
}

fn all_matches(arguments: &Arguments<'_>, options: Options) -> Result<Value> {
    let subject = Subject::new(arguments.text(0)?);
    let mut rows = Vec::new();
    each_match(
        (arguments.text(1)?, options),
        &subject,
        0,
        true,
        |found, _| {
            // Each row is an array, which as a value is text.
            rows.push(Json::from(groups(found, &subject).to_string()));
            check_rows(rows.len())?;
            Ok(options.global)
        },
    )?;
    Ok(Value::text(Json::from(rows).to_string()))
}

/// Reads a number of at least `least`, which PostgreSQL calls `name`.
fn number(value: i64, least: i64, name: &str) -> Result<usize> {
    usize::try_from(value)
        .ok()
        .filter(|_| value >= least)
        .ok_or_else(|| {
            Error::new(
                Code::INVALID_PARAMETER,
                format!("invalid value for parameter \"{name}\": {value}"),
            )
        })
}

/// Returns argument `index` as a number of at least `least`; `default` when there are fewer arguments.
fn optional(
    arguments: &Arguments<'_>,
    index: usize,
    (least, default): (i64, i64),
    name: &str,
) -> Result<usize> {
    let given = index < arguments.len();
    let value = if given {
        arguments.int(index)?
    } else {
        default
    };
    number(value, least, name)
}

/// Returns the place in bytes of character `start`, counted from 1; nothing when the text is shorter.
fn start_of(text: &str, start: usize) -> Option<usize> {
    let ends = text.char_indices().map(|(offset, _)| offset);
    ends.chain([text.len()]).nth(start.saturating_sub(1))
}

fn count(arguments: &Arguments<'_>, flags: Option<usize>) -> Result<Value> {
    let options = match flags {
        Some(index) => plain_options(arguments, index, "regexp_count")?,
        None => Options::default(),
    };
    let start = optional(arguments, 2, (1, 1), "start")?;
    let subject = Subject::new(arguments.text(0)?);
    let mut count = 0;
    if let Some(from) = start_of(subject.text, start) {
        each_match(
            (arguments.text(1)?, options),
            &subject,
            from,
            false,
            |_, _| {
                count += 1;
                Ok(true)
            },
        )?;
    }
    Ok(Value::Int(count))
}

/// Returns match `number`, counted from 1, of those from `start` on.
fn nth(
    arguments: &Arguments<'_>,
    options: Options,
    subject: &Subject<'_>,
) -> Result<Option<Captures>> {
    let start = optional(arguments, 2, (1, 1), "start")?;
    let wanted = optional(arguments, 3, (1, 1), "n")?;
    let Some(from) = start_of(subject.text, start) else {
        return Ok(None);
    };
    let (mut seen, mut result) = (0, None);
    each_match(
        (arguments.text(1)?, options),
        subject,
        from,
        true,
        |found, _| {
            seen += 1;
            if seen == wanted {
                result = Some(found.clone());
            }
            Ok(seen < wanted)
        },
    )?;
    Ok(result)
}

/// `regexp_substr(text, pattern, start, n, flags, subexpr)`.
fn part(arguments: &Arguments<'_>, flags: Option<usize>) -> Result<Value> {
    let options = match flags {
        Some(index) => plain_options(arguments, index, "regexp_substr")?,
        None => Options::default(),
    };
    let wanted = optional(arguments, 5, (0, 0), "subexpr")?;
    let subject = Subject::new(arguments.text(0)?);
    let found = nth(arguments, options, &subject)?;
    let span = found.and_then(|found| wanted_group(&found, wanted));
    let part = span.and_then(|(start, end)| subject.text.get(start..end));
    Ok(part.map_or(Value::Null, Value::text))
}

/// `regexp_instr(text, pattern, start, n, endoption, flags, subexpr)`.
fn place(arguments: &Arguments<'_>, flags: Option<usize>) -> Result<Value> {
    let at_end = optional(arguments, 4, (0, 0), "endoption")?;
    if at_end > 1 {
        number(arguments.int(4)?, i64::MAX, "endoption")?;
    }
    let options = match flags {
        Some(index) => plain_options(arguments, index, "regexp_instr")?,
        None => Options::default(),
    };
    let wanted = optional(arguments, 6, (0, 0), "subexpr")?;
    let subject = Subject::new(arguments.text(0)?);
    let found = nth(arguments, options, &subject)?;
    let span = found.and_then(|found| wanted_group(&found, wanted));
    Ok(Value::Int(span.map_or(0, |(start, end)| {
        let offset = if at_end == 1 { end } else { start };
        let before = subject.text.get(..offset).unwrap_or_default();
        i64::try_from(before.chars().count()).unwrap_or(i64::MAX - 1) + 1
    })))
}

/// Replaces match `wanted` of those from character `start` on; all of them when it is 0.
fn replace(arguments: &Arguments<'_>, options: Options, start: i64, wanted: i64) -> Result<Value> {
    let start = number(start, 1, "start")?;
    let wanted = number(wanted, 0, "n")?;
    let (text, replacement) = (arguments.text(0)?, arguments.text(2)?);
    let subject = Subject::new(text);
    let Some(from) = start_of(text, start) else {
        return Ok(Value::text(text));
    };
    let divided = replacement.contains('\\');
    let mut replaced = String::with_capacity(text.len());
    let (mut rest, mut seen) = (0, 0);
    each_match(
        (arguments.text(1)?, options),
        &subject,
        from,
        divided,
        |found, (start, end)| {
            seen += 1;
            if wanted == 0 || seen == wanted {
                replaced.push_str(text.get(rest..start).unwrap_or_default());
                expand(replacement, found, &subject, &mut replaced);
                check_length(replaced.len())?;
                rest = end;
            }
            Ok(wanted == 0 || seen < wanted)
        },
    )?;
    replaced.push_str(text.get(rest..).unwrap_or_default());
    Ok(Value::text(replaced))
}

/// Appends `replacement`, in which `\1` is a group, `\&` the whole match, and `\\` a backslash.
fn expand(replacement: &str, found: &Captures, subject: &Subject<'_>, out: &mut String) {
    let mut characters = replacement.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let wanted = match characters.next() {
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
        out.push_str(
            wanted
                .and_then(|wanted| group(found, wanted, subject))
                .unwrap_or_default(),
        );
    }
}

/// Returns the parts between matches; an empty match at either end or right behind another match separates nothing.
fn split(arguments: &Arguments<'_>, options: Options) -> Result<Value> {
    let subject = Subject::new(arguments.text(0)?);
    let text = subject.text;
    let mut parts: Vec<Json> = Vec::new();
    let (mut rest, mut previous) = (0, 0);
    each_match(
        (arguments.text(1)?, options),
        &subject,
        0,
        false,
        |_, (start, end)| {
            if start < text.len() && end > previous {
                parts.push(json!(text.get(rest..start).unwrap_or_default()));
                check_rows(parts.len())?;
                rest = end;
            }
            previous = end;
            Ok(true)
        },
    )?;
    parts.push(json!(text.get(rest..).unwrap_or_default()));
    Ok(Value::text(Json::from(parts).to_string()))
}
