//! [`Connection`]: a connection that one caller holds at a time.

mod copy;

use std::sync::Arc;
use std::time::Duration;

use postgres_protocol::message::frontend;
use tokio::time::Instant;
use underpin_base::{Code, Error, Result};

use super::address::Address;
use super::error;
use super::flight::{Flight, Landing, check_sql};
use super::message::{Message, Transaction};
use super::opening::{self, Canceller, Failure, Opened};
use super::query::{Answer, Query};
use super::row::Row;
use super::settings::ClientSettings;
use super::statements::{Epoch, Statements};
use super::wire::Wire;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    wire: Wire,
    statements: Statements,
    transaction: Transaction,
    /// Whether an answer is still to come: the caller went away in the midst of it, or the connection is lost.
    is_busy: bool,
    answer_bytes_max: usize,
    timeout: Option<Duration>,
    grace: Duration,
    canceller: Canceller,
}

impl Connection {
    /// Connects to the first server of `address` that takes us.
    ///
    /// # Errors
    /// `PGRST000` when none does; why goes to the log.
    pub(crate) async fn open(address: &Address) -> Result<Self> {
        let address = Arc::new(address.clone());
        let settings = ClientSettings::default();
        Ok(Self::open_with(&address, &settings, Epoch::default()).await?)
    }

    /// Connects as `settings` say, and forgets its statements with each new `epoch`.
    ///
    /// # Errors
    /// Why there is no connection.
    pub(super) async fn open_with(
        address: &Arc<Address>,
        settings: &ClientSettings,
        epoch: Epoch,
    ) -> Result<Self, Failure> {
        let timeout = address.connect_timeout;
        let opened = opening::open(address, timeout, settings.answer_bytes_max).await?;
        Ok(Self::new(opened, address, settings, epoch))
    }

    /// Returns the connection that was opened.
    pub(super) fn new(
        opened: Opened,
        address: &Address,
        settings: &ClientSettings,
        epoch: Epoch,
    ) -> Self {
        Self {
            wire: opened.wire,
            statements: Statements::new(settings.statements_max(address), epoch),
            transaction: Transaction::None,
            is_busy: false,
            answer_bytes_max: settings.answer_bytes_max,
            timeout: None,
            grace: settings.cancel_grace,
            canceller: opened.canceller,
        }
    }

    /// Returns where the connection stands.
    pub(crate) fn transaction(&self) -> Transaction {
        self.transaction
    }

    /// Sets how long each batch may take, from now on; nothing is for ever. Past it the server is asked to cancel, and the connection is
    /// given up when it does not answer.
    pub(crate) fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Carries out `queries` under one Sync: all or nothing, as one transaction or a part of the one that is open.
    ///
    /// # Errors
    /// What the server says of the first query that fails, `08007` when the connection is lost before it answered, `57014` when the time
    /// is over, `54001` when the answer is too large; changes are carried out nevertheless then, unless the caller's transaction is
    /// rolled back.
    pub(crate) async fn batch(&mut self, queries: &[Query]) -> Result<Vec<Answer>> {
        self.stream(queries, usize::MAX, |_| Ok(())).await
    }

    /// As [`Connection::batch`], but gives the rows of the query at `index` to `on_row` as they come, and keeps none of them.
    ///
    /// # Errors
    /// As [`Connection::batch`], and the first of `on_row`, after which it is given no more rows.
    pub(crate) async fn stream(
        &mut self,
        queries: &[Query],
        index: usize,
        mut on_row: impl FnMut(&Row) -> Result<()>,
    ) -> Result<Vec<Answer>> {
        let mut has_rows = false;
        let mut note = |row: &Row| {
            has_rows = true;
            on_row(row)
        };
        let was = self.transaction;
        let landing = self.fly(queries, index, &mut note).await?;
        match landing {
            // The batch was rolled back whole, so that it is as good as never sent.
            Landing::Stale(_) if was == Transaction::None && !has_rows => {
                finish(self.fly(queries, index, &mut on_row).await?)
            }
            landing => finish(landing),
        }
    }

    /// Carries out the statements in `sql`, without parameters, by the simple protocol: together they are one transaction, unless the
    /// text says otherwise.
    ///
    /// # Errors
    /// As [`Connection::batch`]; one that lies at a place of the text has its line.
    pub(crate) async fn simple(&mut self, sql: &str) -> Result<Vec<Answer>> {
        self.check_idle()?;
        let flight = Flight::write_simple(sql, &mut self.wire.output, self.answer_bytes_max)?;
        finish(self.land(flight, usize::MAX, &mut |_| Ok(())).await?)
    }

