//! The order of `jsonb` values, as PostgreSQL's B-tree has it.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::scan::{Kind, kind, unescape};
use super::{Elements, Members, inner_text};
use crate::types::numeric;

/// Compares two canonical texts: objects after arrays after booleans after numbers after strings after null; a longer array or object after a
/// shorter, except that an empty array is the least of all.
pub fn compare(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let (left_kind, right_kind) = (kind(left), kind(right));
    if left_kind != right_kind {
        // An empty array at the top is less than everything; PostgreSQL keeps this for its indexes' sake.
        return match (is_empty_array(left), is_empty_array(right)) {
            (true, _) => Ordering::Less,
            (_, true) => Ordering::Greater,
            _ => rank(left_kind).cmp(&rank(right_kind)),
        };
    }
    match left_kind {
        Kind::Null => Ordering::Equal,
        Kind::Bool => left.len().cmp(&right.len()).reverse(),
        Kind::Number => numeric::compare(left, right),
        Kind::String => strings(left, right),
        Kind::Array => {
            let counts = Elements::new(left)
                .count()
                .cmp(&Elements::new(right).count());
            counts.then_with(|| {
                let pairs = Elements::new(left).zip(Elements::new(right));
                first_difference(pairs.map(|(left, right)| nested(left, right)))
            })
        }
        Kind::Object => {
            let counts = Members::new(left).count().cmp(&Members::new(right).count());
            counts.then_with(|| {
                let pairs = Members::new(left).zip(Members::new(right));
                first_difference(pairs.map(|(left, right)| {
                    let keys = text(left.0).cmp(&text(right.0));
                    keys.then_with(|| nested(left.1, right.1))
                }))
            })
        }
    }
}

fn is_empty_array(json: &str) -> bool {
    kind(json) == Kind::Array && Elements::new(json).next().is_none()
}

/// Compares values within others, where an empty array has no special place.
fn nested(left: &str, right: &str) -> Ordering {
    match (kind(left), kind(right)) {
        (left_kind, right_kind) if left_kind != right_kind => {
            rank(left_kind).cmp(&rank(right_kind))
        }
        _ => compare(left, right),
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Null => 0,
        Kind::String => 1,
        Kind::Number => 2,
        Kind::Bool => 3,
        Kind::Array => 4,
        Kind::Object => 5,
    }
}

fn text(escaped: &str) -> Cow<'_, str> {
    unescape(escaped).unwrap_or_default()
}

fn strings(left: &str, right: &str) -> Ordering {
    inner_text(left).cmp(&inner_text(right))
}
