//! [`Writer`]: the one thread that writes.
//!
//! It takes what is queued, commits it as one transaction (see [`super::group`]) and then answers all. What must be alone with
//! the file, a migration or a seed, goes through the same queue as a [`Task`], between two groups.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;
use underpin_base::{Error, Result};
use underpin_sql::writer::sqlite::table_name;

use super::checkpoint::Checkpointer;
use super::connection::Connection;
use super::group;
use super::job::{Job, guarded};
use super::queue::Queue;
use super::routine::STACK_BYTES;
use super::shared::Shared;
use crate::metrics::Counters;

/// What must be alone with the file.
type Task = Box<dyn FnOnce(&mut Connection) + Send>;

enum Work {
    Write(Box<Job>),
    Task(Task),
}

/// The one thread that writes.
pub(super) struct Writer {
    queue: Arc<Queue<Work>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts the thread on `connection`.
    pub(super) fn start(
        shared: &Arc<Shared>,
        mut connection: Connection,
        checkpointer: Checkpointer,
    ) -> Result<Self> {
        let queue = Arc::new(Queue::new(shared.settings.write_queue_max));
        let logged = &shared.settings.changes.tables;
        connection
            .recorder()
            .log(logged.iter().map(|name| table_name(name).into()).collect());
        checkpointer.watch(&mut connection)?;
        let mut service = Service {
            shared: Arc::clone(shared),
            connection,
            checkpointer,
        };
        let work = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .stack_size(STACK_BYTES)
            .spawn(move || service.serve(&work))
            .map_err(Error::internal)?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Takes a job.
    pub(super) fn push(&self, job: Job) -> Result<()> {
        self.queue.push(Work::Write(Box::new(job)))
    }

    /// Puts `task` into the queue, to be run alone with the file between two groups, and returns where its result will be.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T>>> {
        let (answer, result) = oneshot::channel();
        self.queue.push(Work::Task(Box::new(move |connection| {
            answer.send(guarded(|| task(connection))).ok();
        })))?;
        Ok(result)
    }

    /// Returns how many jobs wait.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Answers what is queued, empties the write-ahead log, then ends the thread.
    pub(super) fn close(&self) {
        self.queue.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }
}

struct Service {
    shared: Arc<Shared>,
    connection: Connection,
    checkpointer: Checkpointer,
}

impl Service {
    fn serve(&mut self, queue: &Queue<Work>) {
        loop {
            let work = queue.pop_many(self.shared.settings.group_writes_max.max(1));
            if work.is_empty() {
                break;
            }
            let mut group = VecDeque::new();
            for work in work {
                match work {
                    Work::Write(job) => {
                        group.extend(job.still_wanted(self.shared.settings.queue_timeout));
                    }
                    Work::Task(task) => {
                        self.commit(std::mem::take(&mut group));
                        task(&mut self.connection);
                        self.reset();
                        self.checkpointer.after_commit(&self.connection);
                    }
                }
            }
            self.commit(group);
        }
        self.checkpointer.finish(&self.connection);
    }

    fn commit(&mut self, jobs: VecDeque<Job>) {
        if jobs.is_empty() {
            return;
        }
        let counters = &self.shared.counters;
        Counters::add(&counters.writes, jobs.len() as u64);
        group::commit(&self.connection, &self.shared, jobs);
        self.checkpointer.after_commit(&self.connection);
    }

    /// Puts the connection back into the state that groups expect, whatever a task did to it.
    fn reset(&self) {
        if !self.connection.raw().is_autocommit() {
            self.connection.execute("ROLLBACK").ok();
        }
        self.connection.deadline().clear();
        let mut recorder = self.connection.recorder();
        recorder.clear();
        recorder.pause(false);
    }
}

impl Shared {
    /// Counts a commit.
    pub(super) fn count_commit(&self) {
        self.counters.commits.fetch_add(1, Ordering::Relaxed);
    }
}
