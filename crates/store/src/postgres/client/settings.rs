//! [`ClientSettings`]: how many connections there are, and how long they are waited for.

use std::time::Duration;

use super::address::Address;

/// How many connections there are, and how long they are waited for.
#[derive(Clone, Debug)]
pub(crate) struct ClientSettings {
    /// How many connections are shared by short batches, one after another without waiting for answers.
    pub(crate) shared_connections: usize,
    /// The most batches that wait for a shared connection; one more is refused (`overloaded`).
    pub(crate) shared_queue_max: usize,
    /// The most connections that are held by one caller at a time.
    pub(crate) pool_connections_max: usize,
    /// The most callers that wait for one of those; one more is refused (`overloaded`).
    pub(crate) pool_queue_max: usize,
    /// The longest that a caller waits for one (PGRST003).
    pub(crate) pool_timeout: Duration,
    /// A connection that was idle for longer is asked whether it still stands before anybody has it.
    pub(crate) idle_trusted: Duration,
    /// A connection that was idle for longer is closed.
    pub(crate) idle_max: Duration,
    /// A connection that is older is closed instead of being given to the next caller.
    pub(crate) age_max: Duration,
    /// The most statements that a connection keeps prepared.
    pub(crate) statements_max: usize,
    /// The largest answer, in bytes.
    pub(crate) answer_bytes_max: usize,
    /// How much later than the server a batch's time is over for us, so that it is the server that says so.
    pub(crate) timeout_slack: Duration,
    /// How long the server has to answer once it was asked to cancel.
    pub(crate) cancel_grace: Duration,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            shared_connections: 2,
            shared_queue_max: 4_096,
            pool_connections_max: 16,
            pool_queue_max: 4_096,
            pool_timeout: Duration::from_secs(10),
            idle_trusted: Duration::from_secs(30),
            idle_max: Duration::from_secs(10 * 60),
            age_max: Duration::from_secs(60 * 60),
            statements_max: 256,
            answer_bytes_max: 1 << 30,
            timeout_slack: Duration::from_millis(500),
            cancel_grace: Duration::from_secs(2),
        }
    }
}

impl ClientSettings {
    /// Returns how many statements a connection to `address` keeps prepared: none where the next transaction may have another session.
    pub(super) fn statements_max(&self, address: &Address) -> usize {
        if address.is_pooled_by_transaction {
            0
        } else {
            self.statements_max
        }
    }
}
