//! [`Metrics`]: what the store tells of itself, as plain numbers; [`Counters`] counts them.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the store tells of itself at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Threads that read.
    pub readers: u64,
    /// Those of them that are at work.
    pub readers_busy: u64,
    /// Reads that wait for a thread.
    pub reads_queued: u64,
    /// Writes that wait for the writer.
    pub writes_queued: u64,
    /// Reads done since the start, failed ones included.
    pub reads: u64,
    /// Writes done since the start, failed ones included.
    pub writes: u64,
    /// Commits since the start; `writes / commits` is the average size of a group.
    pub commits: u64,
    /// Groups that were taken down by one of their writes and run again without it.
    pub groups_lost: u64,
    /// Checkpoints since the start.
    pub checkpoints: u64,
    /// The size of the write-ahead log, in bytes.
    pub wal_bytes: u64,
}

/// The counters behind [`Metrics`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) readers_busy: AtomicU64,
    pub(crate) reads: AtomicU64,
    pub(crate) writes: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) groups_lost: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    pub(crate) wal_bytes: AtomicU64,
}

impl Counters {
    /// Adds `more` to `counter`; the order among counters does not matter.
    pub(crate) fn add(counter: &AtomicU64, more: u64) {
        counter.fetch_add(more, Ordering::Relaxed);
    }

    /// Returns what was counted; the caller adds what is not a counter.
    pub(crate) fn snapshot(&self) -> Metrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metrics {
            readers: 0,
            readers_busy: read(&self.readers_busy),
            reads_queued: 0,
            writes_queued: 0,
            reads: read(&self.reads),
            writes: read(&self.writes),
            commits: read(&self.commits),
            groups_lost: read(&self.groups_lost),
            checkpoints: read(&self.checkpoints),
            wal_bytes: read(&self.wal_bytes),
        }
    }
}
