//! [`Needed`]: which words a vector must have for a query to be satisfied, for an index that knows the vectors of each word.
//!
//! It is a condition that is necessary and not sufficient: an index finds candidates by it, and [`super::matches`] decides.

use super::query::{Node, Operand, Operator, Query};
use crate::types::text;

/// The most alternatives that are looked up in an index.
const ALTERNATIVES_MAX: usize = 64;

/// The most alternatives' groups of which the rarest is chosen.
const GROUPS_MAX: usize = 8;

/// The words from `first` on and before `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRange {
    /// The first word.
    pub first: String,
    /// The first word that is not meant any more.
    pub end: String,
}

/// Groups of words: of each, a vector must have one word at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The groups; not empty. A group without words is satisfied by nothing.
    pub groups: Vec<Vec<WordRange>>,
}

impl Query {
    /// Returns what an index can look up; nothing when the query may be satisfied without any word.
    pub fn needed(&self) -> Option<Needed> {
        let groups = match &self.root {
            // A query without words finds nothing.
            None => vec![Vec::new()],
            Some(root) => {
                let mut groups = groups(root);
                groups.truncate(GROUPS_MAX);
                groups
            }
        };
        (!groups.is_empty()).then_some(Needed { groups })
    }
}

fn groups(node: &Node) -> Vec<Vec<WordRange>> {
    match node {
        Node::Operand(operand) => range(operand).map_or_else(Vec::new, |range| vec![vec![range]]),
        Node::Not(_) => Vec::new(),
        Node::Joined(first, rest) => {
            let parts = std::iter::once(&**first).chain(rest.iter().map(|(_, node)| node));
            if rest.iter().any(|(operator, _)| *operator == Operator::Or) {
                let mut alternatives = Vec::new();
                for part in parts {
                    match groups(part).into_iter().min_by_key(Vec::len) {
                        Some(group) => alternatives.extend(group),
                        None => return Vec::new(),
                    }
                    if alternatives.len() > ALTERNATIVES_MAX {
                        return Vec::new();
                    }
                }
                return vec![alternatives];
            }
            parts.flat_map(groups).collect()
        }
    }
}

fn range(operand: &Operand) -> Option<WordRange> {
    let end = if operand.prefix {
        text::after_prefix(&operand.word)?
    } else {
        // No text has a NUL, so that nothing is between a word and this.
        format!("{}\u{1}", operand.word)
    };
    Some(WordRange {
        first: operand.word.clone(),
        end,
    })
}
