//! [`Configuration`]: which dictionary looks up which token, by PostgreSQL's names.

use underpin_base::{Code, Error, Result};

use super::dictionary::{Dictionary, Language};
use super::scan::Token;

/// A text search configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configuration {
    name: &'static str,
    /// For words of letters.
    words: Dictionary,
    /// For words of ASCII letters.
    ascii_words: Dictionary,
}

/// The configuration that is meant where none is named: PostgreSQL's, where it was set up in an English locale.
pub const DEFAULT_CONFIGURATION: &str = "english";

/// The configurations of PostgreSQL whose stemmers we lack.
const UNAVAILABLE: [&str; 10] = [
    "armenian",
    "basque",
    "catalan",
    "hindi",
    "indonesian",
    "irish",
    "lithuanian",
    "nepali",
    "serbian",
    "yiddish",
];

const fn stemmed(name: &'static str, language: Language) -> Configuration {
    Configuration {
        name,
        words: Dictionary::Stem(language),
        ascii_words: Dictionary::Stem(language),
    }
}

const CONFIGURATIONS: [Configuration; 19] = [
    Configuration {
        name: "simple",
        words: Dictionary::Simple,
        ascii_words: Dictionary::Simple,
    },
    stemmed("arabic", Language::Arabic),
    stemmed("danish", Language::Danish),
    stemmed("dutch", Language::Dutch),
    stemmed("english", Language::English),
    stemmed("finnish", Language::Finnish),
    stemmed("french", Language::French),
    stemmed("german", Language::German),
    stemmed("greek", Language::Greek),
    stemmed("hungarian", Language::Hungarian),
    stemmed("italian", Language::Italian),
    stemmed("norwegian", Language::Norwegian),
    stemmed("portuguese", Language::Portuguese),
    stemmed("romanian", Language::Romanian),
    Configuration {
        name: "russian",
        words: Dictionary::Stem(Language::Russian),
        ascii_words: Dictionary::Stem(Language::English),
    },
    stemmed("spanish", Language::Spanish),
    stemmed("swedish", Language::Swedish),
    stemmed("tamil", Language::Tamil),
    stemmed("turkish", Language::Turkish),
];

impl Configuration {
    /// Returns the configuration that `text` names as a `regconfig` does: in any case unless quoted, perhaps with its schema.
    ///
    /// # Errors
    /// `42704` for an unknown one, `3F000` for an unknown schema, `0A000` for one of PostgreSQL's that is not available.
    pub fn named(text: &str) -> Result<Self> {
        let invalid = || Error::new(Code::new("42602"), "invalid name syntax");
        let mut parts = identifiers(text).ok_or_else(invalid)?;
        let name = parts.pop().ok_or_else(invalid)?;
        match parts.as_slice() {
            [] => {}
            [schema] if schema == "pg_catalog" => {}
            [schema] if schema == "public" => return Err(unknown(text)),
            [schema, ..] => {
                return Err(Error::new(
                    Code::new("3F000"),
                    format!("schema \"{schema}\" does not exist"),
                ));
            }
        }
        if let Some(found) = CONFIGURATIONS.iter().find(|it| it.name == name) {
            return Ok(*found);
        }
        if UNAVAILABLE.contains(&name.as_str()) {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!(
                    "the text search configuration \"{name}\" is not available on this database"
                ),
            )
            .hint("Use the configuration simple, which does not stem."));
        }
        Err(unknown(text))
    }

    /// Returns the configuration's name.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Returns the dictionary that looks up a token; nothing for tokens that are passed over.
    pub(super) fn dictionary(self, token: Token) -> Option<Dictionary> {
        if token.is_silent() {
            return None;
        }
        Some(match token {
            Token::AsciiWord | Token::AsciiCompound | Token::AsciiPart => self.ascii_words,
            Token::Word | Token::Compound | Token::Part => self.words,
            _ => Dictionary::Simple,
        })
    }
}

fn unknown(text: &str) -> Error {
    Error::new(
        Code::UNDEFINED_OBJECT,
        format!("text search configuration \"{text}\" does not exist"),
    )
}

/// Splits `schema.name` as PostgreSQL reads identifiers.
fn identifiers(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut name = String::new();
                let mut after = quoted;
                loop {
                    let (part, behind) = after.split_once('"')?;
                    name.push_str(part);
                    match behind.strip_prefix('"') {
                        Some(behind) => {
                            name.push('"');
                            after = behind;
                        }
                        None => break (name, behind),
                    }
                }
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                let (name, after) = rest.split_at_checked(end)?;
                (name.trim().to_lowercase(), after)
            }
        };
        if name.is_empty() {
            return None;
        }
        found.push(name);
        match after.trim().strip_prefix('.') {
            Some(more) => rest = more.trim(),
            None if after.trim().is_empty() => return Some(found),
            None => return None,
        }
    }
}
