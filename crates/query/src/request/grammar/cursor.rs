//! [`Cursor`]: a position in a text, and [`Failure`]: why reading stopped there.

use std::borrow::Cow;

use underpin_base::{Code, Error};

/// The result of a reader.
pub(in crate::request) type Parse<T> = Result<T, Failure>;

/// A position in a text.
#[derive(Clone, Debug)]
pub(in crate::request) struct Cursor<'a> {
    text: &'a str,
    position: usize,
}

/// Why a text could not be read.
#[derive(Debug)]
pub(in crate::request) enum Failure {
    /// Something else was expected at `position`.
    Syntax {
        /// The byte at which reading stopped.
        position: usize,
        /// What was found there, quoted as PostgREST quotes it.
        unexpected: String,
        /// What was expected.
        expecting: Cow<'static, str>,
    },
    /// A limit was passed: the sentence, and the name of the setting.
    Limit(String, &'static str),
    /// The text is well formed, but means something that PostgreSQL refuses.
    Refused(Box<Error>),
}

impl<'a> Cursor<'a> {
    /// Returns the start of `text`.
    pub(in crate::request) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    /// Returns what was not read yet.
    pub(in crate::request) fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// Returns the position in bytes.
    pub(in crate::request) fn position(&self) -> usize {
        self.position
    }

    /// Returns the next character.
    pub(in crate::request) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Tells whether everything was read.
    pub(in crate::request) fn is_at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    /// Passes over `bytes` bytes, which must end at a character's border.
    pub(in crate::request) fn advance(&mut self, bytes: usize) {
        self.position += bytes;
    }

    /// Passes over `prefix` if it is next.
    pub(in crate::request) fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.position += prefix.len();
        }
        found
    }

    /// Passes over the characters that satisfy `accept` and returns them.
    pub(in crate::request) fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.position += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Passes over blanks and tabs.
    pub(in crate::request) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t'));
    }

    /// Returns the failure that something else than `expecting` is next.
    pub(in crate::request) fn fail(&self, expecting: impl Into<Cow<'static, str>>) -> Failure {
        Failure::Syntax {
            position: self.position,
            unexpected: match self.peek() {
                Some(found) => format!("\"{found}\""),
                None => "end of input".to_owned(),
            },
            expecting: expecting.into(),
        }
    }

    /// Returns the failure that an item goes on where it should end. PostgREST puts the character in single quotes here.
    pub(in crate::request) fn fail_end(&self, expecting: impl Into<Cow<'static, str>>) -> Failure {
        Failure::Syntax {
            position: self.position,
            unexpected: match self.peek() {
                Some(found) => format!("'{found}'"),
                None => "end of input".to_owned(),
            },
            expecting: expecting.into(),
        }
    }

    /// Returns the failure that the word `word` is not next: the first character that differs from it is what was unexpected.
    pub(in crate::request) fn fail_word(
        &self,
        word: &str,
        expecting: impl Into<Cow<'static, str>>,
    ) -> Failure {
        let differs = self
            .rest()
            .chars()
            .zip(word.chars().map(Some).chain(std::iter::repeat(None)))
            .find_map(|(found, wanted)| (Some(found) != wanted).then_some(found));
        Failure::Syntax {
            position: self.position,
            unexpected: match differs {
                Some(found) => format!("\"{found}\""),
                None => "end of input".to_owned(),
            },
            expecting: expecting.into(),
        }
    }
}

impl Failure {
    /// Returns the failure of passing a limit; `sentence` says which and its value.
    pub(in crate::request) fn limit(sentence: String, setting: &'static str) -> Self {
        Self::Limit(sentence, setting)
    }

    /// Returns the error for the client. `what` names the kind of text, `shown` is the text as the client wrote it and `read` the one that was read.
    pub(in crate::request) fn into_error(self, what: &str, shown: &str, read: &str) -> Error {
        match self {
            Self::Syntax {
                position,
                unexpected,
                expecting,
            } => {
                let before = read.get(..position).unwrap_or(read);
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
                Error::new(
                    Code::QUERY_STRING,
                    format!("\"failed to parse {what} ({shown})\" (line {line}, column {column})"),
                )
                .details(format!("unexpected {unexpected} expecting {expecting}"))
            }
            Self::Limit(sentence, setting) => Error::new(Code::QUERY_STRING, sentence)
                .hint(format!("the setting is limits.{setting}")),
            Self::Refused(error) => *error,
        }
    }
}
