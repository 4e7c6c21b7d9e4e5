//! [`Flight`]: a batch on its way, from the bytes that ask to the messages that answer.
//!
//! It decides and does no I/O: [`Flight::write`] appends the batch to a buffer, [`Flight::take`] is given each message until the server
//! is ready again.

use std::sync::Arc;

use bytes::BytesMut;
use postgres_protocol::IsNull;
use postgres_protocol::message::frontend;
use underpin_base::{Code, Error, Result};

use super::error::ServerError;
use super::message::{Message, Transaction};
use super::query::{Answer, Query};
use super::row::Column;
use super::statements::{Name, Statements, Use};
use crate::answer::too_large;

/// The most parameters that a statement has: PostgreSQL's own limit.
const PARAMETERS_MAX: usize = 65_535;

/// The longest single message to the server, in bytes: PostgreSQL's own limit, less what is around the values.
const MESSAGE_BYTES_MAX: usize = (1 << 30) - (1 << 20);

/// A batch on its way.
#[derive(Debug)]
pub(super) struct Flight {
    parts: Vec<Part>,
    /// How many statements are closed before the first query.
    closes: usize,
    /// The query whose answer is coming.
    current: usize,
    answers: Vec<Answer>,
    row_bytes: usize,
    answer_bytes_max: usize,
    failure: Option<Failure>,
    /// The text of the simple protocol, whose errors tell their line.
    text: Option<String>,
}

/// A query on its way.
#[derive(Debug)]
struct Part {
    /// The name of its statement, when it has one.
    name: Option<Name>,
    /// Whether the statement is parsed in this flight, and not described yet.
    is_parsed: bool,
}

/// Why a batch failed.
#[derive(Debug)]
enum Failure {
    /// The server says so.
    Server(ServerError),
    /// We say so; the server may have carried it out.
    Ours(Error),
}

/// What became of a batch.
#[derive(Debug)]
pub(super) enum Landing {
    /// It is done.
    Done(Vec<Answer>),
    /// It failed.
    Failed(Error),
    /// It failed because the statements that were prepared for it are gone; the batch is as good as never sent.
    Stale(Error),
}

impl Flight {
    /// Appends `queries` to `output`, as one unit that ends in one Sync.
    ///
    /// # Errors
    /// Those of a query that cannot be sent; nothing is appended then.
    pub(super) fn write(
        queries: &[Query],
        statements: &mut Statements,
        output: &mut BytesMut,
        answer_bytes_max: usize,
    ) -> Result<Self> {
        queries.iter().try_for_each(check)?;
        let mut flight = Self::new(queries.len(), answer_bytes_max);
        let start = output.len();
        let written = flight.append(queries, statements, output);
        if let Err(cause) = written {
            output.truncate(start);
            flight.forget_unconfirmed(statements);
            return Err(Error::internal(cause));
        }
        Ok(flight)
    }

    /// Appends `sql` to `output`, whose statements the server tells apart: the simple protocol.
    ///
    /// # Errors
    /// Those of a text that cannot be sent; nothing is appended then.
    pub(super) fn write_simple(
        sql: &str,
        output: &mut BytesMut,
        answer_bytes_max: usize,
    ) -> Result<Self> {
        check_sql(sql)?;
        frontend::query(sql, output).map_err(Error::internal)?;
        Ok(Self {
            text: Some(sql.to_owned()),
            ..Self::new(0, answer_bytes_max)
        })
    }

    fn new(queries: usize, answer_bytes_max: usize) -> Self {
        Self {
            parts: Vec::with_capacity(queries),
            closes: 0,
            current: 0,
            answers: Vec::with_capacity(queries),
            row_bytes: 0,
            answer_bytes_max,
            failure: None,
            text: None,
        }
    }

