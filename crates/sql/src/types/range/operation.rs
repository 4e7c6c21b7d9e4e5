//! The operators on ranges; an empty range is nowhere, so that it is in no place relative to another.

use underpin_base::{Code, Error, Result};

use super::compare::{End, values};
use super::{Bound, Range};
use crate::types::ValueRef;

/// `left @> right`.
pub fn contains(left: Range<'_>, right: Range<'_>) -> bool {
    match (left.ends(), right.ends()) {
        (_, None) => true,
        (None, _) => false,
        (Some(left), Some(right)) => {
            left.0.compare(right.0).is_le() && left.1.compare(right.1).is_ge()
        }
    }
}

/// `range @> element`.
pub fn contains_element(range: Range<'_>, element: ValueRef<'_>) -> bool {
    let Range::Between(lower, upper) = range else {
        return false;
    };
    let above = lower.value.is_none_or(|value| {
        let order = values(value, element);
        order.is_lt() || order.is_eq() && lower.inclusive
    });
    let below = upper.value.is_none_or(|value| {
        let order = values(value, element);
        order.is_gt() || order.is_eq() && upper.inclusive
    });
    above && below
}

/// Applies `test` to the ends of both; false when one is empty.
fn of_ends(
    left: Range<'_>,
    right: Range<'_>,
    test: impl FnOnce((End<'_>, End<'_>), (End<'_>, End<'_>)) -> bool,
) -> bool {
    match (left.ends(), right.ends()) {
        (Some(left), Some(right)) => test(left, right),
        _ => false,
    }
}

/// `left && right`.
pub fn overlaps(left: Range<'_>, right: Range<'_>) -> bool {
    of_ends(left, right, |left, right| {
        left.0.compare(right.1).is_le() && right.0.compare(left.1).is_le()
    })
}

/// `left << right`.
pub fn before(left: Range<'_>, right: Range<'_>) -> bool {
    of_ends(left, right, |left, right| left.1.compare(right.0).is_lt())
}

/// `left >> right`.
pub fn after(left: Range<'_>, right: Range<'_>) -> bool {
    before(right, left)
}

/// `left &< right`: it does not extend to the right of the other.
pub fn not_right_of(left: Range<'_>, right: Range<'_>) -> bool {
    of_ends(left, right, |left, right| left.1.compare(right.1).is_le())
}

/// `left &> right`: it does not extend to the left of the other.
pub fn not_left_of(left: Range<'_>, right: Range<'_>) -> bool {
    of_ends(left, right, |left, right| left.0.compare(right.0).is_ge())
}

/// `left -|- right`: nothing lies between them, and nothing in both.
///
/// Ranges over what counts in steps are closed below and open above, so that those that touch have one value in common as bounds.
pub fn adjacent(left: Range<'_>, right: Range<'_>) -> bool {
    let touch = |upper: End<'_>, lower: End<'_>| {
        upper.compare_values(lower).is_eq() && upper.bound.inclusive != lower.bound.inclusive
    };
    of_ends(left, right, |left, right| {
        touch(left.1, right.0) || touch(right.1, left.0)
    })
}

fn not_contiguous(operation: &str) -> Error {
    Error::new(
        Code::new("22000"),
        format!("result of range {operation} would not be contiguous"),
    )
}

/// `left + right`.
///
/// # Errors
/// `22000` when there is something between them.
pub fn union<'a>(left: Range<'a>, right: Range<'a>) -> Result<Range<'a>> {
    let both = left.bounds().is_some() && right.bounds().is_some();
    if both && !overlaps(left, right) && !adjacent(left, right) {
        return Err(not_contiguous("union"));
    }
    Ok(merge(left, right))
}

/// Returns the smallest range that contains both.
pub fn merge<'a>(left: Range<'a>, right: Range<'a>) -> Range<'a> {
    let (Some(first), Some(second)) = (left.ends(), right.ends()) else {
        return if left == Range::Empty { right } else { left };
    };
    let lower = if first.0.compare(second.0).is_lt() {
        first.0
    } else {
        second.0
    };
    let upper = if first.1.compare(second.1).is_gt() {
        first.1
    } else {
        second.1
    };
    Range::Between(lower.bound, upper.bound)
}

/// `left * right`.
pub fn intersection<'a>(left: Range<'a>, right: Range<'a>) -> Range<'a> {
    let (Some(first), Some(second)) = (left.ends(), right.ends()) else {
        return Range::Empty;
    };
    if !overlaps(left, right) {
        return Range::Empty;
    }
    let lower = if first.0.compare(second.0).is_ge() {
        first.0
    } else {
        second.0
    };
    let upper = if first.1.compare(second.1).is_le() {
        first.1
    } else {
        second.1
    };
    Range::Between(lower.bound, upper.bound)
}

/// `left - right`.
///
/// # Errors
/// `22000` when what is left falls into two.
pub fn difference<'a>(left: Range<'a>, right: Range<'a>) -> Result<Range<'a>> {
    match subtract(left, right).as_slice() {
        [] => Ok(Range::Empty),
        [only] => Ok(*only),
        _ => Err(not_contiguous("difference")),
    }
}

/// Returns what of `left` lies before `right` and what lies behind.
pub(super) fn subtract<'a>(left: Range<'a>, right: Range<'a>) -> Vec<Range<'a>> {
    let (Some(first), Some(second)) = (left.ends(), right.ends()) else {
        return vec![left];
    };
    if !overlaps(left, right) {
        return vec![left];
    }
    let flipped = |end: End<'a>| Bound {
        inclusive: !end.bound.inclusive,
        ..end.bound
    };
    let mut parts = Vec::new();
    if first.0.compare(second.0).is_lt() {
        parts.push(Range::Between(first.0.bound, flipped(second.0)));
    }
    if first.1.compare(second.1).is_gt() {
        parts.push(Range::Between(flipped(second.1), first.1.bound));
    }
    parts
}
