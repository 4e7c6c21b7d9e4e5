//! Full-text search: `tsvector`, `tsquery`, and how texts become them, as PostgreSQL has it.
//!
//! A document is read by `scan` into tokens, each of which a dictionary of the [`Configuration`] makes a lexeme; a [`Vector`] holds the
//! lexemes and where they stand. A [`Query`] is words joined by operators; [`matches()`] decides whether a vector satisfies it, [`Needed`] says
//! which words an index may look it up by. Nothing here knows of tables or engines.

mod character;
mod configuration;
mod cover;
mod dictionary;
mod document;
mod excerpt;
mod headline;
mod headline_options;
mod lexeme_reader;
mod matching;
mod needed;
mod query;
mod query_parser;
mod rank;
mod scan;
mod vector;
mod view;
mod words;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

pub use configuration::{Configuration, DEFAULT_CONFIGURATION};
pub use cover::rank_of_covers;
pub use document::{json_parts_to_vector, json_to_vector, to_vector};
pub use headline::{headline, json_headline};
pub use matching::matches;
pub use needed::{Needed, WordRange};
pub use query::Query;
pub use rank::{WEIGHTS, Weights, rank, weights};
pub use vector::Vector;
pub use words::{phrase_to_query, plain_to_query, to_query, web_to_query};

/// Compares two canonical `tsvector`s.
pub(super) fn compare_vectors(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    Vector::read(left).compare(&Vector::read(right))
}

/// Compares two canonical `tsquery`s: by the number of words and operators first, as PostgreSQL does, then by their text.
pub(super) fn compare_queries(left: &str, right: &str) -> Ordering {
    let count = |text: &str| Query::read(text).map_or(0, |query| query.node_count());
    count(left)
        .cmp(&count(right))
        .then_with(|| left.len().cmp(&right.len()))
        .then_with(|| left.cmp(right))
}
