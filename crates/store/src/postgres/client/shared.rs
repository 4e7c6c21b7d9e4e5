//! The task of a shared connection: batches of many callers, one after another, without waiting for the answers in between.
//!
//! Each batch is one unit that ends in one Sync, so that one that fails leaves the others alone. The server answers in order. A caller
//! that goes away leaves its batch behind; the answer is thrown away.
//!
//! What was sent is not sent again when the connection is lost; what was not, goes to the next one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use underpin_base::{Error, Result};

use super::address::Address;
use super::circuit::Circuit;
use super::error;
use super::gauge::{Gauge, Load};
use super::line::Line;
use super::opening;
use super::query::{Answer, Query};
use super::settings::ClientSettings;
use super::statements::Epoch;

/// A connection that lasts no longer than this is not made again without a pause: something is wrong that connecting does not tell.
const SHORT: Duration = Duration::from_secs(1);

/// That pause.
const PAUSE: Duration = Duration::from_millis(100);

/// A batch that somebody waits for.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) queries: Vec<Query>,
    /// When its time is over.
    pub(super) deadline: Instant,
    /// Whether it has been sent before, to no effect.
    pub(super) is_again: bool,
    pub(super) reply: oneshot::Sender<Result<Vec<Answer>>>,
    /// Counts the batch as one of its connection's, until it is answered.
    pub(super) _load: Load,
}

impl Job {
    /// Returns an empty batch that nobody waits for.
    pub(super) fn greeting(timeout: Duration) -> Self {
        Self {
            queries: Vec::new(),
            deadline: Instant::now() + timeout,
            is_again: false,
            reply: oneshot::channel().0,
            _load: Load::new(&Gauge::new()),
        }
    }

    /// Answers the caller, if it is still there.
    pub(super) fn answer(self, answer: Result<Vec<Answer>>) {
        drop(self.reply.send(answer));
    }
}

/// What the tasks of a client share.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) address: Arc<Address>,
    pub(super) settings: ClientSettings,
    pub(super) circuit: Arc<Circuit>,
    pub(super) epoch: Epoch,
}

/// Serves one shared connection until nobody can ask it any more, and makes a new one whenever it is lost.
pub(super) async fn serve(context: Arc<Context>, mut jobs: mpsc::Receiver<Job>, gauge: Arc<Gauge>) {
    let mut waiting = VecDeque::new();
    let mut was_lost = false;
    loop {
        // The first connection is made when it is needed, the next as soon as the one before is lost: whether the server can be
        // reached is known then before anybody asks.
        if waiting.is_empty() && !was_lost {
            match jobs.recv().await {
                Some(job) => waiting.push_back(job),
                None => return,
            }
        }
        let Context {
            address, settings, ..
        } = &*context;
        let opening = opening::open(address, address.connect_timeout, settings.answer_bytes_max);
        match opening.await {
            Ok(opened) => {
                let epoch = context.epoch.clone();
                let line = Line::new(opened, settings, address, epoch, Arc::clone(&gauge));
                gauge.set_connected(true);
                let begun = Instant::now();
                let end = line.serve(&mut jobs, &mut waiting).await;
                gauge.set_connected(false);
                if end.is_closed() {
                    return;
                }
                if begun.elapsed() < SHORT {
                    tokio::time::sleep(PAUSE).await;
                }
                was_lost = true;
            }
            Err(failure) => {
                context.circuit.fail(&failure);
                refuse(&mut waiting, &mut jobs, &failure.cause);
                was_lost = false;
                wait_out(&context.circuit, &mut jobs, &mut waiting).await;
            }
        }
    }
}

/// Refuses whatever waits.
fn refuse(waiting: &mut VecDeque<Job>, jobs: &mut mpsc::Receiver<Job>, cause: &str) {
    while let Some(job) = waiting.pop_front().or_else(|| jobs.try_recv().ok()) {
        job.answer(Err(error::unreachable(cause)));
    }
}

/// Waits until the server can be reached again, and refuses whatever comes until then.
async fn wait_out(circuit: &Circuit, jobs: &mut mpsc::Receiver<Job>, waiting: &mut VecDeque<Job>) {
    let reachable = circuit.reachable();
    tokio::pin!(reachable);
    loop {
        tokio::select! {
            biased;
            () = &mut reachable => return,
            job = jobs.recv() => match (job, circuit.check()) {
                (Some(job), Err(error)) => job.answer(Err(error)),
                // It came back at this moment.
                (Some(job), Ok(())) => return waiting.push_back(job),
                (None, _) => return,
            },
        }
    }
}

/// Returns the error of a batch that was never sent.
pub(super) fn never_sent(job: &Job) -> Option<Error> {
    (job.deadline <= Instant::now()).then(error::none_free)
}
