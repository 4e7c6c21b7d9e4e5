//! The errors of a database: what the server says, and what is said when it says nothing.
//!
//! What a server says of a statement is the caller's; what it says of a connection (an address, a user, a password) goes to the log.

use std::fmt;

use underpin_base::{Code, Error};

/// What is said of a request that was sent and not answered.
const UNKNOWN: &str = "it is not known whether the request was carried out";

/// An error as the server sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ServerError {
    /// `ERROR`, `FATAL` or `PANIC`, in English.
    pub(super) severity: String,
    /// The SQLSTATE.
    pub(super) code: String,
    /// The sentence.
    pub(super) message: String,
    /// Details, if any.
    pub(super) detail: Option<String>,
    /// The remedy, if any.
    pub(super) hint: Option<String>,
    /// Where in the statement's text the error lies, in characters counted from 1.
    pub(super) position: Option<usize>,
    /// Where the error arose within functions, if it did.
    pub(super) context: Option<String>,
    /// The routine of the server's source code: the one thing that tells some errors apart whatever the language of the messages.
    pub(super) routine: String,
}

impl ServerError {
    /// Tells whether the server ends the connection with it.
    pub(super) fn is_fatal(&self) -> bool {
        self.severity != "ERROR"
    }

    /// Tells whether the statements that the connection keeps prepared have been overtaken: by a `DISCARD`, a change of the schema, types
    /// that were dropped, or a pooler.
    pub(super) fn is_stale_statement(&self) -> bool {
        match self.code.as_str() {
            "26000" | "42P05" => true,
            "0A000" => self.routine == "RevalidateCachedQuery",
            // What the server says in English only.
            "XX000" => self.message.starts_with("cache lookup failed for type"),
            _ => false,
        }
    }

    /// Returns the line of `sql`, counted from 1, that the error lies in, when the server says so.
    pub(super) fn line(&self, sql: &str) -> Option<usize> {
        let before = sql.chars().take(self.position?.saturating_sub(1));
        Some(before.filter(|character| *character == '\n').count() + 1)
    }

    /// Returns what the caller is told of a statement's error.
    pub(super) fn into_error(self) -> Error {
        let mut error = Error::new(Code::new(self.code), self.message);
        if let Some(detail) = self.detail {
            error = error.details(detail);
        }
        if let Some(hint) = self.hint {
            error = error.hint(hint);
        }
        match self.context {
            Some(context) => error.cause(context),
            None => error,
        }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}: {}",
            self.severity, self.code, self.message
        )?;
        match &self.detail {
            Some(detail) => write!(formatter, " ({detail})"),
            None => Ok(()),
        }
    }
}

/// Returns the error of a request that no server has seen, because there is none to be reached.
pub(super) fn unreachable(cause: impl fmt::Display) -> Error {
    Error::new(Code::DATABASE_UNREACHABLE, "the database cannot be reached")
        .hint("try again in a moment")
        .cause(cause)
}

/// Returns the error of a request that was sent and never answered: SQLSTATE `08007`, `transaction_resolution_unknown`.
pub(super) fn lost(cause: impl fmt::Display) -> Error {
    Error::new(
        Code::new("08007"),
        "the connection to the database was lost before it answered",
    )
    .details(UNKNOWN)
    .hint("look at what is stored before you repeat a change")
    .cause(cause)
}

/// Returns the error of a statement whose time is over.
pub(super) fn out_of_time() -> Error {
    Error::new(
        Code::QUERY_CANCELED,
        "canceling statement due to statement timeout",
    )
}

/// Returns the error of a statement whose time is over, when the server has not said that it was cancelled.
pub(super) fn out_of_time_unknown() -> Error {
    out_of_time().details(UNKNOWN)
}

/// Returns the error of a request that found no connection in time.
pub(super) fn none_free() -> Error {
    Error::new(
        Code::POOL_TIMEOUT,
        "no connection to the database became free in time",
    )
    .hint("try again in a moment")
}

/// Returns the error of a request that finds `limit` others waiting already.
pub(super) fn overloaded(limit: usize) -> Error {
    Error::new(
        Code::OVERLOADED,
        format!("{limit} requests are queued already"),
    )
    .hint("try again in a moment")
}
