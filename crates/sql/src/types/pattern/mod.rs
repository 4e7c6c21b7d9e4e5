//! PostgreSQL's regular expressions ("advanced" ones), read into a tree.
//!
//! [`Pattern`] is the tree. A pattern without look-around and back-references is regular: [`Pattern::to_regex`] writes it for the
//! `regex` crate, which finds in linear time where a match begins. What that crate has otherwise, the choice of the longest match
//! and the division of a match among groups, is decided by [`Pattern::captures`]; patterns that are not regular are searched by
//! [`Pattern::search`]. Both count their steps and end with an error, never a wrong answer, when there are too many.
//!
//! The rules are those of the manual's "Regular Expression Matching Rules": the match begins as early as it can; the pattern as a
//! whole is greedy or not, by its first quantified atom that says so; within a match the earlier part chooses first.

mod bracket;
mod class;
mod escape;
mod matcher;
mod measure;
mod options;
mod parse;
mod sequence;
mod text;
mod write;

#[cfg(test)]
mod tests;

use underpin_base::{Code, Error, Result};

pub use options::Options;
pub use text::{Captures, Text};

use class::Set;

/// The longest pattern, in bytes.
const BYTES_MAX: usize = 4 << 10;

/// A pattern that was read.
#[derive(Debug)]
pub struct Pattern {
    root: Node,
    groups: usize,
    options: Options,
}

/// A part of a pattern, with what is known of its matches.
#[derive(Clone, Debug)]
struct Node {
    kind: Kind,
    /// Tells the part from the others.
    id: usize,
    /// The fewest characters that it matches.
    min: usize,
    /// The most; nothing when there is no bound.
    max: Option<usize>,
    /// Whether it takes as little as it can, or as much; nothing when it does not care.
    shortest: Option<bool>,
    /// The groups within it: the first, and the one behind the last.
    groups: (usize, usize),
    /// It refers back to a group.
    refers: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    /// One character.
    Set(Set),
    /// A place between characters.
    Place(Place),
    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`.
    Look {
        behind: bool,
        negated: bool,
        inner: Box<Node>,
    },
    /// `\1`.
    Back(usize),
    /// `(…)`, the group of this number, from 1.
    Group(usize, Box<Node>),
    /// One after the other; none at all is the empty match.
    List(Vec<Node>),
    /// `a|b`.
    Either(Vec<Node>),
    /// `a{least,most}`.
    Repeat {
        inner: Box<Node>,
        least: usize,
        most: Option<usize>,
    },
}

/// A place between characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordStart,
    WordEnd,
    WordEdge,
    NoWordEdge,
}

impl Pattern {
    /// Reads a pattern; `options` are those that were given beside it, which the pattern itself may change.
    ///
    /// # Errors
    /// `2201B` in PostgreSQL's words.
    pub fn read(pattern: &str, options: Options) -> Result<Self> {
        if pattern.len() > BYTES_MAX {
            return Err(invalid("regular expression is too complex"));
        }
        parse::pattern(pattern, options)
    }

    /// Tells whether it has neither look-around nor back-references.
    pub fn is_regular(&self) -> bool {
        self.root.is_regular()
    }

    /// Tells whether it matches as little as it can.
    pub fn is_shortest(&self) -> bool {
        self.root.shortest == Some(true)
    }

    /// Returns how many groups it has.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Returns the same in the syntax of the `regex` crate, without groups; for a regular pattern only.
    pub fn to_regex(&self) -> String {
        write::regex(&self.root, self.options)
    }
}

impl Node {
    fn is_regular(&self) -> bool {
        match &self.kind {
            Kind::Look { .. } | Kind::Back(_) => false,
            Kind::Set(_) | Kind::Place(_) => true,
            Kind::Group(_, inner) | Kind::Repeat { inner, .. } => inner.is_regular(),
            Kind::List(parts) | Kind::Either(parts) => parts.iter().all(Self::is_regular),
        }
    }
}

/// Returns PostgreSQL's error for a pattern that is none.
pub fn invalid(reason: &str) -> Error {
    Error::new(
        Code::INVALID_REGULAR_EXPRESSION,
        format!("invalid regular expression: {reason}"),
    )
}

/// Returns the error for a match that takes too long to find.
fn too_complex() -> Error {
    invalid("regular expression is too complex").details(
        "The pattern's look-around, references back or groups need too many steps on this text.",
    )
}
