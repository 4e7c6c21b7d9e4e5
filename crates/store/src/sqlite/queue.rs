//! [`Queue`]: a bounded queue between the tasks that ask and the threads that answer.
//!
//! Whoever pushes never waits: a full queue refuses. Whoever pops waits until there is something or the queue is closed and
//! empty, so that closing it drains it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use underpin_base::{Code, Error, Result};

/// A bounded queue that can be closed.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    limit: usize,
}

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    closed: bool,
    /// Threads asleep in [`Queue::pop`]: nobody is woken when all are at work.
    sleepers: usize,
}

impl<T> Queue<T> {
    /// Returns an empty queue of at most `limit` items.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::new(State {
                items: VecDeque::new(),
                closed: false,
                sleepers: 0,
            }),
            ready: Condvar::new(),
            limit,
        }
    }

    /// Appends `item`.
    ///
    /// # Errors
    /// `overloaded` when the queue is full, `57P01` when it is closed.
    pub(crate) fn push(&self, item: T) -> Result<()> {
        let mut state = self.lock();
        if state.closed {
            return Err(Error::new(
                Code::SHUTTING_DOWN,
                "terminating connection due to administrator command",
            ));
        }
        if state.items.len() >= self.limit {
            return Err(Error::new(
                Code::OVERLOADED,
                format!("{} requests are queued already", self.limit),
            )
            .hint("try again in a moment"));
        }
        state.items.push_back(item);
        let wake = state.sleepers > 0;
        drop(state);
        if wake {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// Returns the first item, waiting for one; nothing once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        self.wait().items.pop_front()
    }

    /// Returns the first items, at most `most`, waiting for one; nothing once the queue is closed and empty.
    pub(crate) fn pop_many(&self, most: usize) -> VecDeque<T> {
        let mut state = self.wait();
        if state.items.len() <= most {
            return std::mem::take(&mut state.items);
        }
        let rest = state.items.split_off(most);
        std::mem::replace(&mut state.items, rest)
    }

    /// Returns how many items wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    /// Refuses whatever comes from now on; what is in the queue is still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ready.notify_all();
    }

    fn wait(&self) -> MutexGuard<'_, State<T>> {
        let mut state = self.lock();
        while state.items.is_empty() && !state.closed {
            state.sleepers += 1;
            state = self
                .ready
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            state.sleepers -= 1;
        }
        state
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing panics while it holds the lock; a poisoned one is as good as another.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
