//! `@@`: whether a vector has the words of a query, where the query wants them.
//!
//! Where the positions of a word are not known, a phrase may or may not be there. PostgreSQL computes with three values, and so does
//! this: a phrase that may be there is not, so that its negation is.

use super::query::{Node, Operand, Operator, Query};
use super::view::{Entry, View};

/// A truth value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Maybe,
}

/// Where a part of a phrase matches.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// The last word's positions, ascending.
    pub(super) at: Vec<u32>,
    /// It matches everywhere but there.
    pub(super) negated: bool,
    /// The words of the match but one.
    width: u32,
}

impl Places {
    /// Returns the places of a word.
    pub(super) fn of_word(at: Vec<u32>) -> Self {
        Self {
            at,
            ..Self::default()
        }
    }
}

/// Where words are looked for.
pub(super) trait Words {
    /// Tells whether the word is there.
    fn has(&self, operand: &Operand) -> Answer;

    /// Tells whether the word is there, and its positions when they are known.
    fn places(&self, operand: &Operand) -> (Answer, Places);
}

/// Tells whether a canonical vector satisfies `query`.
pub fn matches(vector: &str, query: &Query) -> bool {
    match &query.root {
        Some(root) => evaluate(root, &View::new(vector)) != Answer::No,
        None => false,
    }
}

/// Evaluates `node`.
pub(super) fn evaluate(node: &Node, words: &dyn Words) -> Answer {
    match node {
        Node::Operand(operand) => words.has(operand),
        Node::Not(operand) => match evaluate(operand, words) {
            Answer::No => Answer::Yes,
            Answer::Yes => Answer::No,
            Answer::Maybe => Answer::Maybe,
        },
        Node::Joined(first, rest) => match rest.first() {
            Some((Operator::Phrase(_), _)) => match phrase(node, words).0 {
                Answer::Yes => Answer::Yes,
                Answer::No | Answer::Maybe => Answer::No,
            },
            Some((Operator::Or, _)) => joined(first, rest, words, Answer::Yes),
            _ => joined(first, rest, words, Answer::No),
        },
    }
}

/// Evaluates parts until one decides.
fn joined(first: &Node, rest: &[(Operator, Node)], words: &dyn Words, decides: Answer) -> Answer {
    let mut answer = None;
    for node in std::iter::once(first).chain(rest.iter().map(|(_, node)| node)) {
        match evaluate(node, words) {
            decided if decided == decides => return decides,
            Answer::Maybe => answer = Some(Answer::Maybe),
            other => answer = answer.or(Some(other)),
        }
    }
    answer.unwrap_or(Answer::No)
}

/// Evaluates a part of a phrase; the places are told when the answer is yes.
fn phrase(node: &Node, words: &dyn Words) -> (Answer, Places) {
    match node {
        Node::Operand(operand) => words.places(operand),
        Node::Not(operand) => match phrase(operand, words) {
            (Answer::No, places) => (
                Answer::Yes,
                Places {
                    negated: true,
                    ..places
                },
            ),
            (Answer::Yes, places) if places.at.is_empty() && places.negated => (
                Answer::No,
                Places {
                    negated: false,
                    ..places
                },
            ),
            (Answer::Yes, places) => (
                Answer::Yes,
                Places {
                    negated: !places.negated,
                    ..places
                },
            ),
            maybe => maybe,
        },
        Node::Joined(first, rest) => {
            let mut left = phrase(first, words);
            for (operator, node) in rest {
                left = match operator {
                    Operator::Or => either(left, phrase(node, words)),
                    Operator::And | Operator::Phrase(_) if left.0 == Answer::No => {
                        return (Answer::No, Places::default());
                    }
                    Operator::And => both(left, phrase(node, words), None),
                    Operator::Phrase(distance) => both(left, phrase(node, words), Some(*distance)),
                };
            }
            left
        }
    }
}

/// Both parts, at a distance or at the same place.
fn both(
    left: (Answer, Places),
    right: (Answer, Places),
    distance: Option<u16>,
) -> (Answer, Places) {
    let ((left_answer, left), (right_answer, right)) = (left, right);
    if left_answer == Answer::No || right_answer == Answer::No {
        return (Answer::No, Places::default());
    }
    if left_answer == Answer::Maybe || right_answer == Answer::Maybe {
        return (Answer::Maybe, Places::default());
    }
    let (left_offset, right_offset, width) = match distance {
        Some(distance) => {
            let distance = u32::from(distance);
            (
                distance + right.width,
                0,
                distance + left.width + right.width,
            )
        }
        None => aligned(&left, &right),
    };
    let emit = match (left.negated, right.negated) {
        (true, true) => Emit::ANY,
        (true, false) => Emit::RIGHT,
        (false, true) => Emit::LEFT,
        (false, false) => Emit::BOTH,
    };
    let at = merge(&left.at, &right.at, left_offset, right_offset, emit);
    let negated = left.negated && right.negated;
    answered(at, negated, width)
}

