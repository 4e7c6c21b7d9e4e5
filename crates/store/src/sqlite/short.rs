//! [`ShortReads`]: reads that are over before handing them to another thread would have paid.
//!
//! Most reads take less time than waking a thread and being woken by it. A read is therefore begun where it was asked for, within a
//! fixed number of steps of SQLite's machine; one that needs more is interrupted and goes to the [`super::pool`] from the start.
//! Nothing is lost by that: a read changes nothing, and a plan can be run again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use underpin_base::{Code, Result};
use underpin_query::plan::Plan;
use underpin_query::reply::Outcome;

use super::job::guarded;
use super::reader::Reader;
use super::shared::Shared;
use crate::metrics::Counters;

/// The looks at the clock that a short read may take: ten thousand steps, a few hundred microseconds at the most.
const LOOKS: u32 = 5;

/// Connections for reads that are run where they are asked for.
#[derive(Debug)]
pub(super) struct ShortReads {
    shared: Arc<Shared>,
    /// Those that nobody uses at the moment; nothing once they are closed.
    idle: Mutex<Option<Vec<Reader>>>,
}

impl ShortReads {
    /// Opens the connections, as many as the pool has.
    pub(super) fn open(shared: &Arc<Shared>) -> Result<Self> {
        let mut idle = Vec::new();
        for _ in 0..shared.settings.readers.max(1) {
            let reader = Reader::open(Arc::clone(shared))?;
            // Whoever asks has other requests to serve: the pool waits for locks, this does not.
            reader.connection().never_wait()?;
            idle.push(reader);
        }
        Ok(Self {
            shared: Arc::clone(shared),
            idle: Mutex::new(Some(idle)),
        })
    }

    /// Runs a read to its end if that is near; nothing when it must be given to the pool.
    pub(super) fn run(&self, plan: &Plan) -> Option<Result<Outcome>> {
        let mut reader = self.idle().as_mut()?.pop()?;
        reader.connection().deadline().limit_looks(LOOKS);
        let outcome = guarded(|| reader.run(plan));
        let deadline = reader.connection().deadline();
        let cut_short = deadline.was_cut_short();
        deadline.clear();
        if let Some(idle) = self.idle().as_mut() {
            idle.push(reader);
        }
        let locked = matches!(&outcome, Err(error) if error.code() == &Code::OVERLOADED);
        if (cut_short && outcome.is_err()) || locked {
            return None;
        }
        Counters::add(&self.shared.counters.reads, 1);
        Some(outcome)
    }

    /// Closes the connections; every read goes to the pool from now on.
    pub(super) fn close(&self) {
        *self.idle() = None;
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Reader>>> {
        // Nothing panics while it holds the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
