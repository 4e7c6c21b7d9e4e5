//! [`Line`]: one shared connection while it lasts.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use super::address::Address;
use super::connection::ended;
use super::error;
use super::flight::{Flight, Landing};
use super::gauge::Gauge;
use super::message::Message;
use super::opening::{Canceller, Opened};
use super::settings::ClientSettings;
use super::shared::{Job, never_sent};
use super::statements::{Epoch, Statements};
use super::wire::Wire;

/// The most batches that are on their way at once: with more the server would not be quicker, and more would be lost with it.
const FLIGHTS_MAX: usize = 256;

/// While so many bytes wait to be written no more batches are taken.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// How long a batch may take that had to wait for others until its own time was over.
const LAST_CHANCE: Duration = Duration::from_millis(100);

/// How long the server may take to answer when it is asked whether it is there.
const GREETING_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a request to cancel may be on its way.
const STRAY: Duration = Duration::from_secs(3);

/// A connection, and the batches on their way over it.
#[derive(Debug)]
pub(super) struct Line {
    wire: Wire,
    statements: Statements,
    canceller: Canceller,
    flights: VecDeque<Sent>,
    answer_bytes_max: usize,
    grace: Duration,
    /// When the next deadline is to be looked for.
    timer: Pin<Box<Sleep>>,
    is_timed: bool,
    /// When a batch was done that the server had been asked to cancel: the request may hit another.
    stray_cancel: Option<Instant>,
    /// What the server said unasked: why it closes the connection.
    farewell: Option<String>,
    gauge: Arc<Gauge>,
    /// Since when no batch is on its way.
    idle_since: Instant,
    silence: Duration,
}

/// A batch on its way.
#[derive(Debug)]
struct Sent {
    job: Job,
    flight: Flight,
    /// How many bytes there were before it.
    start: u64,
    /// Until when it may take.
    deadline: Instant,
    is_cancelled: bool,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nobody can ask any more.
    Closed,
    /// The connection is lost.
    Lost,
}

impl End {
    /// Tells whether nobody can ask any more.
    pub(super) fn is_closed(self) -> bool {
        self == Self::Closed
    }
}

impl Line {
    /// Returns the line over a new connection.
    pub(super) fn new(
        opened: Opened,
        settings: &ClientSettings,
        address: &Address,
        epoch: Epoch,
        gauge: Arc<Gauge>,
    ) -> Self {
        Self {
            wire: opened.wire,
            statements: Statements::new(settings.statements_max(address), epoch),
            canceller: opened.canceller,
            flights: VecDeque::new(),
            answer_bytes_max: settings.answer_bytes_max,
            grace: settings.cancel_grace,
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            is_timed: false,
            stray_cancel: None,
            farewell: None,
            gauge,
            idle_since: Instant::now(),
            silence: settings.idle_trusted,
        }
    }

