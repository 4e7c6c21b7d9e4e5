//! `ts_headline`: an excerpt of a document with the words of a query marked.
//!
//! [`excerpt`] chooses the words that are shown; here a document becomes words and the chosen ones become text.

use underpin_base::{Code, Error, Result};

use super::configuration::Configuration;
use super::excerpt;
use super::headline_options::Options;
use super::query::{Operand, Query};
use super::scan::{Scanner, Token};
use super::vector::{LEXEME_BYTES_MAX, POSITION_MAX};
use crate::types::json::{self, Elements, Kind, Members};

/// The most tokens of a document that is excerpted.
const TOKENS_MAX: usize = 1_000_000;

/// A token of the document. One that several words of the query mean stands there once for each.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) token: Token,
    /// The word of the query that it is, by its number in [`Words::operands`].
    pub(super) item: Option<usize>,
    /// It stands there already, for another word of the query.
    pub(super) repeated: bool,
    /// Its position among the lexemes.
    pub(super) position: u32,
    /// It is part of the excerpt.
    pub(super) shown: bool,
    /// It is marked.
    pub(super) marked: bool,
    /// A blank is shown for it.
    pub(super) blank: bool,
    /// Nothing is shown for it, since its parts follow.
    pub(super) skipped: bool,
}

/// A document as words, and the words of the query.
pub(super) struct Words<'a, 'q> {
    pub(super) words: Vec<Word<'a>>,
    /// In PostgreSQL's order, from right to left.
    pub(super) operands: Vec<&'q Operand>,
}

/// Returns `ts_headline(configuration, document, query, options)`.
///
/// # Errors
/// `22023` and `42601` for options that cannot be, `54001` for a document that takes too many steps.
pub fn headline(
    configuration: Configuration,
    document: &str,
    query: &Query,
    options: &str,
) -> Result<String> {
    let options = Options::parse(options)?;
    excerpt_of(configuration, document, query, &options)
}

/// Returns `ts_headline` of each string that is a value in `json`, in the JSON that it stands in.
///
/// # Errors
/// Those of [`headline`].
pub fn json_headline(
    configuration: Configuration,
    json: &str,
    query: &Query,
    options: &str,
) -> Result<String> {
    let options = Options::parse(options)?;
    let mut out = Vec::with_capacity(json.len());
    write_json(json, &mut out, &mut |text| {
        excerpt_of(configuration, text, query, &options)
    })?;
    String::from_utf8(out).map_err(Error::internal)
}

fn write_json(
    json: &str,
    out: &mut Vec<u8>,
    replace: &mut dyn FnMut(&str) -> Result<String>,
) -> Result<()> {
    match json::kind(json) {
        Kind::String => {
            json::write_json_string(&replace(&json::inner_text(json.trim()))?, out);
        }
        Kind::Array => {
            out.push(b'[');
            for (index, element) in Elements::new(json).enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_json(element, out, replace)?;
            }
            out.push(b']');
        }
        Kind::Object => {
            out.push(b'{');
            for (index, (key, value)) in Members::new(json).enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                out.push(b'"');
                out.extend_from_slice(key.as_bytes());
                out.extend_from_slice(b"\":");
                write_json(value, out, replace)?;
            }
            out.push(b'}');
        }
        Kind::Null | Kind::Bool | Kind::Number => out.extend_from_slice(json.trim().as_bytes()),
    }
    Ok(())
}

fn excerpt_of(
    configuration: Configuration,
    document: &str,
    query: &Query,
    options: &Options,
) -> Result<String> {
    let mut words = read(configuration, document, query)?;
    excerpt::choose(&mut words, query, options)?;
    Ok(written(&words.words, options))
}

fn read<'a, 'q>(
    configuration: Configuration,
    document: &'a str,
    query: &'q Query,
) -> Result<Words<'a, 'q>> {
    let mut operands = Vec::new();
    if let Some(root) = &query.root {
        root.each_operand(&mut |operand| operands.push(operand));
    }
    operands.reverse();
    let mut words = Vec::new();
    let mut position = 0u32;
    let mut scanner = Scanner::new(document);
    while let Some((token, text)) = scanner.next()? {
        if text.len() >= LEXEME_BYTES_MAX {
            continue;
        }
        if words.len() >= TOKENS_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                "the document is too long for an excerpt",
            ));
        }
        let mut word = Word {
            text,
            token,
            item: None,
            repeated: false,
            position: 0,
            shown: false,
            marked: false,
            blank: false,
            skipped: false,
        };
        let dictionary = configuration.dictionary(token);
        if dictionary.is_some() {
            position = position.saturating_add(1);
        }
        let Some(lexeme) = dictionary.and_then(|dictionary| dictionary.lexeme(text)) else {
            words.push(word);
            continue;
        };
        word.position = position.min(u32::from(POSITION_MAX));
        let mut items = operands
            .iter()
            .enumerate()
            .filter(|(_, operand)| means(operand, &lexeme))
            .map(|(index, _)| index);
        word.item = items.next();
        words.push(word);
        words.extend(items.map(|item| Word {
            item: Some(item),
            repeated: true,
            ..word
        }));
    }
    Ok(Words { words, operands })
}

fn means(operand: &Operand, lexeme: &str) -> bool {
    if operand.prefix {
        lexeme.starts_with(&operand.word)
    } else {
        operand.word == lexeme
    }
}

/// Writes the chosen words; stretches that do not touch are separated.
fn written(words: &[Word<'_>], options: &Options) -> String {
    let mut text = String::new();
    let mut within = false;
    let mut fragments = 0;
    for word in words.iter().filter(|word| !word.repeated) {
        if !word.shown {
            within = false;
            continue;
        }
        if !within {
            within = true;
            fragments += 1;
            if fragments > 1 {
                text.push_str(&options.delimiter);
            }
        }
        if word.blank {
            text.push(' ');
        } else if !word.skipped {
            if word.marked {
                text.push_str(&options.start);
            }
            text.push_str(word.text);
            if word.marked {
                text.push_str(&options.stop);
            }
        }
    }
    text
}
