//! [`Client`]: every connection to one server.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use underpin_base::Result;

use super::address::Address;
use super::circuit::Circuit;
use super::error;
use super::gauge::{Gauge, Load};
use super::listen::Listener;
use super::pool::{Pool, Pooled};
use super::query::{Answer, Query};
use super::settings::ClientSettings;
use super::shared::{self, Context, Job};
use super::statements::Epoch;

/// Every connection to one server: some that all share, and some that one caller holds at a time.
///
/// Connections are made when they are needed, and made again when they are lost. Its tasks end when it is dropped.
#[derive(Debug)]
pub(crate) struct Client {
    context: Arc<Context>,
    shared: Vec<Shared>,
    pool: Arc<Pool>,
}

/// A shared connection, as those see it who ask.
#[derive(Debug)]
struct Shared {
    jobs: mpsc::Sender<Job>,
    gauge: Arc<Gauge>,
}

impl Client {
    /// Returns a client of the server at `address`, which connects when it is asked for something. It is made within a runtime.
    pub(crate) fn new(address: Address, settings: ClientSettings) -> Self {
        let address = Arc::new(address);
        let context = Arc::new(Context {
            circuit: Circuit::new(Arc::clone(&address)),
            address,
            settings,
            epoch: Epoch::default(),
        });
        let shared = (0..context.settings.shared_connections.max(1))
            .map(|_| {
                let (jobs, queue) = mpsc::channel(context.settings.shared_queue_max.max(1));
                let gauge = Gauge::new();
                let serving = shared::serve(Arc::clone(&context), queue, Arc::clone(&gauge));
                tokio::spawn(serving);
                Shared { jobs, gauge }
            })
            .collect();
        Self {
            pool: Pool::new(Arc::clone(&context)),
            context,
            shared,
        }
    }

    /// Carries out `queries` under one Sync on a shared connection, or on one of its own when all of those are held up by long batches.
    /// The server is asked to cancel it a little after `timeout`.
    ///
    /// # Errors
    /// As [`Connection::batch`](super::Connection::batch), `PGRST003` when it could not be sent in time, `overloaded` when too many wait
    /// already, and `PGRST000` when the server cannot be reached.
    pub(crate) async fn run(&self, queries: Vec<Query>, timeout: Duration) -> Result<Vec<Answer>> {
        let settings = &self.context.settings;
        let quietest = self.quietest()?;
        if quietest.gauge.is_held_up() {
            // Nobody waits for another's long batch where there are other connections.
            let mut connection = self.connection().await?;
            connection.set_timeout(Some(timeout + settings.timeout_slack));
            return connection.batch(&queries).await;
        }
        let deadline = Instant::now() + timeout + settings.timeout_slack;
        let (reply, answer) = oneshot::channel();
        let job = Job {
            queries,
            deadline,
            is_again: false,
            reply,
            _load: Load::new(&quietest.gauge),
        };
        match quietest.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(error::overloaded(settings.shared_queue_max)),
            Err(TrySendError::Closed(_)) => return Err(error::unreachable("its task has ended")),
        }
        // The task answers in time; this is for the case that it does not.
        let end = deadline + settings.cancel_grace * 2;
        match tokio::time::timeout_at(end, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(error::lost("its task has ended")),
            Err(_) => Err(error::out_of_time_unknown()),
        }
    }

    /// Returns the shared connection with the least to do.
    fn quietest(&self) -> Result<&Shared> {
        let check = self.context.circuit.check();
        self.shared
            .iter()
            // Connections that stand are good, whatever is said of new ones.
            .filter(|shared| check.is_ok() || shared.gauge.is_connected())
            .min_by_key(|shared| (shared.gauge.is_held_up(), shared.gauge.batches()))
            .ok_or_else(|| check.err().unwrap_or_else(error::none_free))
    }

    /// Returns a connection for the caller alone, who gives it back by dropping it.
    ///
    /// # Errors
    /// `PGRST003` when there is none in time, `overloaded` when too many wait already, `PGRST000` when the server cannot be reached.
    pub(crate) async fn connection(&self) -> Result<Pooled> {
        self.pool.take().await
    }

    /// Hears what is told to `channels`, for as long as what is returned is kept.
    pub(crate) fn listen(&self, channels: &[&str]) -> Listener {
        Listener::new(Arc::clone(&self.context), channels)
    }

    /// Tells whether the server is believed to be reachable.
    pub(crate) fn is_reachable(&self) -> bool {
        self.context.circuit.is_reachable()
    }

    /// Lets every connection prepare its statements anew, because the schema has changed.
    pub(crate) fn schema_changed(&self) {
        self.context.epoch.advance();
    }
}
