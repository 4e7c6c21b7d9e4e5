//! [`Workers`]: threads that have SQLite's machine, for what the database does not do itself.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use underpin_base::{Code, Error, Result};

use crate::schema::Schema;
use crate::settings::SqliteSettings;
use crate::sqlite::{Mirror, STACK_BYTES};

/// What a thread does with its machine.
type Work = Box<dyn FnOnce(&mut Option<Mirror>) + Send>;

/// Threads that have SQLite's machine.
#[derive(Debug)]
pub(super) struct Workers {
    queue: Mutex<Option<Sender<Work>>>,
    machine: SqliteSettings,
    folder: PathBuf,
}

impl Workers {
    /// Starts `count` threads.
    pub(super) fn start(count: usize, machine: SqliteSettings, folder: PathBuf) -> Result<Self> {
        let (sender, receiver) = channel::<Work>();
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..count.max(1) {
            let receiver = Arc::clone(&receiver);
            std::thread::Builder::new()
                .name(format!("mysql {number}"))
                .stack_size(STACK_BYTES)
                .spawn(move || work(&receiver))
                .map_err(Error::internal)?;
        }
        Ok(Self {
            queue: Mutex::new(Some(sender)),
            machine,
            folder,
        })
    }

    /// Runs `work` with a machine that has the tables of `schema`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        schema: Arc<Schema>,
        work: impl FnOnce(&Mirror) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, outcome) = oneshot::channel();
        let (machine, folder) = (self.machine.clone(), self.folder.clone());
        let task: Work = Box::new(move |mirror| {
            let result = with_schema(mirror, &machine, &folder, schema).and_then(work);
            if result.is_err() && mirror.as_ref().is_some_and(|mirror| !mirror.is_clean()) {
                *mirror = None;
            }
            done.send(result).ok();
        });
        let sent = {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.as_ref().is_some_and(|queue| queue.send(task).is_ok())
        };
        if !sent {
            return Err(Error::new(
                Code::SHUTTING_DOWN,
                "terminating connection due to administrator command",
            ));
        }
        outcome
            .await
            .unwrap_or_else(|_| Err(Error::internal("a thread ended without an answer")))
    }

    /// Ends the threads when they have done what is queued.
    pub(super) fn close(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.take();
    }
}

fn work(queue: &Mutex<Receiver<Work>>) {
    let mut mirror = None;
    loop {
        let next = {
            let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.recv()
        };
        match next {
            Ok(work) => work(&mut mirror),
            Err(_) => return,
        }
    }
}

fn with_schema<'m>(
    mirror: &'m mut Option<Mirror>,
    machine: &SqliteSettings,
    folder: &std::path::Path,
    schema: Arc<Schema>,
) -> Result<&'m Mirror> {
    let fits = mirror.as_ref().is_some_and(|mirror| mirror.has(&schema));
    if !fits {
        *mirror = Some(Mirror::new(machine, folder, schema)?);
    }
    mirror.as_ref().ok_or_else(|| Error::internal("no machine"))
}
