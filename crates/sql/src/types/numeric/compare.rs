//! The order of canonical texts of `numeric`, without reading them into numbers.

use std::cmp::Ordering;

/// Compares two canonical texts: `-Infinity`, numbers by value, `Infinity`, `NaN`.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left_rank, right_rank) = (rank(left), rank(right));
    if left_rank != right_rank || left_rank != FINITE {
        return left_rank.cmp(&right_rank);
    }
    let (left_negative, left) = split_sign(left);
    let (right_negative, right) = split_sign(right);
    match (left_negative, right_negative) {
        (false, false) => magnitude(left, right),
        (true, true) => magnitude(right, left),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

const FINITE: u8 = 1;

fn rank(text: &str) -> u8 {
    match text.as_bytes() {
        [b'-', b'I', ..] => 0,
        [b'I', ..] => 2,
        [b'N', ..] => 3,
        _ => FINITE,
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// Canonical texts have no leading zeros, so that the longer whole part is the larger.
fn magnitude(left: &str, right: &str) -> Ordering {
    let (left_whole, left_fraction) = left.split_once('.').unwrap_or((left, ""));
    let (right_whole, right_fraction) = right.split_once('.').unwrap_or((right, ""));
    left_whole
        .len()
        .cmp(&right_whole.len())
        .then_with(|| left_whole.cmp(right_whole))
        .then_with(|| {
            let significant = |fraction: &'_ str| fraction.trim_end_matches('0').len();
            let left_fraction = left_fraction.get(..significant(left_fraction));
            left_fraction.cmp(&right_fraction.get(..significant(right_fraction)))
        })
}
