//! The parser of documents: a text becomes tokens, as PostgreSQL's parser `default` has them.
//!
//! It is a machine of states with a stack for what may turn out otherwise: `a-b` may be the beginning of a host, and is a compound
//! word when it is not. [`rule`] says what a rule can do, the other files hold the states, [`scanner`] runs them.

mod markup;
mod number;
mod place;
mod rule;
mod scanner;
mod word;

pub(super) use scanner::Scanner;

/// The kind of a token, by PostgreSQL's alias of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// `asciiword`
    AsciiWord,
    /// `word`
    Word,
    /// `numword`
    NumberWord,
    /// `email`
    Email,
    /// `url`
    Url,
    /// `host`
    Host,
    /// `sfloat`
    Scientific,
    /// `version`
    Version,
    /// `hword_numpart`
    NumberPart,
    /// `hword_part`
    Part,
    /// `hword_asciipart`
    AsciiPart,
    /// `blank`
    Blank,
    /// `tag`
    Tag,
    /// `protocol`
    Protocol,
    /// `numhword`
    NumberCompound,
    /// `asciihword`
    AsciiCompound,
    /// `hword`
    Compound,
    /// `url_path`
    UrlPath,
    /// `file`
    File,
    /// `float`
    Decimal,
    /// `int`
    SignedInteger,
    /// `uint`
    UnsignedInteger,
    /// `entity`
    Entity,
}

impl Token {
    /// Tells whether no dictionary knows such a token, so that it is not counted as a word.
    pub(super) fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Blank | Self::Tag | Self::Protocol | Self::Entity
        )
    }
}
