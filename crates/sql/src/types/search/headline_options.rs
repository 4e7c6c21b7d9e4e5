//! [`Options`] of `ts_headline`: `StartSel = <b>, MaxWords = 20`.

use underpin_base::{Code, Error, Result};

use super::character::is_space;
use crate::types::{self, Type};

/// How an excerpt is made.
#[derive(Debug)]
pub(super) struct Options {
    /// Before a marked word, and behind it.
    pub(super) start: String,
    pub(super) stop: String,
    /// Between fragments.
    pub(super) delimiter: String,
    /// The excerpt is the whole document.
    pub(super) all: bool,
    pub(super) words_max: i64,
    pub(super) words_min: i64,
    /// Words of so many bytes or fewer are no good end.
    pub(super) short: i64,
    /// 0 for one stretch that is chosen in another way.
    pub(super) fragments_max: i64,
}

impl Options {
    /// Reads the options; what is not given is PostgreSQL's.
    ///
    /// # Errors
    /// `42601` for what is no list, `22023` for unknown names and values that do not go together, `22P02` for what is no number.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut options = Self {
            start: "<b>".to_owned(),
            stop: "</b>".to_owned(),
            delimiter: " ... ".to_owned(),
            all: false,
            words_max: 35,
            words_min: 15,
            short: 3,
            fragments_max: 0,
        };
        for (name, value) in pairs(text)? {
            match name.to_ascii_lowercase().as_str() {
                "maxwords" => options.words_max = number(&value)?,
                "minwords" => options.words_min = number(&value)?,
                "shortword" => options.short = number(&value)?,
                "maxfragments" => options.fragments_max = number(&value)?,
                "startsel" => options.start = value,
                "stopsel" => options.stop = value,
                "fragmentdelimiter" => options.delimiter = value,
                "highlightall" => {
                    options.all = ["1", "on", "true", "t", "y", "yes"]
                        .iter()
                        .any(|yes| yes.eq_ignore_ascii_case(&value));
                }
                _ => {
                    return Err(invalid(format!(
                        "unrecognized headline parameter: \"{name}\""
                    )));
                }
            }
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<()> {
        let wrong = [
            (
                self.words_min >= self.words_max,
                "MinWords should be less than MaxWords",
            ),
            (self.words_min <= 0, "MinWords should be positive"),
            (self.short < 0, "ShortWord should be >= 0"),
            (self.fragments_max < 0, "MaxFragments should be >= 0"),
        ];
        match wrong.iter().find(|(is_wrong, _)| *is_wrong && !self.all) {
            Some((_, message)) => Err(invalid((*message).to_owned())),
            None => Ok(()),
        }
    }
}

fn invalid(message: String) -> Error {
    Error::new(Code::INVALID_PARAMETER, message)
}

fn number(text: &str) -> Result<i64> {
    match types::input(&Type::Int4, text)? {
        underpin_base::Value::Int(number) => Ok(number),
        other => Err(Error::internal(format_args!("an integer is {other:?}"))),
    }
}

/// Reads `name = value, "name" = 'value'`.
fn pairs(text: &str) -> Result<Vec<(String, String)>> {
    let wrong = || {
        Error::new(
            Code::SYNTAX,
            format!("invalid parameter list format: \"{text}\""),
        )
    };
    let mut pairs = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|it| is_space(it) || it == ',');
        if rest.is_empty() {
            return Ok(pairs);
        }
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted, '"').ok_or_else(wrong)?,
            None => {
                let end = rest
                    .find(|it| is_space(it) || it == '=')
                    .unwrap_or(rest.len());
                let (name, after) = rest.split_at(end);
                (name.to_owned(), after)
            }
        };
        let value = after.trim_start_matches(is_space).strip_prefix('=');
        let value = value.ok_or_else(wrong)?.trim_start_matches(is_space);
        let single = value
            .strip_prefix('\'')
            .or_else(|| value.strip_prefix("E'"));
        let (value, after) = match (single, value.strip_prefix('"')) {
            (Some(quoted), _) => in_quotes(quoted, '\'').ok_or_else(wrong)?,
            (None, Some(quoted)) => in_quotes(quoted, '"').ok_or_else(wrong)?,
            (None, None) if value.is_empty() => return Err(wrong()),
            (None, None) => {
                let end = value
                    .char_indices()
                    .skip(1)
                    .find(|(_, it)| is_space(*it) || *it == ',')
                    .map_or(value.len(), |(index, _)| index);
                let (value, after) = value.split_at(end);
                (value.to_owned(), after)
            }
        };
        pairs.push((name, value));
        rest = after;
    }
}

/// Reads to the closing `quote`, which is doubled where it is meant itself, as is a backslash in a value between single quotes.
fn in_quotes(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let doubled = characters
            .peek()
            .is_some_and(|(_, next)| *next == character);
        if character == quote {
            if !doubled {
                return Some((value, text.get(index + 1..).unwrap_or_default()));
            }
            characters.next();
        } else if character == '\\' && quote == '\'' && doubled {
            characters.next();
        }
        value.push(character);
    }
    None
}
