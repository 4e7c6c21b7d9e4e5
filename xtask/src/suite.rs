//! [`Tally`]: how many tests passed and failed, by suite.

use std::time::Duration;

use crate::error::Result;
use crate::program::{Ended, Program};
use crate::terminal::say;

/// What is known of the suites that ran.
#[derive(Default)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
    failures: Vec<String>,
}

impl Tally {
    /// Runs `program` as one test.
    pub(crate) fn one(&mut self, name: &str, program: Program, limit: Duration) {
        say(&format!("\n== {name}"));
        let ended = program.watch(limit);
        self.note(name, ended.map(|ended| Counts::whole(ended.success)));
    }

    /// Runs `program`, whose output `count` understands, as many tests.
    pub(crate) fn many(
        &mut self,
        name: &str,
        program: Program,
        limit: Duration,
        count: fn(&str) -> Counts,
    ) {
        say(&format!("\n== {name}"));
        let counts = program.watch(limit).map(|ended| counted(&ended, count));
        self.note(name, counts);
    }

    /// Adds what a suite came to; one that could not run at all has failed.
    pub(crate) fn note(&mut self, name: &str, counts: Result<Counts>) {
        let counts = counts.unwrap_or_else(|error| {
            say(&format!("{name}: {error}"));
            Counts::whole(false)
        });
        self.passed += counts.passed;
        self.failed += counts.failed;
        if counts.failed > 0 {
            self.failures.push(format!("{name} ({})", counts.failed));
        }
    }

    /// Prints the sum and tells whether nothing failed.
    pub(crate) fn finish(&self) -> bool {
        if !self.failures.is_empty() {
            say(&format!("\nfailed: {}", self.failures.join(", ")));
        }
        say(&format!("\n{} passed, {} failed", self.passed, self.failed));
        self.failed == 0
    }
}

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tests that passed.
    pub(crate) passed: u32,
    /// Tests that failed.
    pub(crate) failed: u32,
}

impl Counts {
    /// One test.
    pub(crate) fn whole(success: bool) -> Self {
        Self {
            passed: u32::from(success),
            failed: u32::from(!success),
        }
    }

    /// Reads the summaries of `cargo test`.
    pub(crate) fn of_cargo(output: &str) -> Self {
        output
            .lines()
            .filter(|line| line.starts_with("test result:"))
            .fold(Self::default(), |sum, line| Self {
                passed: sum.passed + before(line, " passed"),
                failed: sum.failed + before(line, " failed"),
            })
    }

    /// Reads the summary of `node --test` in the TAP format.
    pub(crate) fn of_tap(output: &str) -> Self {
        let after = |prefix: &str| {
            output
                .lines()
                .filter_map(|line| line.strip_prefix(prefix)?.trim().parse::<u32>().ok())
                .sum()
        };
        Self {
            passed: after("# pass "),
            failed: after("# fail ")
                + after("# cancelled ")
                + after("# skipped ")
                + after("# todo "),
        }
    }

    /// Reads the summary of Python's `unittest`.
    pub(crate) fn of_unittest(output: &str) -> Self {
        let ran = output
            .lines()
            .filter_map(|line| {
                line.strip_prefix("Ran ")?
                    .split(' ')
                    .next()?
                    .parse::<u32>()
                    .ok()
            })
            .sum::<u32>();
        let failed = output
            .lines()
            .filter_map(|line| line.strip_prefix("FAILED (")?.strip_suffix(')'))
            .flat_map(|counts| counts.split(", "))
            .filter_map(|count| count.split_once('=')?.1.parse::<u32>().ok())
            .sum::<u32>();
        Self {
            passed: ran.saturating_sub(failed),
            failed,
        }
    }
}

/// A suite that failed without naming a failed test, or that ran none, counts as one failure.
fn counted(ended: &Ended, count: fn(&str) -> Counts) -> Counts {
    let mut counts = count(&ended.output);
    if (!ended.success && counts.failed == 0) || counts == Counts::default() {
        counts.failed += 1;
    }
    counts
}

/// Returns the number that stands before `word`.
fn before(line: &str, word: &str) -> u32 {
    line.split_once(word)
        .and_then(|(start, _)| start.rsplit(' ').next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(count: fn(&str) -> Counts, output: &str, passed: u32, failed: u32) {
        assert_eq!(count(output), Counts { passed, failed }, "{output}");
    }

    #[test]
    fn cargo_prints_one_summary_per_binary() {
        let output = "test result: ok. 12 passed; 0 failed; 0 ignored\nother\ntest result: FAILED. 3 passed; 2 failed;";
        check(Counts::of_cargo, output, 15, 2);
        check(Counts::of_cargo, "error: could not compile", 0, 0);
    }

    #[test]
    fn skipped_tests_of_node_count_as_failures() {
        check(
            Counts::of_tap,
            "# tests 5\n# pass 3\n# fail 1\n# skipped 1\n",
            3,
            2,
        );
    }

    #[test]
    fn unittest_counts_failures_errors_and_skips() {
        check(Counts::of_unittest, "Ran 7 tests in 0.1s\n\nOK", 7, 0);
        check(
            Counts::of_unittest,
            "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2)",
            4,
            3,
        );
    }

    #[test]
    fn a_suite_that_ran_nothing_has_failed() {
        let ended = Ended {
            success: true,
            output: String::new(),
        };
        assert_eq!(
            counted(&ended, Counts::of_cargo),
            Counts {
                passed: 0,
                failed: 1
            }
        );
    }
}