    fn append(
        &mut self,
        queries: &[Query],
        statements: &mut Statements,
        output: &mut BytesMut,
    ) -> std::io::Result<()> {
        let (closes, uses) = statements.begin(queries);
        self.closes = closes.len();
        // Before anything is appended, so that it is known when that fails.
        for how in uses {
            let (name, is_parsed, columns) = match how {
                Use::Ready(name, columns) => (Some(name), false, columns),
                Use::Parse(name) => (Some(name), true, Arc::default()),
                Use::Again(name) => (Some(name), false, Arc::default()),
                Use::Once => (None, true, Arc::default()),
            };
            self.parts.push(Part { name, is_parsed });
            self.answers.push(Answer {
                columns,
                ..Answer::default()
            });
        }
        for name in closes {
            frontend::close(b'S', &name, output)?;
        }
        for (query, part) in queries.iter().zip(&self.parts) {
            let name = part.name.as_deref().unwrap_or_default();
            if part.is_parsed {
                frontend::parse(name, &query.sql, [], output)?;
                frontend::describe(b'S', name, output)?;
            }
            bind(name, query, output)?;
            frontend::execute("", 0, output)?;
        }
        frontend::sync(output);
        Ok(())
    }

    /// Returns the query whose answer is coming, counted from 0.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Tells whether the batch has failed already.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Lets the batch fail with `error`, unless it has failed before. What the server still sends is thrown away.
    pub(super) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(Failure::Ours(error));
    }

    /// Returns what the server said when it ended the connection, if it did.
    pub(super) fn last_words(&self) -> Option<&ServerError> {
        match &self.failure {
            Some(Failure::Server(error)) => Some(error).filter(|error| error.is_fatal()),
            Some(Failure::Ours(_)) | None => None,
        }
    }

    /// Takes a message, and returns where the connection stands once the server is ready again.
    ///
    /// # Errors
    /// A message that cannot be at this place: the connection is of no use any more.
    pub(super) fn take(
        &mut self,
        message: Message,
        statements: &mut Statements,
    ) -> Result<Option<Transaction>, String> {
        match message {
            Message::Row(row) => {
                self.row_bytes = self.row_bytes.saturating_add(row.bytes());
                if self.row_bytes > self.answer_bytes_max {
                    self.fail(too_large(self.answer_bytes_max));
                } else if self.failure.is_none() {
                    self.answer("a row")?.rows.push(row);
                }
            }
            Message::LargeRow => self.fail(too_large(self.answer_bytes_max)),
            Message::Closed => {
                self.closes = self
                    .closes
                    .checked_sub(1)
                    .ok_or("a statement was closed that nobody closed")?;
            }
            Message::Columns(columns) => self.describe(columns, statements)?,
            Message::NoColumns => self.describe(Arc::default(), statements)?,
            Message::Complete(affected) => {
                self.answer("a command's end")?.affected = affected;
                self.current += 1;
            }
            Message::Empty => {
                self.answer("an empty command's end")?;
                self.current += 1;
            }
            Message::Error(error) => {
                tracing::trace!(%error, "a statement failed");
                self.failure.get_or_insert(Failure::Server(error));
            }
            Message::Ready(transaction) => {
                if self.failure.is_none() && self.current < self.answers.len() {
                    return Err("the server is ready before it has answered".to_owned());
                }
                if self.failure.is_some() {
                    self.forget_unconfirmed(statements);
                }
                return Ok(Some(transaction));
            }
            Message::Parsed
            | Message::Bound
            | Message::Parameters
            | Message::Parameter(..)
            | Message::Notice
            | Message::Notification(_) => {}
            Message::CopyIn
            | Message::CopyOut
            | Message::CopyData
            | Message::CopyDone
            | Message::Authentication(_)
            | Message::CancelKey(..) => return Err(format!("{} was not expected", message.kind())),
        }
        Ok(None)
    }

    /// Returns what became of the batch, once the server is ready again.
    pub(super) fn land(self, statements: &mut Statements) -> Landing {
        match self.failure {
            None => Landing::Done(self.answers),
            Some(Failure::Ours(error)) => Landing::Failed(error),
            Some(Failure::Server(error)) if error.is_stale_statement() => {
                for name in self.parts.iter().filter_map(|part| part.name.as_ref()) {
                    statements.forget(name);
                }
                Landing::Stale(error.into_error())
            }
            Some(Failure::Server(error)) => {
                let line = self.text.as_ref().and_then(|text| error.line(text));
                Landing::Failed(match line {
                    Some(line) => error.into_error().at("", line),
                    None => error.into_error(),
                })
            }
        }
    }

    /// Returns the answer that is coming. One more begins with the columns or the end of a command in the simple protocol, where nobody
    /// knows beforehand how many there are.
    fn answer(&mut self, what: &str) -> Result<&mut Answer, String> {
        if self.is_simple() && self.current == self.answers.len() {
            self.answers.push(Answer::default());
        }
        self.answers
            .get_mut(self.current)
            .ok_or_else(|| format!("{what} was not expected"))
    }

    fn is_simple(&self) -> bool {
        self.parts.is_empty()
    }

    fn describe(
        &mut self,
        columns: Arc<[Column]>,
        statements: &mut Statements,
    ) -> Result<(), String> {
        if !self.is_simple() {
            let part = self
                .parts
                .get_mut(self.current)
                .filter(|part| part.is_parsed)
                .ok_or("a description was not expected")?;
            part.is_parsed = false;
            if let Some(name) = part.name.clone() {
                statements.confirm(&name, &columns);
                // Others of the batch may use the same statement.
                let rest = self.parts.iter().zip(&mut self.answers);
                for (part, answer) in rest.skip(self.current) {
                    if part.name.as_ref() == Some(&name) {
                        answer.columns = Arc::clone(&columns);
                    }
                }
            }
        }
        self.answer("a description")?.columns = columns;
        Ok(())
    }

    /// Forgets the statements that were parsed in this flight and never described.
    fn forget_unconfirmed(&self, statements: &mut Statements) {
        for part in self.parts.iter().filter(|part| part.is_parsed) {
            if let Some(name) = &part.name {
                statements.forget(name);
            }
        }
    }
}

