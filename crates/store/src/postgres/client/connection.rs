//! [`Connection`]: a connection that one caller holds at a time.

use std::fmt;

use underpin_base::{Error, Result};

use super::address::{Address, Host};
use super::error;
use super::flight::{Flight, Landing};
use super::message::Transaction;
use super::query::{Answer, Query};
use super::row::Row;
use super::socket::Socket;
use super::startup::{self, CancelKey, Refusal};
use super::statements::Statements;
use super::wire::Wire;

/// The most statements that a connection keeps prepared.
const STATEMENTS_MAX: usize = 256;

/// The largest answer, in bytes, when nothing else is said.
const ANSWER_BYTES_MAX: usize = 1 << 30;

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Connection {
    wire: Wire,
    statements: Statements,
    transaction: Transaction,
    /// Whether an answer is still to come: the caller went away in the midst of it, or the connection is lost.
    is_busy: bool,
    answer_bytes_max: usize,
    cancel_key: CancelKey,
}

impl Connection {
    /// Connects to the first server of `address` that takes us.
    ///
    /// # Errors
    /// `PGRST000` when none does; why goes to the log.
    pub(crate) async fn open(address: &Address) -> Result<Self> {
        let mut causes = Vec::new();
        for (host, port) in &address.hosts {
            let opening = Self::open_at(address, host, *port);
            let cause = match tokio::time::timeout(address.connect_timeout, opening).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(refusal)) => refusal.to_string(),
                Err(_) => format!("no answer within {} s", address.connect_timeout.as_secs()),
            };
            causes.push(format!("{host}:{port}: {cause}"));
        }
        Err(error::unreachable(causes.join("; ")))
    }

    async fn open_at(address: &Address, host: &Host, port: u16) -> Result<Self, Refusal> {
        let socket = Socket::connect(host, port).await?;
        let mut wire = Wire::new(socket, ANSWER_BYTES_MAX);
        let cancel_key = startup::greet(&mut wire, address).await?;
        let statements_max = if address.is_pooled_by_transaction {
            0
        } else {
            STATEMENTS_MAX
        };
        Ok(Self {
            wire,
            statements: Statements::new(statements_max),
            transaction: Transaction::None,
            is_busy: false,
            answer_bytes_max: ANSWER_BYTES_MAX,
            cancel_key,
        })
    }

    /// Returns where the connection stands.
    pub(crate) fn transaction(&self) -> Transaction {
        self.transaction
    }

    /// Carries out `queries` under one Sync: all or nothing, as one transaction or a part of the one that is open.
    ///
    /// # Errors
    /// What the server says of the first query that fails, `08007` when the connection is lost before it answered, `54001` when the
    /// answer is too large; changes are carried out nevertheless then, unless the caller's transaction is rolled back.
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
        let mut rows = 0;
        let mut count = |row: &Row| {
            rows += 1;
            on_row(row)
        };
        let was = self.transaction;
        let landing = self.fly(queries, index, &mut count).await?;
        match landing {
            // The batch was rolled back whole, so that it is as good as never sent.
            Landing::Stale(_) if was == Transaction::None && rows == 0 => {
                finish(self.fly(queries, index, &mut on_row).await?)
            }
            landing => finish(landing),
        }
    }

    /// Carries out the statements in `sql`, without parameters, by the simple protocol: each is a transaction of its own only when the
    /// text says so.
    ///
    /// # Errors
    /// As [`Connection::batch`]; one that lies at a place of the text has its line.
    pub(crate) async fn simple(&mut self, sql: &str) -> Result<Vec<Answer>> {
        self.check_idle()?;
        let flight = Flight::write_simple(sql, &mut self.wire.output, self.answer_bytes_max)?;
        finish(self.land(flight, usize::MAX, &mut |_| Ok(())).await?)
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
        let transaction = loop {
            let message = match self.wire.next().await {
                Ok(message) => message,
                Err(cause) => return Err(ended(&flight, cause)),
            };
            if let super::message::Message::Row(row) = &message
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
        Ok(flight.land(&mut self.statements))
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

/// Returns the error of a flight that ended with the connection.
fn ended(flight: &Flight, cause: std::io::Error) -> Error {
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

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Folder(folder) => folder.display().fmt(formatter),
        }
    }
}