    /// Sends what waits and what comes, and answers it, until the connection is lost or nobody can ask any more. What was not sent stays
    /// in `waiting`.
    pub(super) async fn serve(
        mut self,
        jobs: &mut mpsc::Receiver<Job>,
        waiting: &mut VecDeque<Job>,
    ) -> End {
        let mut is_closed = false;
        loop {
            while self.has_room()
                && let Some(job) = waiting.pop_front().or_else(|| jobs.try_recv().ok())
            {
                self.send(job);
            }
            if is_closed && self.flights.is_empty() {
                self.wire.terminate();
                return End::Closed;
            }
            tokio::select! {
                biased;
                job = jobs.recv(), if self.has_room() && !is_closed => match job {
                    Some(job) => {
                        self.send(job);
                        // Whoever else is about to ask comes along: one write for all costs as much as one for each.
                        tokio::task::yield_now().await;
                    }
                    None => is_closed = true,
                },
                // Before the messages: an answer without end must not outlast its time.
                () = &mut self.timer, if self.is_timed => {
                    if self.has_given_up() {
                        return End::Lost;
                    }
                }
                message = self.wire.next() => {
                    if let Err(cause) = message.and_then(|message| self.take_all(message, waiting)) {
                        self.lose(&cause, waiting);
                        return End::Lost;
                    }
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        self.flights.len() < FLIGHTS_MAX && self.wire.output.len() < OUTPUT_BYTES_MAX
    }

    /// Appends a batch to what is to be written.
    fn send(&mut self, job: Job) {
        if job.reply.is_closed() {
            return;
        }
        if let Some(error) = never_sent(&job) {
            return job.answer(Err(error));
        }
        let start = self.wire.appended();
        let flight = Flight::write(
            &job.queries,
            &mut self.statements,
            &mut self.wire.output,
            self.answer_bytes_max,
        );
        let flight = match flight {
            Ok(flight) => flight,
            Err(error) => return job.answer(Err(error)),
        };
        self.push(job, flight, start);
    }

    fn push(&mut self, job: Job, flight: Flight, start: u64) {
        let deadline = job.deadline;
        self.time(deadline);
        if self.flights.is_empty() {
            self.gauge.begin(Instant::now());
        }
        self.flights.push_back(Sent {
            job,
            flight,
            start,
            deadline,
            is_cancelled: false,
        });
    }

    /// Takes `message` and all others that are here.
    fn take_all(&mut self, message: Message, waiting: &mut VecDeque<Job>) -> std::io::Result<()> {
        let mut next = Some(message);
        while let Some(message) = next {
            self.take(message, waiting).map_err(std::io::Error::other)?;
            next = self.wire.next_here()?;
        }
        Ok(())
    }

    fn take(&mut self, message: Message, waiting: &mut VecDeque<Job>) -> Result<(), String> {
        let Some(front) = self.flights.front_mut() else {
            return match message {
                Message::Error(error) => {
                    self.farewell = Some(error.to_string());
                    Ok(())
                }
                Message::Notice | Message::Parameter(..) | Message::Notification(_) => Ok(()),
                message => Err(format!("{} was not expected", message.kind())),
            };
        };
        let is_ready = front.flight.take(message, &mut self.statements)?.is_some();
        if is_ready && let Some(sent) = self.flights.pop_front() {
            self.land(sent, waiting);
            self.promote();
        }
        Ok(())
    }

    /// Answers a batch, or puts it first in `waiting` when it is to be sent once more.
    fn land(&mut self, sent: Sent, waiting: &mut VecDeque<Job>) {
        let Sent {
            mut job,
            flight,
            is_cancelled,
            ..
        } = sent;
        let landing = flight.land(&mut self.statements);
        let was_cancelled = matches!(&landing, Landing::Failed(error)
            if *error.code() == underpin_base::Code::QUERY_CANCELED);
        // In either case the batch was rolled back whole, so that it is as good as never sent.
        let is_innocent = was_cancelled
            && !is_cancelled
            && self.stray_cancel.is_some_and(|at| at.elapsed() < STRAY);
        if is_cancelled != was_cancelled {
            self.stray_cancel = is_cancelled.then(Instant::now);
        }
        let is_stale = matches!(landing, Landing::Stale(_));
        if (is_stale || is_innocent) && !job.is_again {
            job.is_again = true;
            waiting.push_front(job);
            return;
        }
        job.answer(match landing {
            Landing::Done(answers) => Ok(answers),
            Landing::Failed(_) if is_cancelled && was_cancelled => Err(error::out_of_time()),
            Landing::Failed(error) | Landing::Stale(error) => Err(error),
        });
    }

    /// Gives the batch that is first by now a moment, when its time is over because of those before it.
    fn promote(&mut self) {
        let now = Instant::now();
        match self.flights.front_mut() {
            None => {
                self.gauge.rest();
                self.idle_since = now;
                self.time(now + self.silence);
            }
            Some(front) => {
                self.gauge.begin(now);
                if front.deadline < now + LAST_CHANCE {
                    front.deadline = now + LAST_CHANCE;
                    self.time(now + LAST_CHANCE);
                }
            }
        }
    }

    /// Asks the server whether it is there, when nothing was asked for long: a network that has forgotten the connection would else be
    /// noticed by the next caller, who would wait for the whole of its time.
    fn greet(&mut self) {
        let next = self.idle_since + self.silence;
        if next > Instant::now() {
            return self.time(next);
        }
        let start = self.wire.appended();
        let output = &mut self.wire.output;
        if let Ok(flight) = Flight::write(&[], &mut self.statements, output, 0) {
            self.push(Job::greeting(GREETING_TIMEOUT), flight, start);
        }
    }

    /// Sees to it that deadlines are looked for at `deadline`.
    fn time(&mut self, deadline: Instant) {
        if !self.is_timed || deadline < self.timer.deadline() {
            self.is_timed = true;
            self.timer.as_mut().reset(deadline);
        }
    }

    /// Cancels the first batch when its time is over, and tells whether the server has not answered that in time.
    ///
    /// Those behind it are carried out nevertheless: each has its own time, and they wait no longer than the first and its grace.
    fn has_given_up(&mut self) -> bool {
        self.is_timed = false;
        let Some(front) = self.flights.front_mut() else {
            self.greet();
            return false;
        };
        if front.deadline <= Instant::now() {
            if front.is_cancelled {
                tracing::error!("the database does not answer; a shared connection is given up");
                for (index, sent) in self.flights.drain(..).enumerate() {
                    sent.job.answer(Err(match index {
                        0 => error::out_of_time_unknown(),
                        _ => error::lost("a batch before it was not answered in time"),
                    }));
                }
                return true;
            }
            front.is_cancelled = true;
            front.deadline = Instant::now() + self.grace;
            self.canceller.cancel_later();
        }
        let deadline = front.deadline;
        self.time(deadline);
        false
    }

    /// Answers those whose batches were sent; the others stay in `waiting`.
    fn lose(&mut self, cause: &std::io::Error, waiting: &mut VecDeque<Job>) {
        let cause = match self.farewell.take() {
            Some(farewell) => std::io::Error::other(format!("{farewell}; {cause}")),
            None => std::io::Error::other(cause.to_string()),
        };
        tracing::warn!(%cause, "a shared connection to the database was lost");
        let written = self.wire.written();
        for sent in self.flights.drain(..).rev() {
            if sent.start >= written {
                waiting.push_front(sent.job);
            } else {
                let error = ended(&sent.flight, &cause);
                sent.job.answer(Err(error));
            }
        }
    }
}