/// One of the parts.
fn either(left: (Answer, Places), right: (Answer, Places)) -> (Answer, Places) {
    let ((left_answer, mut left), (right_answer, mut right)) = (left, right);
    if left_answer == Answer::No && right_answer == Answer::No {
        return (Answer::No, Places::default());
    }
    if left_answer == Answer::Maybe || right_answer == Answer::Maybe {
        return (Answer::Maybe, Places::default());
    }
    if left_answer == Answer::No {
        left.width = 0;
    }
    if right_answer == Answer::No {
        right.width = 0;
    }
    let (left_offset, right_offset, width) = aligned(&left, &right);
    let emit = match (left.negated, right.negated) {
        (true, true) => Emit::BOTH,
        (true, false) => Emit::LEFT,
        (false, true) => Emit::RIGHT,
        (false, false) => Emit::ANY,
    };
    let at = merge(&left.at, &right.at, left_offset, right_offset, emit);
    let negated = left.negated || right.negated;
    answered(at, negated, width)
}

fn answered(at: Vec<u32>, negated: bool, width: u32) -> (Answer, Places) {
    let answer = if negated || !at.is_empty() {
        Answer::Yes
    } else {
        Answer::No
    };
    let places = Places { at, negated, width };
    (answer, places)
}

fn aligned(left: &Places, right: &Places) -> (u32, u32, u32) {
    let width = left.width.max(right.width);
    (width - left.width, width - right.width, width)
}

/// Which positions go on: those of the left alone, of the right alone, of both.
#[derive(Clone, Copy)]
struct Emit {
    left: bool,
    right: bool,
    both: bool,
}

impl Emit {
    const ANY: Self = Self {
        left: true,
        right: true,
        both: true,
    };
    const LEFT: Self = Self {
        left: true,
        right: false,
        both: false,
    };
    const RIGHT: Self = Self {
        left: false,
        right: true,
        both: false,
    };
    const BOTH: Self = Self {
        left: false,
        right: false,
        both: true,
    };
}

fn merge(left: &[u32], right: &[u32], left_offset: u32, right_offset: u32, emit: Emit) -> Vec<u32> {
    let mut left = left.iter().map(|at| at + left_offset).peekable();
    let mut right = right.iter().map(|at| at + right_offset).peekable();
    let mut merged = Vec::new();
    loop {
        let (at, wanted) = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return merged,
            (Some(first), Some(second)) if first == second => {
                left.next();
                right.next();
                (first, emit.both)
            }
            (Some(first), second) if second.is_none_or(|second| first < second) => {
                left.next();
                (first, emit.left)
            }
            (_, Some(second)) => {
                right.next();
                (second, emit.right)
            }
            (Some(_), None) => return merged,
        };
        if wanted {
            merged.push(at);
        }
    }
}

impl Words for View<'_> {
    fn has(&self, operand: &Operand) -> Answer {
        let wanted = |entry: &Entry<'_>| {
            operand.weights == 0
                || !entry.has_positions()
                || entry
                    .positions()
                    .any(|position| operand.weights & (1 << position.weight) != 0)
        };
        let found = if operand.prefix {
            self.starting(&operand.word).any(wanted)
        } else {
            self.find(&operand.word).is_some_and(wanted)
        };
        if found { Answer::Yes } else { Answer::No }
    }

    fn places(&self, operand: &Operand) -> (Answer, Places) {
        let mut at = Vec::new();
        let mut add = |entry: &Entry<'_>| {
            if !entry.has_positions() {
                return false;
            }
            at.extend(
                entry
                    .positions()
                    .filter(|it| operand.weights == 0 || operand.weights & (1 << it.weight) != 0)
                    .map(|position| u32::from(position.at)),
            );
            true
        };
        let known = if operand.prefix {
            self.starting(&operand.word).all(&mut add)
        } else {
            self.find(&operand.word).is_none_or(&mut add)
        };
        if !known {
            return (Answer::Maybe, Places::default());
        }
        at.sort_unstable();
        at.dedup();
        answered(at, false, 0)
    }
}
