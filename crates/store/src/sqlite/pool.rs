//! [`Pool`]: the threads that read, each with a connection of its own.
//!
//! A request goes into a bounded queue and one thread takes it from start to end; nothing is awaited in between.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use underpin_base::{Error, Result};
use underpin_query::plan::{Action, Plan, Read};
use underpin_query::reply::{Outcome, Rows};

use super::bind::Binding;
use super::connection::{Access, Connection};
use super::execute;
use super::job::{Job, guarded};
use super::queue::Queue;
use super::shared::Shared;
use crate::metrics::Counters;

/// The threads that read.
#[derive(Debug)]
pub(super) struct Pool {
    queue: Arc<Queue<Job>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Opens the connections and starts the threads.
    pub(super) fn start(shared: &Arc<Shared>) -> Result<Self> {
        let queue = Arc::new(Queue::new(shared.settings.read_queue_max));
        let mut threads = Vec::new();
        for number in 0..shared.settings.readers.max(1) {
            let reader = Reader::open(Arc::clone(shared))?;
            let queue = Arc::clone(&queue);
            let thread = std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || reader.serve(&queue))
                .map_err(Error::internal)?;
            threads.push(thread);
        }
        Ok(Self {
            queue,
            threads: Mutex::new(threads),
        })
    }

    /// Takes a job.
    pub(super) fn push(&self, job: Job) -> Result<()> {
        self.queue.push(job)
    }

    /// Returns how many jobs wait.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Answers what is queued, then ends the threads.
    pub(super) fn close(&self) {
        self.queue.close();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            thread.join().ok();
        }
    }
}

struct Reader {
    connection: Connection,
    shared: Arc<Shared>,
    /// The schema whose collations the connection has.
    generation: u64,
}

impl Reader {
    fn open(shared: Arc<Shared>) -> Result<Self> {
        let schema = shared.schema();
        Ok(Self {
            connection: Connection::open(&shared.settings, Access::Read, &schema.catalog)?,
            generation: schema.generation,
            shared,
        })
    }

    fn serve(mut self, queue: &Queue<Job>) {
        while let Some(job) = queue.pop() {
            let Some(job) = job.still_wanted(self.shared.settings.queue_timeout) else {
                continue;
            };
            let counters = &self.shared.counters;
            Counters::add(&counters.readers_busy, 1);
            Counters::add(&counters.reads, 1);
            let (plan, asker) = job.into_parts();
            self.connection.deadline().lend(asker);
            let outcome = guarded(|| self.run(&plan));
            let asker = self.connection.deadline().take_back();
            self.shared
                .counters
                .readers_busy
                .fetch_sub(1, Ordering::Relaxed);
            // A client that went away meanwhile needs no answer.
            if let Some(asker) = asker {
                asker.send(outcome).ok();
            }
        }
    }

    fn run(&mut self, plan: &Plan) -> Result<Outcome> {
        let Action::Read(read) = plan.action() else {
            return Err(Error::internal("a write was given to a reader"));
        };
        self.follow_schema()?;
        self.connection.deadline().start(plan.timeout());
        let rows = self.read(plan, read);
        self.connection.deadline().clear();
        Ok(Outcome {
            rows: Some(rows?),
            affected: 0,
            inserted: 0,
        })
    }

    /// Runs a read: one statement sees one state of the database by itself, two of them need a transaction.
    fn read(&self, plan: &Plan, read: &Read) -> Result<Rows> {
        let binding = Binding::new(plan.identity(), (self.shared.settings.clock)());
        let bytes_max = self.shared.settings.answer_bytes_max;
        let run = || guarded(|| execute::read(&self.connection, read, &binding, bytes_max));
        if read.count.is_none() {
            return run();
        }
        self.connection.execute("BEGIN")?;
        let rows = run();
        // The transaction only read, so that it ends the same way whatever happened in it. SQLite ends it itself on some errors.
        if !self.connection.raw().is_autocommit() {
            self.connection.deadline().clear();
            self.connection.execute("ROLLBACK")?;
        }
        rows
    }

    fn follow_schema(&mut self) -> Result<()> {
        if self.generation != self.shared.generation() {
            let schema = self.shared.schema();
            self.connection.use_catalog(&schema.catalog)?;
            self.generation = schema.generation;
        }
        Ok(())
    }
}
