//! [`LexemeReader`]: the words of a `tsvector` or `tsquery` as a text writes them, quoted or not.

use underpin_base::{Code, Error, Result};

use super::character::is_space;
use super::vector::{POSITION_MAX, Position};

/// What is read, which decides where a word ends and what an error calls the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `tsvector`: positions may follow a word.
    Vector,
    /// `tsquery`: operators end a word.
    Query,
    /// What `websearch_to_tsquery` reads: nothing is quoted or escaped, and `"` ends a word too.
    Web,
}

/// Reads words from a text.
pub(super) struct LexemeReader<'a> {
    text: &'a str,
    kind: Kind,
    /// The byte at which it reads.
    pub(super) at: usize,
}

impl<'a> LexemeReader<'a> {
    /// Begins at the start of `text`.
    pub(super) fn new(text: &'a str, kind: Kind) -> Self {
        Self { text, kind, at: 0 }
    }

    /// Returns the text from the position on.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Returns the character at the position.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes over the character at the position.
    pub(super) fn advance(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Returns `42601`, in the words of the type that is read.
    pub(super) fn syntax_error(&self) -> Error {
        let name = match self.kind {
            Kind::Vector => "tsvector",
            Kind::Query | Kind::Web => "tsquery",
        };
        Error::new(
            Code::SYNTAX,
            format!("syntax error in {name}: \"{}\"", self.text),
        )
    }

    /// Tells whether `character` is an operator, which ends a word of a query.
    pub(super) fn is_operator(character: char) -> bool {
        matches!(character, '!' | '&' | '|' | '(' | ')' | '<')
    }

    fn ends_word(&self, character: char) -> bool {
        is_space(character)
            || (self.kind != Kind::Vector && Self::is_operator(character))
            || (self.kind == Kind::Web && character == '"')
    }

    /// Returns the next word, and its positions in a `tsvector`; nothing at the end.
    ///
    /// # Errors
    /// `42601`.
    pub(super) fn next(&mut self) -> Result<Option<(String, Vec<Position>)>> {
        while self.peek().is_some_and(is_space) {
            self.advance();
        }
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        let quotes = self.kind != Kind::Web;
        if quotes && first == '\'' {
            self.advance();
            let word = self.quoted()?;
            let has_positions = self.kind == Kind::Vector && self.peek() == Some(':');
            let positions = self.positions(has_positions)?;
            return Ok(Some((word, positions)));
        }
        if self.kind != Kind::Vector && Self::is_operator(first) {
            return Err(self.syntax_error());
        }
        let mut word = String::new();
        // The first character is taken whatever it is, a colon or a quotation mark too.
        if !(quotes && first == '\\') {
            word.push(first);
            self.advance();
        }
        self.bare(&mut word)?;
        let has_positions = self.kind == Kind::Vector && self.peek() == Some(':');
        let positions = self.positions(has_positions)?;
        Ok(Some((word, positions)))
    }

    /// Reads a word without quotes to its end.
    fn bare(&mut self, word: &mut String) -> Result<()> {
        while let Some(character) = self.peek() {
            if character == '\\' && self.kind != Kind::Web {
                self.advance();
                word.push(self.escaped()?);
                continue;
            }
            if character == ':' || self.ends_word(character) {
                break;
            }
            word.push(character);
            self.advance();
        }
        if word.is_empty() {
            return Err(self.syntax_error());
        }
        Ok(())
    }

    /// Reads a word in quotes, of which the first was read.
    fn quoted(&mut self) -> Result<String> {
        let mut word = String::new();
        loop {
            let character = self.peek().ok_or_else(|| self.syntax_error())?;
            self.advance();
            match character {
                '\'' if self.peek() == Some('\'') => {
                    word.push('\'');
                    self.advance();
                }
                '\'' if word.is_empty() => return Err(self.syntax_error()),
                '\'' => return Ok(word),
                '\\' => word.push(self.escaped()?),
                other => word.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Result<char> {
        let character = self.peek().ok_or_else(|| {
            Error::new(
                Code::SYNTAX,
                format!("there is no escaped character: \"{}\"", self.text),
            )
        })?;
        self.advance();
        Ok(character)
    }

    /// Reads `:1,2A`, if there are positions.
    fn positions(&mut self, present: bool) -> Result<Vec<Position>> {
        let mut positions = Vec::new();
        if !present {
            return Ok(positions);
        }
        loop {
            // The colon or the comma.
            self.advance();
            positions.push(self.position()?);
            match self.peek() {
                Some(',') => {}
                None => return Ok(positions),
                Some(character) if is_space(character) => return Ok(positions),
                Some(_) => return Err(self.syntax_error()),
            }
        }
    }

    fn position(&mut self) -> Result<Position> {
        let digits = self.digits();
        if digits.is_empty() {
            return Err(self.syntax_error());
        }
        // More digits than fit are a number above the limit.
        let number: u16 = digits.parse().unwrap_or(u16::MAX).min(POSITION_MAX);
        if number == 0 {
            return Err(Error::new(
                Code::SYNTAX,
                format!("wrong position info in tsvector: \"{}\"", self.text),
            ));
        }
        let mut weight = 0;
        loop {
            let given = match self.peek() {
                Some('a' | 'A' | '*') => 3,
                Some('b' | 'B') => 2,
                Some('c' | 'C') => 1,
                Some('d' | 'D') => 0,
                Some(digit) if digit.is_ascii_digit() => {
                    self.advance();
                    continue;
                }
                _ => return Ok(Position::new(number, weight)),
            };
            if weight != 0 {
                return Err(self.syntax_error());
            }
            weight = given;
            self.advance();
        }
    }

    fn digits(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }
}
