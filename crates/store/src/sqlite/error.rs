//! The errors of SQLite, said as PostgreSQL says them.
//!
//! Violated constraints are named by [`super::violation`], which knows the catalog; an error that nobody foresaw is internal, and
//! its text goes to the log alone.

use rusqlite::ffi::{self, ErrorCode};
use underpin_base::{Code, Error};

use super::functions::{self, Conflict};

/// Turns an error of the driver into ours; `late` tells whether the statement's time was over.
pub(super) fn convert(cause: rusqlite::Error, late: bool) -> Error {
    if let Some(error) = functions::decode_error(&cause) {
        return error;
    }
    let (failure, message) = match &cause {
        rusqlite::Error::SqliteFailure(failure, message) => (failure, message.as_deref()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, Some(msg.as_str())),
        _ => return Error::internal(cause),
    };
    match failure.code {
        ErrorCode::OperationInterrupted if late => out_of_time(),
        ErrorCode::OperationInterrupted => Error::new(
            Code::QUERY_CANCELED,
            "canceling statement due to user request",
        ),
        ErrorCode::DiskFull => Error::new(
            Code::DISK_FULL,
            "could not extend file: No space left on device",
        )
        .hint("Check free disk space."),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Error::new(
            Code::OVERLOADED,
            "another process holds the lock on the database file",
        )
        .cause(cause),
        // Nothing but a change of the schema makes a query end because a savepoint was rolled back while it ran.
        ErrorCode::OperationAborted if message == Some("abort due to ROLLBACK") => Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "a function handles an error while a query runs, in a transaction that changes the schema",
        )
        .hint("Put the statement into a migration file of its own."),
        ErrorCode::TooBig => Error::new(Code::TOO_COMPLEX, "a value is larger than the limit"),
        ErrorCode::Unknown if is_too_complex(message.unwrap_or_default()) => {
            Error::new(Code::TOO_COMPLEX, "the statement is too complex").cause(cause)
        }
        _ => Error::internal(cause),
    }
}

/// Returns the error of a statement whose time is over.
pub(super) fn out_of_time() -> Error {
    Error::new(
        Code::QUERY_CANCELED,
        "canceling statement due to statement timeout",
    )
}

/// Tells whether SQLite refused to prepare a statement for its size. These messages have no code of their own.
fn is_too_complex(message: &str) -> bool {
    message.starts_with("Expression tree is too large")
        || message.starts_with("parser stack overflow")
        || message.starts_with("too many")
        || message.starts_with("at most")
}

/// A constraint that a statement violated, as far as SQLite tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Violated {
    /// A unique set: `table.column, table.column`, or `index 'name'`.
    Unique(String),
    /// `table.column`.
    NotNull(String),
    /// The constraint's name.
    Check(String),
    /// The two rows that exclude each other.
    Exclusion(Conflict),
    /// SQLite does not say which.
    ForeignKey,
    /// The table's row number, its identity column, is given no value.
    NoIdentity,
}

/// Returns which constraint `cause` says was violated.
pub(super) fn violated(cause: &rusqlite::Error) -> Option<Violated> {
    let rusqlite::Error::SqliteFailure(failure, message) = cause else {
        return None;
    };
    // Values have their columns' types, so that nothing else is a mismatch.
    if failure.code == ErrorCode::TypeMismatch {
        return Some(Violated::NoIdentity);
    }
    if failure.code != ErrorCode::ConstraintViolation {
        return None;
    }
    let subject = || {
        let message = message.as_deref().unwrap_or_default();
        message
            .split_once(" constraint failed: ")
            .map_or_else(String::new, |(_, subject)| subject.to_owned())
    };
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Some(Violated::Unique(subject())),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(Violated::NotNull(subject())),
        ffi::SQLITE_CONSTRAINT_CHECK => Some(Violated::Check(subject())),
        // `on delete restrict` is enforced at once, by what SQLite counts among its triggers.
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER => {
            let conflict = message.as_deref().and_then(Conflict::read);
            Some(conflict.map_or(Violated::ForeignKey, Violated::Exclusion))
        }
        _ => None,
    }
}
