//! The order of ranges and of their ends.

use std::cmp::Ordering;

use super::{Bound, Range};
use crate::types::{ValueRef, numeric};

/// A bound that knows its side.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) bound: Bound<'a>,
    pub(super) lower: bool,
}

pub(super) fn ends<'a>(lower: Bound<'a>, upper: Bound<'a>) -> (End<'a>, End<'a>) {
    let end = |bound, lower| End { bound, lower };
    (end(lower, true), end(upper, false))
}

/// Compares two values of bounds, both whole numbers or texts of `numeric`.
pub(super) fn values(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    match (left, right) {
        (ValueRef::Int(left), ValueRef::Int(right)) => left.cmp(&right),
        (ValueRef::Text(left), ValueRef::Text(right)) => numeric::compare(left, right),
        // A whole number among those of `numeric` is read as such.
        (ValueRef::Int(left), ValueRef::Text(right)) => numeric::compare(&left.to_string(), right),
        (ValueRef::Text(left), ValueRef::Int(right)) => numeric::compare(left, &right.to_string()),
        _ => Ordering::Equal,
    }
}

impl End<'_> {
    /// Where an infinite end lies: before or behind everything.
    fn infinity(self) -> Ordering {
        if self.lower {
            Ordering::Less
        } else {
            Ordering::Greater
        }
    }

    /// Compares where the values of two ends are, whatever their brackets.
    pub(super) fn compare_values(self, other: Self) -> Ordering {
        match (self.bound.value, other.bound.value) {
            (None, None) if self.lower == other.lower => Ordering::Equal,
            (None, _) => self.infinity(),
            (_, None) => other.infinity().reverse(),
            (Some(left), Some(right)) => values(left, right),
        }
    }

    /// Compares two ends: of those at one value, an open upper end comes first and an open lower one last.
    pub(super) fn compare(self, other: Self) -> Ordering {
        let order = self.compare_values(other);
        if order.is_ne() || self.bound.value.is_none() {
            return order;
        }
        // How far beyond its value an end lies.
        let beyond = |end: Self| match (end.bound.inclusive, end.lower) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => -1,
        };
        beyond(self).cmp(&beyond(other))
    }
}

/// Compares two canonical ranges.
pub fn compare(left: &str, right: &str) -> Ordering {
    compare_ranges(Range::read(left), Range::read(right))
}

/// Compares two ranges: the empty one first, then by the lower end, then by the upper.
pub(super) fn compare_ranges(left: Range<'_>, right: Range<'_>) -> Ordering {
    match (left.ends(), right.ends()) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(left), Some(right)) => left
            .0
            .compare(right.0)
            .then_with(|| left.1.compare(right.1)),
    }
}
