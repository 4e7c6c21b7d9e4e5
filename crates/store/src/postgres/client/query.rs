//! [`Query`] and [`Answer`]: what is asked in a batch, and what comes back.

use std::sync::Arc;

use super::row::{Column, Row};

/// A statement with the values of its parameters, in PostgreSQL's text format.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    /// The statement, with `$1`, `$2` and so on, each cast to its type where that matters.
    pub(crate) sql: Arc<str>,
    /// The parameters; absent ones are null.
    pub(crate) parameters: Vec<Option<String>>,
    /// Whether the statement is kept prepared on the connection.
    pub(super) prepared: Prepared,
}

/// Whether a statement is kept prepared.
#[derive(Clone, Debug)]
pub(super) enum Prepared {
    /// It is planned for this one time.
    Once,
    /// It is kept for whoever asks with the same text.
    Kept,
    /// It is kept for whoever asks with the same text and the same name.
    KeptFor(Arc<str>),
}

impl Query {
    /// Returns a query that is kept prepared.
    pub(crate) fn new(sql: impl Into<Arc<str>>, parameters: Vec<Option<String>>) -> Self {
        Self {
            sql: sql.into(),
            parameters,
            prepared: Prepared::Kept,
        }
    }

    /// Returns a query that is not worth keeping: its text will not come again.
    pub(crate) fn once(sql: impl Into<Arc<str>>, parameters: Vec<Option<String>>) -> Self {
        Self {
            prepared: Prepared::Once,
            ..Self::new(sql, parameters)
        }
    }

    /// Keeps the statement for `owner` alone, who is the role that runs it: PostgreSQL plans a statement again whenever another role
    /// than the last one runs it on a table with row level security.
    #[must_use]
    pub(crate) fn kept_for(mut self, owner: impl Into<Arc<str>>) -> Self {
        self.prepared = Prepared::KeptFor(owner.into());
        self
    }
}

/// What a statement returned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The rows; none of them when they were handed over one by one.
    pub(crate) rows: Vec<Row>,
    /// The columns of the rows.
    pub(crate) columns: Arc<[Column]>,
    /// The number in the command's tag: the rows that were returned or changed.
    pub(crate) affected: u64,
}
