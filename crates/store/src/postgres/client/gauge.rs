//! [`Gauge`]: how a shared connection does, as those see it who choose one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A batch that runs for longer holds up those behind it.
const HELD_UP: Duration = Duration::from_millis(50);

/// How a shared connection does. Whoever reads it may be a moment late: it is for choosing alone.
#[derive(Debug)]
pub(super) struct Gauge {
    born: Instant,
    is_connected: AtomicBool,
    batches: AtomicUsize,
    /// How long after the birth the batch began that runs now, in microseconds; 0 when none does.
    begun_us: AtomicU64,
}

impl Gauge {
    /// Returns the gauge of a connection that does not stand yet.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            born: Instant::now(),
            is_connected: AtomicBool::new(false),
            batches: AtomicUsize::new(0),
            begun_us: AtomicU64::new(0),
        })
    }

    /// Tells whether the connection stands.
    pub(super) fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    /// Notes whether the connection stands.
    pub(super) fn set_connected(&self, is_connected: bool) {
        self.is_connected.store(is_connected, Ordering::Relaxed);
        self.rest();
    }

    /// Returns how many batches the connection has to do.
    pub(super) fn batches(&self) -> usize {
        self.batches.load(Ordering::Relaxed)
    }

    /// Tells whether the batch that runs now holds up those behind it.
    pub(super) fn is_held_up(&self) -> bool {
        let begun = self.begun_us.load(Ordering::Relaxed);
        begun > 0 && self.born.elapsed() > Duration::from_micros(begun) + HELD_UP
    }

    /// Notes that a batch begins to run.
    pub(super) fn begin(&self, now: Instant) {
        let begun = now.duration_since(self.born).as_micros();
        self.begun_us
            .store(u64::try_from(begun).unwrap_or(0).max(1), Ordering::Relaxed);
    }

    /// Notes that no batch runs.
    pub(super) fn rest(&self) {
        self.begun_us.store(0, Ordering::Relaxed);
    }
}

/// One batch that a connection has to do.
#[derive(Debug)]
pub(super) struct Load(Arc<Gauge>);

impl Load {
    /// Counts one more.
    pub(super) fn new(gauge: &Arc<Gauge>) -> Self {
        gauge.batches.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(gauge))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.batches.fetch_sub(1, Ordering::Relaxed);
    }
}
