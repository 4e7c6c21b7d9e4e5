//! [`Statements`]: which statements a connection keeps prepared on the server.
//!
//! A statement is parsed in the flight that needs it first. Until the server has confirmed it others parse the same text for themselves,
//! without keeping it: the confirmation may never come, when something before it in its batch fails. What was not used for the longest
//! time makes room, and is closed at the beginning of the next batch, where nothing can fail before.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::query::{Prepared, Query};
use super::row::Column;

/// Past this length a text is not kept: it holds the values of its one time.
const SQL_BYTES_MAX: usize = 64 << 10;

/// The statements of one connection.
#[derive(Debug)]
pub(super) struct Statements {
    by_sql: HashMap<Arc<str>, Vec<Statement>>,
    count: usize,
    limit: usize,
    /// The number of the newest statement; the names on the server are never used twice.
    newest: u64,
    /// The number of the batch that is being written.
    batch: u64,
    /// What is to be closed at the beginning of the next batch.
    dropped: Vec<Name>,
    epoch: Epoch,
    /// The epoch in which the statements were prepared.
    since: u64,
}

/// Counts the changes of the schema; connections forget their statements with each.
///
/// PostgreSQL plans a statement again by itself when a table changes, but not when a type is dropped and made again: the types of the
/// parameters are those of the first time.
#[derive(Clone, Debug, Default)]
pub(super) struct Epoch(Arc<AtomicU64>);

impl Epoch {
    /// Begins the next one.
    pub(super) fn advance(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// The name of a statement on the server.
pub(super) type Name = Arc<str>;

#[derive(Debug)]
struct Statement {
    owner: Option<Arc<str>>,
    name: Name,
    /// The number of the batch that used it last.
    used: u64,
    /// The columns, once the server has confirmed the statement.
    columns: Option<Arc<[Column]>>,
}

/// How a query of a batch comes to its statement.
#[derive(Debug)]
pub(super) enum Use {
    /// It is there.
    Ready(Name, Arc<[Column]>),
    /// It is parsed now, and kept.
    Parse(Name),
    /// It is parsed now, and not kept.
    Once,
}

impl Statements {
    /// Returns the statements of a new connection, of which at most `limit` are kept.
    pub(super) fn new(limit: usize, epoch: Epoch) -> Self {
        Self {
            since: epoch.now(),
            epoch,
            by_sql: HashMap::new(),
            count: 0,
            limit,
            newest: 0,
            batch: 0,
            dropped: Vec::new(),
        }
    }

    /// Begins a batch, and returns what is to be closed at its beginning.
    pub(super) fn begin(&mut self, queries: &[Query]) -> Vec<Name> {
        self.batch += 1;
        let now = self.epoch.now();
        if now != self.since {
            self.since = now;
            self.forget_all();
        }
        let new = queries.iter().filter(|query| self.is_new(query)).count();
        // What this batch itself uses must not make room for the rest of it.
        let batch = self.batch;
        for query in queries {
            if let Some(statement) = self.find(query) {
                statement.used = batch;
            }
        }
        for _ in 0..(self.count + new).saturating_sub(self.limit) {
            self.drop_oldest();
        }
        std::mem::take(&mut self.dropped)
    }

    /// Returns how `query` of the batch comes to its statement.
    pub(super) fn take(&mut self, query: &Query) -> Use {
        if let Some(statement) = self.find(query) {
            return match &statement.columns {
                Some(columns) => Use::Ready(Arc::clone(&statement.name), Arc::clone(columns)),
                None => Use::Once,
            };
        }
        if self.count >= self.limit || !is_kept(query) {
            return Use::Once;
        }
        self.newest += 1;
        self.count += 1;
        let name = Name::from(format!("underpin_{}", self.newest));
        self.by_sql
            .entry(Arc::clone(&query.sql))
            .or_default()
            .push(Statement {
                owner: owner(query).cloned(),
                name: Arc::clone(&name),
                used: self.batch,
                columns: None,
            });
        Use::Parse(name)
    }

    /// Notes that the server has the statement `name`, with these columns.
    pub(super) fn confirm(&mut self, name: &Name, columns: &Arc<[Column]>) {
        let mut statements = self.by_sql.values_mut().flatten();
        if let Some(statement) = statements.find(|statement| statement.name == *name) {
            statement.columns = Some(Arc::clone(columns));
        }
    }

    /// Forgets the statement `name`; the server may have it or not.
    pub(super) fn forget(&mut self, name: &Name) {
        let (count, dropped) = (&mut self.count, &mut self.dropped);
        self.by_sql.retain(|_, statements| {
            statements.retain(|statement| {
                let is_other = statement.name != *name;
                if !is_other {
                    *count -= 1;
                    dropped.push(Arc::clone(name));
                }
                is_other
            });
            !statements.is_empty()
        });
    }

    /// Forgets every statement that the server has confirmed.
    fn forget_all(&mut self) {
        let names: Vec<_> = self.by_sql.values().flatten().collect();
        let confirmed = names.iter().filter(|statement| statement.columns.is_some());
        let names: Vec<_> = confirmed
            .map(|statement| Arc::clone(&statement.name))
            .collect();
        for name in names {
            self.forget(&name);
        }
    }

    fn find(&mut self, query: &Query) -> Option<&mut Statement> {
        if matches!(query.prepared, Prepared::Once) {
            return None;
        }
        self.by_sql
            .get_mut(&query.sql)?
            .iter_mut()
            .find(|statement| statement.owner.as_ref() == owner(query))
    }

    fn is_new(&mut self, query: &Query) -> bool {
        is_kept(query) && self.find(query).is_none()
    }

    /// Drops the statement that was not used for the longest time, unless the batch uses it or it is still on its way.
    fn drop_oldest(&mut self) {
        let oldest = self
            .by_sql
            .values()
            .flatten()
            .filter(|statement| statement.columns.is_some() && statement.used < self.batch)
            .min_by_key(|statement| statement.used)
            .map(|statement| Arc::clone(&statement.name));
        if let Some(name) = oldest {
            self.forget(&name);
        }
    }
}

fn is_kept(query: &Query) -> bool {
    !matches!(query.prepared, Prepared::Once) && query.sql.len() <= SQL_BYTES_MAX
}

fn owner(query: &Query) -> Option<&Arc<str>> {
    match &query.prepared {
        Prepared::KeptFor(owner) => Some(owner),
        Prepared::Once | Prepared::Kept => None,
    }
}
