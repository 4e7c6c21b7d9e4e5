use std::time::Duration;

use super::{bar, rate};

#[track_caller]
fn check(done: u64, total: u64, expected: &str) {
    assert_eq!(bar(done, total).trim_end(), expected);
}

#[test]
fn a_bar_is_filled_as_far_as_the_rows_are_done() {
    check(0, 0, "");
    check(0, 100, "");
    check(50, 100, "############");
    check(100, 100, "########################");
    check(200, 100, "########################");
    assert_eq!(bar(1, 3).len(), 24);
}

#[test]
fn a_rate_is_of_a_second() {
    assert_eq!(rate(500, Duration::from_millis(250)), 2_000);
    assert_eq!(rate(5, Duration::ZERO), 5_000);
}
