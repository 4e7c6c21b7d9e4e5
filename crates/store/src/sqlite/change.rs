//! [`Change`]: one row that a write changed, as the pre-update hook saw it; [`Recorder`]: those of the current request.
//!
//! Whatever changes a row passes the hook: the statement itself, cascades, the merge of an upsert. The recorder is emptied when a
//! savepoint is rolled back, so what it holds when a request ends is exactly what the request changed.

use std::collections::HashSet;
use std::sync::Arc;

use underpin_base::Value;

/// The most that is recorded of changes that are not logged, in bytes: they only serve to name the foreign key that one of them violates.
const UNLOGGED_BYTES_MAX: usize = 8 << 20;

/// The most a request's logged changes may hold, in bytes.
const LOGGED_BYTES_MAX: usize = 64 << 20;

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It came.
    Insert,
    /// It changed.
    Update,
    /// It went.
    Delete,
}

impl Operation {
    /// Returns SQL's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// One row that a write changed. Values are in the order of the table's columns in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// The table's name in the file.
    pub(super) table: Arc<str>,
    pub(super) operation: Operation,
    /// The row's identity before and after; the same unless the key changed.
    pub(super) rowids: (i64, i64),
    /// The row as it was; empty for an insert.
    pub(super) old: Vec<Value>,
    /// The row as it is; empty for a delete.
    pub(super) new: Vec<Value>,
}

impl Change {
    fn bytes(&self) -> usize {
        let value = |value: &Value| match value {
            Value::Null | Value::Int(_) | Value::Float(_) => size_of::<Value>(),
            Value::Text(text) => size_of::<Value>() + text.len(),
            Value::Bytes(bytes) => size_of::<Value>() + bytes.len(),
        };
        self.old.iter().chain(&self.new).map(value).sum()
    }
}

/// The changes of the current request on one connection.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    changes: Vec<Change>,
    /// Names in the file of the tables whose changes are logged.
    logged: HashSet<Arc<str>>,
    /// Names in the file of tables that follow from others.
    ignored: HashSet<Arc<str>>,
    /// The name last seen: most requests change one table.
    last_table: Option<Arc<str>>,
    logged_bytes: usize,
    unlogged_bytes: usize,
    /// Nothing is recorded: a migration runs, or the log itself is written.
    paused: bool,
}

impl Recorder {
    /// Sets which tables' changes are logged, by their names in the file.
    pub(super) fn log(&mut self, tables: HashSet<Arc<str>>) {
        self.logged = tables;
    }

    /// Sets which tables' changes are not recorded, by their names in the file.
    pub(super) fn ignore(&mut self, tables: HashSet<Arc<str>>) {
        self.ignored = tables;
    }

    /// Stops or resumes recording.
    pub(super) fn pause(&mut self, paused: bool) {
        self.paused = paused;
    }

    /// Forgets what was recorded: the request was rolled back, or nobody needs it.
    pub(super) fn clear(&mut self) {
        self.changes.clear();
        self.logged_bytes = 0;
        self.unlogged_bytes = 0;
    }

    /// Forgets what was recorded after the first `kept` changes: a part of the request was rolled back.
    pub(super) fn truncate(&mut self, kept: usize) {
        for change in self.changes.drain(kept.min(self.changes.len())..) {
            let bytes = size_of::<Change>() + change.bytes();
            let counted = if self.logged.contains(&change.table) {
                &mut self.logged_bytes
            } else {
                &mut self.unlogged_bytes
            };
            *counted = counted.saturating_sub(bytes);
        }
    }

    /// Returns what was recorded.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Returns the logged changes in their order; nothing when they are more than a request may make.
    pub(super) fn logged(&self) -> Option<impl Iterator<Item = &Change>> {
        (self.logged_bytes <= LOGGED_BYTES_MAX).then(|| {
            self.changes
                .iter()
                .filter(|change| self.logged.contains(&change.table))
        })
    }

    /// Tells whether the changes of any table are logged.
    pub(super) fn logs(&self) -> bool {
        !self.logged.is_empty()
    }

    /// Begins the record of a change; nothing when it is not to be recorded.
    pub(super) fn begin(
        &mut self,
        operation: Operation,
        table: &str,
        old_rowid: i64,
        new_rowid: i64,
    ) -> Option<&mut Change> {
        if self.paused || self.ignored.contains(table) {
            return None;
        }
        if self.logged.contains(table) {
            if self.logged_bytes > LOGGED_BYTES_MAX {
                return None;
            }
        } else {
            if self.unlogged_bytes > UNLOGGED_BYTES_MAX {
                return None;
            }
        }
        let table = self.name(table);
        self.changes.push(Change {
            table,
            operation,
            rowids: (old_rowid, new_rowid),
            old: Vec::new(),
            new: Vec::new(),
        });
        self.changes.last_mut()
    }

    /// Ends the record that [`Recorder::begin`] began.
    pub(super) fn end(&mut self) {
        let Some(change) = self.changes.last() else {
            return;
        };
        let bytes = size_of::<Change>() + change.bytes();
        if self.logged.contains(&change.table) {
            self.logged_bytes += bytes;
        } else {
            self.unlogged_bytes += bytes;
        }
    }

    fn name(&mut self, table: &str) -> Arc<str> {
        match &self.last_table {
            Some(last) if **last == *table => Arc::clone(last),
            _ => {
                let name = Arc::<str>::from(table);
                self.last_table = Some(Arc::clone(&name));
                name
            }
        }
    }
}
