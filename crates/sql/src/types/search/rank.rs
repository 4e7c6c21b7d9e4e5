//! `ts_rank`: how well a vector matches a query, by how often its words occur, and how near to each other.
//!
//! PostgreSQL computes in `float` with some steps in `double`; the same steps are taken here, so that the last digit agrees.

use underpin_base::{Code, Error, Result};

use super::query::{Node, Operand, Operator, Query};
use super::vector::{POSITION_MAX, Position};
use super::view::View;

/// The weights of `D`, `C`, `B`, `A`.
pub type Weights = [f32; 4];

/// PostgreSQL's weights.
pub const WEIGHTS: Weights = [0.1, 0.2, 0.4, 1.0];

/// How a rank is made to depend on the length of the document: PostgreSQL's bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normalization(pub(super) i64);

impl Normalization {
    pub(super) const LOG_LENGTH: i64 = 1;
    pub(super) const LENGTH: i64 = 2;
    pub(super) const EXTENT_DISTANCE: i64 = 4;
    pub(super) const UNIQUE: i64 = 8;
    pub(super) const LOG_UNIQUE: i64 = 16;
    pub(super) const OF_ITSELF: i64 = 32;

    pub(super) fn has(self, bit: i64) -> bool {
        self.0 & bit != 0
    }
}

/// Returns the weights that an array gives; a negative one is PostgreSQL's.
///
/// # Errors
/// `2202E` for too few, `22023` for one that is greater than 1.
pub fn weights(given: &[f32]) -> Result<Weights> {
    let mut weights = WEIGHTS;
    if given.len() < weights.len() {
        return Err(Error::new(
            Code::new("2202E"),
            "array of weight is too short",
        ));
    }
    for (weight, given) in weights.iter_mut().zip(given) {
        if *given >= 0.0 {
            *weight = *given;
        }
        if *weight > 1.0 {
            return Err(Error::new(Code::INVALID_PARAMETER, "weight out of range"));
        }
    }
    Ok(weights)
}

/// Returns `ts_rank(weights, vector, query, normalization)` of a canonical vector.
pub fn rank(weights: &Weights, vector: &str, query: &Query, normalization: i64) -> f32 {
    let view = View::new(vector);
    let Some(root) = &query.root else {
        return 0.0;
    };
    if view.entries.is_empty() {
        return 0.0;
    }
    let operands = operands(root);
    let near = matches!(
        root,
        Node::Joined(_, rest)
            if !matches!(rest.first(), Some((Operator::Or, _)))
    );
    let mut rank = if near && operands.len() >= 2 {
        rank_and(weights, &view, &operands)
    } else {
        rank_or(weights, &view, &operands)
    };
    if rank < 0.0 {
        rank = 1e-20;
    }
    let method = Normalization(normalization);
    let length = length(&view);
    let unique = view.entries.len();
    if method.has(Normalization::LOG_LENGTH) {
        rank = (f64::from(rank) / (((length + 1) as f64).ln() / 2f64.ln())) as f32;
    }
    if method.has(Normalization::LENGTH) && length > 0 {
        rank /= length as f32;
    }
    if method.has(Normalization::UNIQUE) {
        rank /= unique as f32;
    }
    if method.has(Normalization::LOG_UNIQUE) {
        rank = (f64::from(rank) / (((unique + 1) as f64).ln() / 2f64.ln())) as f32;
    }
    if method.has(Normalization::OF_ITSELF) {
        rank /= rank + 1.0;
    }
    rank
}

/// Returns the number of positions; a word without counts as one.
pub(super) fn length(view: &View<'_>) -> usize {
    view.entries
        .iter()
        .map(|entry| entry.positions().count().max(1))
        .sum()
}

/// Returns the words of a query in order, each once: of several that differ in their modifiers alone, the last in the query, which PostgreSQL
/// meets first.
fn operands(root: &Node) -> Vec<&Operand> {
    let mut operands = Vec::new();
    root.each_operand(&mut |operand| operands.push(operand));
    operands.reverse();
    operands.sort_by(|left, right| left.word.cmp(&right.word));
    operands.dedup_by(|right, left| left.word == right.word);
    operands
}

fn weight(weights: &Weights, position: Position) -> f32 {
    weights
        .get(usize::from(position.weight))
        .copied()
        .unwrap_or_default()
}

/// The positions of a word; where they are not known, the last possible one, and `false`.
fn entries(view: &View<'_>, operand: &Operand) -> Vec<(Vec<Position>, bool)> {
    let positions = |entry: &super::view::Entry<'_>| {
        if entry.has_positions() {
            (entry.positions().collect(), true)
        } else {
            (vec![Position::new(POSITION_MAX, 0)], false)
        }
    };
    if operand.prefix {
        view.starting(&operand.word).map(positions).collect()
    } else {
        view.find(&operand.word)
            .map(positions)
            .into_iter()
            .collect()
    }
}

/// Returns how much two words count that stand so far from each other.
fn nearness(distance: u16) -> f32 {
    if distance > 100 {
        return 1e-30;
    }
    (1.0 / (1.005 + 0.05 * (f64::from(f32::from(distance)) / 1.5 - 2.0).exp())) as f32
}

fn rank_and(weights: &Weights, view: &View<'_>, operands: &[&Operand]) -> f32 {
    let mut rank = -1.0f32;
    let mut before: Vec<(Vec<Position>, bool)> = Vec::new();
    for operand in operands {
        let found = entries(view, operand);
        for (positions, known) in &found {
            for (others, others_known) in &before {
                for position in positions {
                    for other in others {
                        let distance = position.at.abs_diff(other.at);
                        if distance == 0 && *known && *others_known {
                            continue;
                        }
                        // Where positions are not known, words are as far from each other as can be.
                        let distance = if distance == 0 {
                            POSITION_MAX + 1
                        } else {
                            distance
                        };
                        let product = weight(weights, *position)
                            * weight(weights, *other)
                            * nearness(distance);
                        let current = f64::from(product).sqrt() as f32;
                        rank = if rank < 0.0 {
                            current
                        } else {
                            (1.0 - (1.0 - f64::from(rank)) * (1.0 - f64::from(current))) as f32
                        };
                    }
                }
            }
        }
        // Of the words that a prefix finds, PostgreSQL compares the last with what follows.
        before.extend(found.into_iter().next_back());
    }
    rank
}

fn rank_or(weights: &Weights, view: &View<'_>, operands: &[&Operand]) -> f32 {
    let mut rank = 0.0f32;
    for operand in operands {
        for (positions, _) in entries(view, operand) {
            let mut sum = 0.0f32;
            let mut greatest = -1.0f32;
            let mut greatest_at = 0;
            for (index, position) in positions.iter().enumerate() {
                let weight = weight(weights, *position);
                sum += weight / square(index);
                if weight > greatest {
                    greatest = weight;
                    greatest_at = index;
                }
            }
            let word = greatest + sum - greatest / square(greatest_at);
            rank = (f64::from(rank) + f64::from(word) / 1.644_934_066_85) as f32;
        }
    }
    if !operands.is_empty() {
        rank /= operands.len() as f32;
    }
    rank
}

fn square(index: usize) -> f32 {
    let number = index + 1;
    (number * number) as f32
}
