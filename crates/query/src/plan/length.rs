//! [`Length`]: whether a read was found to be long, remembered with what is shared of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many executions a read counts as long after it was found to be: other operands may make it short again.
const REMEMBERED: u32 = 100;

/// Whether a read takes so long that an engine hands it to a thread of its own. Clones are the same memory.
#[derive(Clone, Debug, Default)]
pub struct Length(Arc<AtomicU32>);

impl Length {
    /// Notes that the read is long.
    pub fn found_long(&self) {
        self.0.store(REMEMBERED, Ordering::Relaxed);
    }

    /// Tells, once for each execution, whether to expect the read to be long.
    pub fn expect_long(&self) -> bool {
        let left = self.0.load(Ordering::Relaxed);
        // Two executions at once may count as one: this is a guess at most.
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_read_is_remembered_for_a_while() {
        let length = Length::default();
        assert!(!length.expect_long());
        length.found_long();
        let expected = (0..200).filter(|_| length.clone().expect_long()).count();
        assert_eq!(expected, 100);
    }
}
