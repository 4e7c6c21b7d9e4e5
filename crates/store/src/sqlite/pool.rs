//! [`Pool`]: the threads that read, each with a connection of its own.
//!
//! A request goes into a bounded queue and one thread takes it from start to end; nothing is awaited in between.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use underpin_base::{Error, Result};

use super::job::{Job, guarded};
use super::queue::Queue;
use super::reader::Reader;
use super::routine::STACK_BYTES;
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
            let shared = Arc::clone(shared);
            let thread = std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || serve(reader, &queue, &shared))
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

fn serve(mut reader: Reader, queue: &Queue<Job>, shared: &Shared) {
    while let Some(job) = queue.pop() {
        let Some(job) = job.still_wanted(shared.settings.queue_timeout) else {
            continue;
        };
        Counters::add(&shared.counters.readers_busy, 1);
        Counters::add(&shared.counters.reads, 1);
        let (plan, asker) = job.into_parts();
        reader.connection().deadline().lend(asker);
        let outcome = guarded(|| reader.run(&plan));
        let asker = reader.connection().deadline().take_back();
        shared.counters.readers_busy.fetch_sub(1, Ordering::Relaxed);
        // A client that went away meanwhile needs no answer.
        if let Some(asker) = asker {
            asker.send(outcome).ok();
        }
    }
}
