//! [`Job`]: a plan that waits for a thread, and whoever waits for its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use underpin_base::{Code, Error, Result};
use underpin_query::plan::Plan;
use underpin_query::reply::Outcome;

/// Whoever waits for an outcome.
pub(super) type Asker = oneshot::Sender<Result<Outcome>>;

/// A plan that waits for a thread. The plan stays whole, so that it can be run again.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) plan: Plan,
    asker: Asker,
    queued: Instant,
}

impl Job {
    /// Returns a job for `plan`, and where its outcome will be.
    pub(super) fn new(plan: Plan) -> (Self, oneshot::Receiver<Result<Outcome>>) {
        let (asker, outcome) = oneshot::channel();
        let queued = Instant::now();
        (
            Self {
                plan,
                asker,
                queued,
            },
            outcome,
        )
    }

    /// Returns the job if it is still worth running: nobody runs it for a client that went away, or that waited too long and is
    /// told so.
    pub(super) fn still_wanted(self, queue_timeout: Duration) -> Option<Self> {
        if self.asker.is_closed() {
            return None;
        }
        if self.queued.elapsed() > queue_timeout {
            self.answer(Err(Error::new(
                Code::POOL_TIMEOUT,
                "Timed out acquiring connection from connection pool.",
            )));
            return None;
        }
        Some(self)
    }

    /// Returns the plan and whoever waits for its outcome.
    pub(super) fn into_parts(self) -> (Plan, Asker) {
        (self.plan, self.asker)
    }

    /// Tells the outcome to whoever waits for it.
    pub(super) fn answer(self, outcome: Result<Outcome>) {
        // A client that went away meanwhile needs no answer.
        self.asker.send(outcome).ok();
    }
}

/// Runs `work`; a panic in it is an internal error of that one request.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let cause = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Error::internal(format!("panic: {cause}")))
    })
}
