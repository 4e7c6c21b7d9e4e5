//! [`Deadline`]: the end of the time that a statement has.
//!
//! SQLite asks the progress handler every few thousand steps of its machine; a statement past its end is interrupted there, and so is
//! one whose client went away. One step may call a function on a long text, so that functions look too, by the length of what they are given.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::job::Asker;

/// Steps of SQLite's machine between two looks at the clock: some tens of microseconds.
const STEPS: std::ffi::c_int = 2_000;

/// Bytes that functions are given between two looks at the clock: a millisecond or so of the slowest of them.
const BYTES: usize = 32 << 10;

/// The most looks that one call takes.
const LOOKS_MAX: usize = 100;

/// As many looks as it takes.
const UNLIMITED: u32 = u32::MAX;

/// The end of the time that the current statement of one connection has.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    epoch: Instant,
    /// Nanoseconds since `epoch`; 0 is no end.
    end: Arc<AtomicU64>,
    /// How many looks what runs may still take.
    looks: Arc<AtomicU32>,
    /// The bytes that functions were given since the last look.
    bytes: Arc<AtomicUsize>,
    /// What ran was interrupted because it had taken them all.
    cut_short: Arc<AtomicBool>,
    /// Who waits for the current statement, while somebody does.
    asker: Arc<Mutex<Option<Asker>>>,
}

impl Deadline {
    /// Returns the deadline of a connection that nothing interrupts.
    pub(super) fn never() -> Self {
        Self {
            epoch: Instant::now(),
            end: Arc::new(AtomicU64::new(0)),
            looks: Arc::new(AtomicU32::new(UNLIMITED)),
            bytes: Arc::default(),
            cut_short: Arc::default(),
            asker: Arc::default(),
        }
    }

    /// Returns the deadline of `connection`, which is interrupted when it passes.
    pub(super) fn watch(connection: &mut rusqlite::Connection) -> rusqlite::Result<Self> {
        let deadline = Self::never();
        let watched = deadline.clone();
        connection.progress_handler(
            STEPS,
            Some(move || watched.passed() || watched.deserted() || watched.spent()),
        )?;
        Ok(deadline)
    }

    /// Gives what runs from now on `timeout`.
    pub(super) fn start(&self, timeout: Duration) {
        let end = self.epoch.elapsed().saturating_add(timeout).as_nanos();
        self.end
            .store(u64::try_from(end).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Gives what runs from now on all the time and all the looks it wants.
    pub(super) fn clear(&self) {
        self.end.store(0, Ordering::Relaxed);
        self.looks.store(UNLIMITED, Ordering::Relaxed);
    }

    /// Tells whether the time is over.
    pub(super) fn passed(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        end != 0 && self.epoch.elapsed().as_nanos() >= u128::from(end)
    }

    /// Gives what runs from now on, until [`Deadline::clear`], `looks` looks of some tens of microseconds each.
    pub(super) fn limit_looks(&self, looks: u32) {
        self.looks.store(looks, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
        self.cut_short.store(false, Ordering::Relaxed);
    }

    /// Tells whether what ran since [`Deadline::limit_looks`] was interrupted because it had taken them all.
    pub(super) fn was_cut_short(&self) -> bool {
        self.cut_short.load(Ordering::Relaxed)
    }

    /// Tells whether what runs is over before a function is called with `bytes` bytes.
    pub(super) fn is_over_for(&self, bytes: usize) -> bool {
        let before = self.bytes.load(Ordering::Relaxed);
        let bytes = before.saturating_add(bytes);
        self.bytes.store(bytes % BYTES, Ordering::Relaxed);
        let looks = bytes / BYTES;
        looks > 0 && (self.passed() || (0..looks.min(LOOKS_MAX)).any(|_| self.spent()))
    }

    fn spent(&self) -> bool {
        match self.looks.load(Ordering::Relaxed) {
            UNLIMITED => false,
            0 => true,
            left => {
                self.looks.store(left - 1, Ordering::Relaxed);
                self.cut_short.store(left == 1, Ordering::Relaxed);
                left == 1
            }
        }
    }

    /// Keeps whoever waits for what runs from now on, until [`Deadline::take_back`]: it is interrupted once he is gone.
    pub(super) fn lend(&self, asker: Asker) {
        *self.asker.lock().unwrap_or_else(PoisonError::into_inner) = Some(asker);
    }

    /// Returns whoever waits.
    pub(super) fn take_back(&self) -> Option<Asker> {
        self.asker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn deserted(&self) -> bool {
        self.asker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .is_some_and(Asker::is_closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A transaction is ended after what ran in it was interrupted: that end must not be interrupted too.
    #[test]
    fn looks_end_with_what_they_were_given_to() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        let deadline = Deadline::watch(&mut connection).unwrap();
        deadline.limit_looks(2);
        assert_eq!([deadline.spent(), deadline.spent()], [false, true]);
        assert!(deadline.spent());
        deadline.clear();
        assert!(!deadline.spent());
        assert!(deadline.was_cut_short());
        deadline.limit_looks(2);
        assert!(!deadline.was_cut_short());
    }

    /// A function on a long text takes longer than thousands of steps.
    #[test]
    fn long_texts_take_looks() {
        let deadline = Deadline::never();
        assert!(!deadline.is_over_for(1 << 30));
        deadline.limit_looks(2);
        assert!(!deadline.is_over_for(BYTES - 1));
        assert!(!deadline.is_over_for(1));
        assert!(!deadline.was_cut_short());
        assert!(deadline.is_over_for(BYTES));
        assert!(deadline.was_cut_short());
        deadline.limit_looks(5);
        assert!(deadline.is_over_for(10 * BYTES));
        deadline.clear();
        deadline.start(Duration::ZERO);
        assert!(!deadline.is_over_for(1));
        assert!(deadline.is_over_for(BYTES));
    }
}
