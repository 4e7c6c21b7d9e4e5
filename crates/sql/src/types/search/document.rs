//! Documents: a text, or the strings of a JSON value, become a [`Vector`].

use std::collections::HashMap;

use underpin_base::{Code, Error, Result};

use super::configuration::Configuration;
use super::scan::Scanner;
use super::vector::{
    LEXEME_BYTES_MAX, Lexeme, POSITION_MAX, POSITIONS_MAX, Position, VECTOR_BYTES_MAX, Vector,
    vector_too_long,
};
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
    mut visit: impl FnMut(String, u32) -> Result<()>,
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
                visit(lexeme, *position)?;
            }
        }
    }
    Ok(())
}

struct Document {
    configuration: Configuration,
    /// The words with their positions, as far as they are kept.
    found: HashMap<String, Vec<Position>>,
    /// The bytes of the words.
    bytes: usize,
    position: u32,
}

impl Document {
    fn new(configuration: Configuration) -> Self {
        Self {
            configuration,
            found: HashMap::new(),
            bytes: 0,
            position: 0,
        }
    }

    fn add(&mut self, text: &str) -> Result<()> {
        let mut position = self.position;
        let mut has_words = false;
        lexemes(
            self.configuration,
            text,
            &mut position,
            |lexeme, position| {
                has_words = true;
                self.add_word(lexeme, position)
            },
        )?;
        // The next text's first word is no neighbour of this one's last.
        self.position = position.saturating_add(u32::from(has_words));
        Ok(())
    }

    fn add_word(&mut self, word: String, position: u32) -> Result<()> {
        let at = u16::try_from(position)
            .unwrap_or(u16::MAX)
            .min(POSITION_MAX);
        let position = Position::new(at, 0);
        if let Some(positions) = self.found.get_mut(&word) {
            let previous = positions.last().map_or(0, |position| position.at);
            let full = positions.len() >= POSITIONS_MAX - 1;
            if !full && previous != POSITION_MAX && previous != at {
                positions.push(position);
            }
            return Ok(());
        }
        self.bytes += word.len();
        // What is far too long is refused before it fills the memory.
        if self.bytes > 2 * VECTOR_BYTES_MAX {
            return Err(vector_too_long(self.bytes));
        }
        self.found.insert(word, vec![position]);
        Ok(())
    }

    fn finish(self) -> Result<Vector> {
        let mut lexemes: Vec<Lexeme> = self
            .found
            .into_iter()
            .map(|(word, positions)| Lexeme { word, positions })
            .collect();
        lexemes.sort_by(|left, right| left.word.cmp(&right.word));
        let vector = Vector { lexemes };
        vector.check_length()?;
        Ok(vector)
    }
}
