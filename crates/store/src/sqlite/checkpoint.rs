//! [`Checkpointer`]: moves what was committed from the write-ahead log into the database file.
//!
//! A thread of its own does so while others read and write, so that nobody waits for it. That alone lets the log grow as long as
//! somebody always reads; past a bound the writer therefore stops and empties the log itself.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::hooks::Wal;
use rusqlite::wal::CheckpointMode;
use underpin_base::{Error, Result};

use super::connection::{Access, Connection};
use super::follow;
use super::shared::Shared;
use crate::metrics::Counters;

/// The size of the log, in pages, from which the thread moves it: SQLite's own default.
const PAGES_MOVED: u64 = 1_000;

/// How long the thread sleeps before it looks whether another process has migrated the file.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// How long the writer waits for readers when it empties the log.
const EMPTY_TIMEOUT: Duration = Duration::from_millis(100);

/// How long the writer leaves the log alone after a reader has prevented it from emptying it: what a reader holds up may cost writers
/// no more than a tenth of their time.
const EMPTY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A page of the log: SQLite's default page and the header of a frame.
const FRAME_BYTES: u64 = 4_096 + 24;

/// Moves the write-ahead log into the file.
#[derive(Debug)]
pub(super) struct Checkpointer {
    shared: Arc<Shared>,
    wake: Option<SyncSender<()>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// When a reader last prevented the log from being emptied.
    prevented: Option<Instant>,
}

impl Checkpointer {
    /// Opens a connection and starts the thread.
    pub(super) fn start(shared: &Arc<Shared>) -> Result<Self> {
        let connection =
            Connection::open(&shared.settings, Access::Write, &shared.schema().catalog)?;
        let (wake, woken) = mpsc::sync_channel(1);
        let counters = Arc::clone(shared);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || serve(&connection, &woken, &counters))
            .map_err(Error::internal)?;
        Ok(Self {
            shared: Arc::clone(shared),
            wake: Some(wake),
            thread: Mutex::new(Some(thread)),
            prevented: None,
        })
    }

    /// Has the size of the log counted at each commit of `connection`.
    pub(super) fn watch(&self, connection: &mut Connection) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        connection
            .raw_mut()
            .wal_hook(Some(move |_: &mut Wal, pages: std::ffi::c_int| {
                let bytes = u64::try_from(pages).unwrap_or(0) * FRAME_BYTES;
                shared.counters.wal_bytes.store(bytes, Ordering::Relaxed);
                Ok(())
            }))
            .map_err(Error::internal)
    }

    /// Wakes the thread, or empties the log when it has outgrown its bound.
    pub(super) fn after_commit(&mut self, connection: &Connection) {
        let bytes = self.shared.counters.wal_bytes.load(Ordering::Relaxed);
        let rests = self
            .prevented
            .is_some_and(|since| since.elapsed() < EMPTY_AGAIN_AFTER);
        if bytes > self.shared.settings.wal_bytes_max && !rests {
            self.empty(connection);
        } else if bytes > PAGES_MOVED * FRAME_BYTES
            && let Some(wake) = &self.wake
        {
            match wake.try_send(()) {
                // It is awake already.
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
            }
        }
    }

    /// Ends the thread and empties the log a last time.
    pub(super) fn finish(&mut self, connection: &Connection) {
        self.wake = None;
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
        self.empty(connection);
    }

    /// Empties the log. Readers that started before the last commit may prevent it; a later commit tries again.
    fn empty(&mut self, connection: &Connection) {
        let raw = connection.raw();
        let waits = raw.busy_timeout(EMPTY_TIMEOUT);
        let emptied = waits.and_then(|()| checkpoint(raw, CheckpointMode::TRUNCATE));
        raw.busy_timeout(super::connection::LOCK_TIMEOUT).ok();
        self.prevented = None;
        match emptied {
            Ok(true) => {
                self.shared.counters.wal_bytes.store(0, Ordering::Relaxed);
                Counters::add(&self.shared.counters.checkpoints, 1);
            }
            Ok(false) => self.prevented = Some(Instant::now()),
            Err(cause) => {
                self.prevented = Some(Instant::now());
                tracing::debug!(%cause, "the write-ahead log could not be emptied");
            }
        }
    }
}

fn serve(connection: &Connection, woken: &Receiver<()>, shared: &Shared) {
    loop {
        match woken.recv_timeout(FOLLOW_EVERY) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                follow::migrations(connection, shared);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        match checkpoint(connection.raw(), CheckpointMode::PASSIVE) {
            Ok(_) => Counters::add(&shared.counters.checkpoints, 1),
            Err(cause) => tracing::warn!(%cause, "a checkpoint failed"),
        }
    }
}

/// Moves what it can; tells whether that was everything.
fn checkpoint(connection: &rusqlite::Connection, mode: CheckpointMode) -> rusqlite::Result<bool> {
    let (pages, moved) = connection.wal_checkpoint_v2(None::<&str>, mode)?;
    Ok(pages == moved)
}
