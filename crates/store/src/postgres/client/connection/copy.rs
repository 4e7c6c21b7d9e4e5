//! `COPY`: many rows at once, in and out, in whichever format the statement names.

use bytes::Bytes;
use postgres_protocol::message::frontend;
use underpin_base::{Error, Result};

use super::Connection;
use crate::postgres::client::error;
use crate::postgres::client::message::Message;

/// How much is gathered before it is written, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

impl Connection {
    /// Carries out `sql`, a `COPY … FROM STDIN`, with the bytes that `source` gives until it gives none, and returns the number of rows.
    ///
    /// # Errors
    /// As [`Connection::batch`]; what `source` fails with, and nothing is stored then.
    pub(crate) async fn copy_in(
        &mut self,
        sql: &str,
        mut source: impl AsyncFnMut() -> Result<Option<Bytes>>,
    ) -> Result<u64> {
        let mut copy = self.begin_copy(sql)?;
        self.answer(&mut copy, |message| matches!(message, Message::CopyIn))
            .await?;
        while copy.is_open() {
            match source().await {
                Ok(Some(bytes)) => {
                    frontend::CopyData::new(bytes)
                        .map_err(Error::internal)?
                        .write(&mut self.wire.output);
                    if self.wire.output.len() >= CHUNK_BYTES {
                        self.wire.flush().await.map_err(error::lost)?;
                        self.hear(&mut copy)?;
                    }
                }
                Ok(None) => {
                    frontend::copy_done(&mut self.wire.output);
                    break;
                }
                Err(error) => {
                    let message = "the source of the data has failed";
                    frontend::copy_fail(message, &mut self.wire.output).map_err(Error::internal)?;
                    copy.error = Some(error);
                    break;
                }
            }
        }
        self.answer(&mut copy, |_| false).await?;
        copy.finish()
    }

    fn begin_copy(&mut self, sql: &str) -> Result<Copy> {
        self.check_idle()?;
        super::check_sql(sql)?;
        frontend::query(sql, &mut self.wire.output).map_err(Error::internal)?;
        self.is_busy = true;
        Ok(Copy::default())
    }

    /// Takes messages until one that `is_last`, or until the server is ready.
    async fn answer(&mut self, copy: &mut Copy, is_last: impl Fn(&Message) -> bool) -> Result<()> {
        while !copy.is_ready {
            let message = self.wire.next().await.map_err(error::lost)?;
            if is_last(&message) {
                return Ok(());
            }
            self.take(copy, message)?;
        }
        Ok(())
    }

    /// Takes what the server has said meanwhile: that it has failed, so that the rest need not be sent.
    fn hear(&mut self, copy: &mut Copy) -> Result<()> {
        if !self.wire.poll_now() {
            return Err(error::lost("the server has closed the connection"));
        }
        while let Some(message) = self.wire.next_here().map_err(error::lost)? {
            self.take(copy, message)?;
        }
        Ok(())
    }

    fn take(&mut self, copy: &mut Copy, message: Message) -> Result<()> {
        match message {
            Message::Error(error) => {
                // What we were told first is why.
                copy.has_failed = true;
                copy.error.get_or_insert_with(|| error.into_error());
            }
            Message::Complete(rows) => copy.rows = rows,
            Message::Ready(transaction) => {
                copy.is_ready = true;
                self.transaction = transaction;
                self.is_busy = false;
            }
            Message::Notice | Message::Parameter(..) | Message::Notification(_) => {}
            message => {
                return Err(error::lost(format!("{} was not expected", message.kind())));
            }
        }
        Ok(())
    }
}

/// How far a copy has come.
#[derive(Debug, Default)]
struct Copy {
    rows: u64,
    error: Option<Error>,
    /// Whether the server has failed it.
    has_failed: bool,
    is_ready: bool,
}

impl Copy {
    /// Tells whether the server still takes data.
    fn is_open(&self) -> bool {
        !self.has_failed && !self.is_ready
    }

    fn finish(self) -> Result<u64> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.rows),
        }
    }
}
