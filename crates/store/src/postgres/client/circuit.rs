//! [`Circuit`]: whether the server can be reached.
//!
//! Once a connection could not be made requests fail at once, and a task of its own tries until one can be made again.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;
use underpin_base::Result;

use super::address::Address;
use super::error;
use super::opening::{self, Failure};

/// The first pause between two attempts; each is twice the one before.
const PAUSE_MIN: Duration = Duration::from_millis(50);

/// The longest pause between two attempts.
const PAUSE_MAX: Duration = Duration::from_millis(500);

/// How long a quick attempt waits. A network that swallows everything would else be asked once in a long while only.
const ATTEMPT: Duration = Duration::from_secs(1);

/// Whether the server can be reached, as far as is known.
#[derive(Debug)]
pub(super) struct Circuit {
    address: Arc<Address>,
    /// Why it cannot, if so.
    cause: watch::Sender<Option<Arc<str>>>,
}

impl Circuit {
    /// Returns the circuit of a server that nobody has tried to reach yet.
    pub(super) fn new(address: Arc<Address>) -> Arc<Self> {
        Arc::new(Self {
            address,
            cause: watch::Sender::new(None),
        })
    }

    /// Tells whether the server is believed to be reachable.
    pub(super) fn is_reachable(&self) -> bool {
        self.cause.borrow().is_none()
    }

    /// Lets a request pass when the server is believed to be reachable.
    ///
    /// # Errors
    /// `PGRST000` when it is not.
    pub(super) fn check(&self) -> Result<()> {
        match &*self.cause.borrow() {
            None => Ok(()),
            Some(cause) => Err(error::unreachable(cause)),
        }
    }

    /// Waits until the server is believed to be reachable.
    pub(super) async fn reachable(&self) {
        // The sender is our own, so that there is no error.
        drop(self.cause.subscribe().wait_for(Option::is_none).await);
    }

    /// Notes that no connection could be made.
    pub(super) fn fail(self: &Arc<Self>, failure: &Failure) {
        if failure.is_full {
            // It is there; who has connections may go on with them.
            tracing::warn!(
                cause = failure.cause,
                "the database takes no more connections"
            );
            return;
        }
        let is_news = self.cause.send_if_modified(|cause| {
            let is_news = cause.is_none();
            *cause = Some(failure.cause.as_str().into());
            is_news
        });
        if is_news {
            tracing::error!(cause = failure.cause, "the database cannot be reached");
            tokio::spawn(probe(Arc::downgrade(self), Arc::clone(&self.address)));
        }
    }
}

/// Tries to reach the server until it can be reached, or nobody wants to know any more.
async fn probe(circuit: Weak<Circuit>, address: Arc<Address>) {
    let patient = address.connect_timeout.max(ATTEMPT);
    tokio::select! {
        () = attempts(&circuit, &address, PAUSE_MIN, ATTEMPT) => {}
        // A server that is reached slowly must not count as one that is not.
        () = attempts(&circuit, &address, patient, patient) => {}
    }
    if let Some(circuit) = circuit.upgrade() {
        tracing::info!("the database can be reached again");
        circuit.cause.send_replace(None);
    }
}

/// Tries until the server takes us, or nobody wants to know any more.
async fn attempts(
    circuit: &Weak<Circuit>,
    address: &Arc<Address>,
    first: Duration,
    timeout: Duration,
) {
    let mut pause = first;
    while circuit.strong_count() > 0 {
        tokio::time::sleep(jitter(pause)).await;
        match opening::open(address, timeout, usize::MAX).await {
            Ok(mut opened) => return opened.wire.terminate(),
            Err(failure) if failure.is_full => return,
            Err(_) => pause = (pause * 2).clamp(PAUSE_MIN, PAUSE_MAX.max(first)),
        }
    }
}

/// Returns between half of `pause` and all of it, so that many clients of one server do not come back at the same moment.
fn jitter(pause: Duration) -> Duration {
    let chance = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    pause / 2 + pause * chance / 512
}
