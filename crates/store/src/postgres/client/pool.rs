//! [`Pool`]: connections that one caller holds at a time.
//!
//! Who comes first is served first; the connection that was used last is used next, so that the others may be closed when they are not
//! needed. A connection is given to nobody while it is in a transaction or waits for an answer: it is closed then.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use underpin_base::Result;

use super::connection::Connection;
use super::error;
use super::shared::Context;

/// How long a connection that was idle may take to answer that it stands.
const ALIVE_TIMEOUT: Duration = Duration::from_secs(1);

/// Connections that one caller holds at a time.
#[derive(Debug)]
pub(super) struct Pool {
    context: Arc<Context>,
    permits: Arc<Semaphore>,
    waiters: AtomicUsize,
    /// The connections that nobody holds; the one that was used last is the last.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    slot: Slot,
    since: Instant,
    opened: Instant,
}

/// A connection that can be given back by whoever drops its guard.
type Slot = Arc<tokio::sync::Mutex<Connection>>;

impl Pool {
    /// Returns a pool without connections.
    pub(super) fn new(context: Arc<Context>) -> Arc<Self> {
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(context.settings.pool_connections_max)),
            context,
            waiters: AtomicUsize::new(0),
            idle: Mutex::default(),
        })
    }

    /// Returns a connection, once there is one.
    ///
    /// # Errors
    /// `PGRST003` when there is none in time, `overloaded` when too many wait already, `PGRST000` when the server cannot be reached.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Pooled> {
        let permit = self.permit().await?;
        let settings = &self.context.settings;
        while let Some(idle) = self.pop() {
            let mut connection = idle.slot.lock_owned().await;
            let (age, pause) = (idle.opened.elapsed(), idle.since.elapsed());
            if age > settings.age_max || pause > settings.idle_max || !connection.is_reusable() {
                continue;
            }
            if pause < settings.idle_trusted || connection.is_alive(ALIVE_TIMEOUT).await {
                return Ok(self.hand_out(connection, idle.opened, permit));
            }
        }
        self.context.circuit.check()?;
        let (address, epoch) = (&self.context.address, self.context.epoch.clone());
        match Connection::open_with(address, settings, epoch).await {
            Ok(connection) => {
                let slot = Arc::new(tokio::sync::Mutex::new(connection));
                Ok(self.hand_out(slot.lock_owned().await, Instant::now(), permit))
            }
            Err(failure) => {
                self.context.circuit.fail(&failure);
                Err(failure.into())
            }
        }
    }

    fn hand_out(
        self: &Arc<Self>,
        connection: OwnedMutexGuard<Connection>,
        opened: Instant,
        permit: OwnedSemaphorePermit,
    ) -> Pooled {
        Pooled {
            connection,
            pool: Arc::clone(self),
            opened,
            _permit: permit,
        }
    }

    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(permit);
        }
        // Nothing becomes free soon where nothing can be reached.
        self.context.circuit.check()?;
        let settings = &self.context.settings;
        let _waiter = Waiter::new(&self.waiters, settings.pool_queue_max)?;
        let permit = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(settings.pool_timeout, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(error::none_free()),
        }
    }

    fn pop(&self) -> Option<Idle> {
        self.idle().pop()
    }

    /// Takes a connection back, and closes those that were not needed for long.
    fn give_back(&self, slot: Slot, opened: Instant) {
        let now = Instant::now();
        let idle_max = self.context.settings.idle_max;
        let old: Vec<_> = {
            let mut idle = self.idle();
            let count = idle.partition_point(|idle| now - idle.since > idle_max);
            idle.push(Idle {
                slot,
                since: now,
                opened,
            });
            idle.drain(..count).collect()
        };
        // After the lock is released: it says goodbye to the server.
        drop(old);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        // Nothing panics while it holds the lock; a poisoned one is as good as another.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of those who wait.
struct Waiter<'a>(&'a AtomicUsize);

impl<'a> Waiter<'a> {
    fn new(count: &'a AtomicUsize, limit: usize) -> Result<Self> {
        let waiter = Self(count);
        if count.fetch_add(1, Ordering::Relaxed) >= limit {
            return Err(error::overloaded(limit));
        }
        Ok(waiter)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection of a pool, which has it back when this is dropped.
#[derive(Debug)]
pub(crate) struct Pooled {
    connection: OwnedMutexGuard<Connection>,
    pool: Arc<Pool>,
    opened: Instant,
    /// Freed last, when the connection is in the pool again.
    _permit: OwnedSemaphorePermit,
}

impl Deref for Pooled {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        self.connection.set_timeout(None);
        if self.connection.is_reusable() {
            let slot = Arc::clone(OwnedMutexGuard::mutex(&self.connection));
            self.pool.give_back(slot, self.opened);
        }
    }
}