/// Appends the message that binds the parameters of `query` to the statement `name`.
pub(super) fn bind(name: &str, query: &Query, output: &mut BytesMut) -> std::io::Result<()> {
    frontend::bind(
        "",
        name,
        [],
        &query.parameters,
        |parameter: &Option<String>, output: &mut BytesMut| {
            Ok(match parameter {
                Some(text) => {
                    output.extend_from_slice(text.as_bytes());
                    IsNull::No
                }
                None => IsNull::Yes,
            })
        },
        [],
        output,
    )
    .map_err(|cause| match cause {
        frontend::BindError::Conversion(cause) => std::io::Error::other(cause),
        frontend::BindError::Serialization(cause) => cause,
    })
}

fn check(query: &Query) -> Result<()> {
    check_sql(&query.sql)?;
    if query.parameters.len() > PARAMETERS_MAX {
        return Err(Error::new(
            Code::TOO_COMPLEX,
            format!(
                "the statement has {} parameters, the limit is {PARAMETERS_MAX}",
                query.parameters.len()
            ),
        ));
    }
    let bytes: usize = query.parameters.iter().flatten().map(String::len).sum();
    check_length(bytes)
}

/// Checks that `sql` can be sent.
///
/// # Errors
/// `22021` when it has a zero byte, `54001` when it is too long.
pub(super) fn check_sql(sql: &str) -> Result<()> {
    if sql.contains('\0') {
        return Err(Error::new(
            Code::CHARACTER_NOT_IN_REPERTOIRE,
            "invalid byte sequence for encoding \"UTF8\": 0x00",
        ));
    }
    check_length(sql.len())
}

fn check_length(bytes: usize) -> Result<()> {
    if bytes > MESSAGE_BYTES_MAX {
        return Err(Error::new(
            Code::TOO_COMPLEX,
            format!("the statement has {bytes} bytes, the limit is {MESSAGE_BYTES_MAX}"),
        ));
    }
    Ok(())
}
