//! Documents: a text, or the strings of a JSON value, become a [`Vector`].

use underpin_base::{Code, Error, Result};

use super::configuration::Configuration;
use super::scan::Scanner;
use super::vector::{LEXEME_BYTES_MAX, Lexeme, POSITION_MAX, POSITIONS_MAX, Position, Vector};
use crate::types::json::{self, Elements, Kind, Members};

/// Returns the vector of `text`.
///
/// # Errors
/// `54000` when it is too long, `54001` when it is too complicated to be read.
pub fn to_vector(configuration: Configuration, text: &str) -> Result<Vector> {
    let mut document = Document::new(configuration);
    document.add(text)?;
    document.finish()
}

/// Returns the vector of the strings in `json`; those of different values are no neighbours.
///
/// # Errors
/// Those of [`to_vector`].
pub fn json_to_vector(configuration: Configuration, json: &str) -> Result<Vector> {
    let strings = Parts {
        strings: true,
        ..Parts::default()
    };
    of_parts(configuration, json, strings)
}

/// Returns `json_to_tsvector(configuration, json, parts)`: the vector of the parts of `json` that `parts` names.
///
/// # Errors
/// Those of [`to_vector`], and `22023` for names that are none.
pub fn json_parts_to_vector(
    configuration: Configuration,
    json: &str,
    parts: &str,
) -> Result<Vector> {
    of_parts(configuration, json, Parts::parse(parts)?)
}

fn of_parts(configuration: Configuration, json: &str, parts: Parts) -> Result<Vector> {
    let mut document = Document::new(configuration);
    parts.each(json, &mut |text| document.add(text))?;
    document.finish()
}

/// The parts of a JSON value that are words of a document.
#[derive(Clone, Copy, Default)]
struct Parts {
    strings: bool,
    numbers: bool,
    booleans: bool,
    keys: bool,
}

impl Parts {
    /// Reads `"all"` or `["string", "numeric", "boolean", "key"]`.
    fn parse(json: &str) -> Result<Self> {
        let wrong = |message: String| {
            Error::new(Code::INVALID_PARAMETER, message).hint(
                "Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".",
            )
        };
        let names: Vec<&str> = match json::kind(json) {
            Kind::Array => Elements::new(json).collect(),
            Kind::Object => {
                return Err(Error::new(
                    Code::INVALID_PARAMETER,
                    "wrong flag type, only arrays and scalars are allowed",
                ));
            }
            _ => vec![json.trim()],
        };
        let mut parts = Self::default();
        for name in names {
            if json::kind(name) != Kind::String {
                return Err(wrong("flag array element is not a string".to_owned()));
            }
            let name = json::inner_text(name);
            let all = name.eq_ignore_ascii_case("all");
            let is = |word: &str| all || name.eq_ignore_ascii_case(word);
            parts.strings |= is("string");
            parts.numbers |= is("numeric");
            parts.booleans |= is("boolean");
            parts.keys |= is("key");
            if !["all", "string", "numeric", "boolean", "key"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&name))
            {
                return Err(wrong(format!("wrong flag in flag array: \"{name}\"")));
            }
        }
        Ok(parts)
    }

    /// Calls `visit` with each part in order.
    fn each(self, json: &str, visit: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        match json::kind(json) {
            Kind::String if self.strings => visit(&json::inner_text(json.trim())),
            Kind::Number if self.numbers => visit(json.trim()),
            Kind::Bool if self.booleans => visit(json.trim()),
            Kind::Array => Elements::new(json).try_for_each(|element| self.each(element, visit)),
            Kind::Object => Members::new(json).try_for_each(|(key, value)| {
                if self.keys {
                    visit(&json::inner_text(&format!("\"{key}\"")))?;
                }
                self.each(value, visit)
            }),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => Ok(()),
        }
    }
}

/// The lexemes of a text with their positions: what a document and a query's words have in common.
pub(super) fn lexemes(
    configuration: Configuration,
    text: &str,
    position: &mut u32,
    mut visit: impl FnMut(String, u32),
) -> Result<()> {
    let mut scanner = Scanner::new(text);
    while let Some((token, word)) = scanner.next()? {
        if word.len() >= LEXEME_BYTES_MAX {
            continue;
        }
        if let Some(dictionary) = configuration.dictionary(token) {
            // A stop word has its place.
            *position = position.saturating_add(1);
            if let Some(lexeme) = dictionary.lexeme(word) {
                visit(lexeme, *position);
            }
        }
    }
    Ok(())
}

struct Document {
    configuration: Configuration,
    found: Vec<(String, u16)>,
    position: u32,
}

impl Document {
    fn new(configuration: Configuration) -> Self {
        Self {
            configuration,
            found: Vec::new(),
            position: 0,
        }
    }

    fn add(&mut self, text: &str) -> Result<()> {
        let known = self.found.len();
        let found = &mut self.found;
        lexemes(
            self.configuration,
            text,
            &mut self.position,
            |lexeme, position| {
                let position = u16::try_from(position).unwrap_or(u16::MAX);
                found.push((lexeme, position.min(POSITION_MAX)));
            },
        )?;
        if self.found.len() > known {
            // The next text's first word is no neighbour of this one's last.
            self.position = self.position.saturating_add(1);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vector> {
        self.found.sort();
        let mut lexemes: Vec<Lexeme> = Vec::new();
        for (word, at) in self.found {
            let position = Position::new(at, 0);
            match lexemes.last_mut() {
                Some(last) if last.word == word => {
                    let previous = last.positions.last().map_or(0, |position| position.at);
                    let full = last.positions.len() >= POSITIONS_MAX - 1;
                    if !full && previous != POSITION_MAX && previous != at {
                        last.positions.push(position);
                    }
                }
                _ => lexemes.push(Lexeme {
                    word,
                    positions: vec![position],
                }),
            }
        }
        let vector = Vector { lexemes };
        vector.check_length()?;
        Ok(vector)
    }
}
