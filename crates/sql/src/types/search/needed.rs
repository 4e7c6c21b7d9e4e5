//! [`Needed`]: which words a vector must have for a query to be satisfied, for an index that knows the vectors of each word.
//!
//! It is a condition that is necessary and not sufficient: an index finds candidates by it, and [`super::matches`] decides.

use super::query::{Node, Operand, Operator, Query};
use crate::types::text;

/// The most alternatives that are looked up in an index.
const ALTERNATIVES_MAX: usize = 64;

/// The most alternatives' groups of which the rarest is chosen.
const GROUPS_MAX: usize = 8;

/// What makes a word the next one: no text has a NUL, so that nothing is between them.
const AFTER_WORD: char = '\u{1}';

/// The words from `first` on and before `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRange {
    /// The first word.
    pub first: String,
    /// The first word that is not meant any more.
    pub end: String,
}

impl WordRange {
    /// Returns the word when it is one only.
    pub fn word(&self) -> Option<&str> {
        (self.end.strip_suffix(AFTER_WORD) == Some(&self.first)).then_some(&self.first)
    }
}

/// Groups of words: of each, a vector must have one word at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The groups; not empty. A group without words is satisfied by nothing.
    pub groups: Vec<Vec<WordRange>>,
    /// Whether a vector that has a word of each group satisfies the query.
    pub sufficient: bool,
}

impl Needed {
    /// Returns the words that a vector must have, whatever else it has.
    pub fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = Vec::new();
        for group in &self.groups {
            if let [range] = group.as_slice()
                && let Some(word) = range.word()
                && !words.contains(&word)
            {
                words.push(word);
            }
        }
        words
    }
}

impl Query {
    /// Returns what an index can look up; nothing when the query may be satisfied without any word.
    pub fn needed(&self) -> Option<Needed> {
        let Some(root) = &self.root else {
            // A query without words finds nothing.
            return Some(Needed {
                groups: vec![Vec::new()],
                sufficient: true,
            });
        };
        let mut groups = groups(root);
        let sufficient = groups.len() <= GROUPS_MAX && is_decided_by_groups(root);
        groups.truncate(GROUPS_MAX);
        (!groups.is_empty()).then_some(Needed { groups, sufficient })
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

/// Tells whether the groups of `node` say all that it asks for: neither weights nor places, and nothing that must not be there.
fn is_decided_by_groups(node: &Node) -> bool {
    match node {
        Node::Operand(operand) => operand.weights == 0 && range(operand).is_some(),
        Node::Not(_) => false,
        Node::Joined(first, rest) => std::iter::once(&**first)
            .chain(rest.iter().map(|(_, node)| node))
            .all(|node| {
                is_decided_by_groups(node)
                    && match rest.first() {
                        // Of each alternative one group is looked up.
                        Some((Operator::Or, _)) => groups(node).len() == 1,
                        Some((Operator::Phrase(_), _)) => false,
                        Some((Operator::And, _)) | None => true,
                    }
            }),
    }
}

fn range(operand: &Operand) -> Option<WordRange> {
    let end = if operand.prefix {
        text::after_prefix(&operand.word)?
    } else {
        format!("{}{AFTER_WORD}", operand.word)
    };
    Some(WordRange {
        first: operand.word.clone(),
        end,
    })
}