    /// Tells whether the next caller may have the connection: it is in no transaction, waits for no answer, and still stands as far as
    /// can be told without asking.
    pub(super) fn is_reusable(&mut self) -> bool {
        if self.is_busy || self.transaction != Transaction::None || !self.wire.poll_now() {
            return false;
        }
        // What the server says unasked is a remark, or a farewell.
        loop {
            match self.wire.next_here() {
                Ok(None) => return true,
                Ok(Some(Message::Error(_))) | Err(_) => return false,
                Ok(Some(_)) => {}
            }
        }
    }

    /// Asks the server whether it is there.
    pub(super) async fn is_alive(&mut self, timeout: Duration) -> bool {
        self.is_busy = true;
        frontend::sync(&mut self.wire.output);
        let answer = async {
            loop {
                match self.wire.next().await {
                    Ok(Message::Ready(Transaction::None)) => return true,
                    Ok(Message::Error(_)) | Err(_) => return false,
                    Ok(_) => {}
                }
            }
        };
        let is_alive = tokio::time::timeout(timeout, answer).await == Ok(true);
        self.is_busy = !is_alive;
        is_alive
    }

    async fn fly(
        &mut self,
        queries: &[Query],
        index: usize,
        on_row: &mut impl FnMut(&Row) -> Result<()>,
    ) -> Result<Landing> {
        self.check_idle()?;
        let flight = Flight::write(
            queries,
            &mut self.statements,
            &mut self.wire.output,
            self.answer_bytes_max,
        )?;
        self.land(flight, index, on_row).await
    }

    async fn land(
        &mut self,
        mut flight: Flight,
        index: usize,
        on_row: &mut impl FnMut(&Row) -> Result<()>,
    ) -> Result<Landing> {
        self.is_busy = true;
        let mut patience = self
            .timeout
            .map(|timeout| Patience::Whole(Instant::now() + timeout));
        let transaction = loop {
            let message = self.next(&mut patience, &flight).await?;
            if let Message::Row(row) = &message
                && flight.current() == index
            {
                if !flight.has_failed()
                    && let Err(error) = on_row(row)
                {
                    flight.fail(error);
                }
                continue;
            }
            match flight.take(message, &mut self.statements) {
                Ok(None) => {}
                Ok(Some(transaction)) => break transaction,
                Err(cause) => return Err(error::lost(cause)),
            }
        };
        self.transaction = transaction;
        self.is_busy = false;
        match flight.land(&mut self.statements) {
            // The server says that it was asked to; the caller is told why.
            Landing::Failed(error)
                if matches!(patience, Some(Patience::Cancelled(_)))
                    && *error.code() == Code::QUERY_CANCELED =>
            {
                Err(error::out_of_time())
            }
            landing => Ok(landing),
        }
    }

    /// Returns the next message; cancels the batch when its time is over, and gives up after that.
    async fn next(&mut self, patience: &mut Option<Patience>, flight: &Flight) -> Result<Message> {
        loop {
            let message = match patience {
                None => Ok(self.wire.next().await),
                Some(Patience::Whole(end) | Patience::Cancelled(end)) => {
                    tokio::time::timeout_at(*end, self.wire.next()).await
                }
            };
            match (message, &patience) {
                (Ok(Ok(message)), _) => return Ok(message),
                (Ok(Err(cause)), _) => return Err(ended(flight, &cause)),
                (Err(_), Some(Patience::Whole(_))) => {
                    *patience = Some(Patience::Cancelled(Instant::now() + self.grace));
                    self.canceller.cancel().await;
                }
                (Err(_), _) => return Err(error::out_of_time_unknown()),
            }
        }
    }

    fn check_idle(&self) -> Result<()> {
        if self.is_busy {
            return Err(error::unreachable(
                "the connection was given up in the midst of an answer",
            ));
        }
        Ok(())
    }
}

/// How long a batch is waited for.
#[derive(Clone, Copy, Debug)]
enum Patience {
    /// Until then, when it is cancelled.
    Whole(Instant),
    /// Until then, when the connection is given up.
    Cancelled(Instant),
}

/// What nobody waits for any more is cancelled: the server would go on until it had something to say.
impl Drop for Connection {
    fn drop(&mut self) {
        if self.is_busy {
            self.canceller.cancel_later();
        } else {
            self.wire.terminate();
        }
    }
}

/// Returns the error of a flight that ended with the connection.
pub(super) fn ended(flight: &Flight, cause: &std::io::Error) -> Error {
    match flight.last_words() {
        Some(words) => error::lost(format!("{words}; {cause}")),
        None => error::lost(cause),
    }
}

fn finish(landing: Landing) -> Result<Vec<Answer>> {
    match landing {
        Landing::Done(answers) => Ok(answers),
        Landing::Failed(error) | Landing::Stale(error) => Err(error),
    }
}
