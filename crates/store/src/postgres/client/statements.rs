//! [`Statements`]: which statements a connection keeps prepared on the server.
//!
//! A statement is parsed in the flight that needs it first. Until the server has confirmed it other batches parse the same text for
//! themselves, without keeping it: the confirmation may never come, when something before it in its batch fails. What was not used for
//! the longest time makes room, and is closed at the beginning of the next batch, where nothing can fail before.

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
    /// By a sample of their text.
    by_sample: HashMap<u64, Vec<Statement>>,
    count: usize,
    limit: usize,
    /// What the names on the server begin with. Chance makes it, so that no connection ever takes another's statement for its own, should
    /// a pooler that nobody told us of give it another's session.
    prefix: String,
    /// The number of the newest statement; names are never used twice.
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
    sql: Arc<str>,
    owner: Option<Arc<str>>,
    name: Name,
    /// The number of the batch that used it last.
    used: u64,
    /// The number of the batch that parses it.
    parsed: u64,
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
    /// It is parsed by an earlier query of the same batch.
    Again(Name),
    /// It is parsed now, and not kept.
    Once,
}

impl Statements {
    /// Returns the statements of a new connection, of which at most `limit` are kept.
    pub(super) fn new(limit: usize, epoch: Epoch) -> Self {
        Self {
            by_sample: HashMap::new(),
            count: 0,
            limit,
            prefix: format!("u{:08x}_", uuid::Uuid::new_v4().as_fields().0),
            newest: 0,
            batch: 0,
            dropped: Vec::new(),
            since: epoch.now(),
            epoch,
        }
    }

    /// Begins a batch: returns what is to be closed at its beginning, and how each of `queries` comes to its statement.
    pub(super) fn begin(&mut self, queries: &[Query]) -> (Vec<Name>, Vec<Use>) {
        self.batch += 1;
        let now = self.epoch.now();
        if now != self.since {
            self.since = now;
            self.forget_all();
        }
        // What this batch itself uses must not make room for the rest of it.
        let mut new = 0;
        for query in queries.iter().filter(|query| is_kept(query)) {
            let batch = self.batch;
            match self.find(sample(&query.sql), query) {
                Some(statement) => statement.used = batch,
                None => new += 1,
            }
        }
        if new > 0 {
            for _ in 0..(self.count + new).saturating_sub(self.limit) {
                self.drop_oldest();
            }
        }
        let uses = queries.iter().map(|query| self.take(query)).collect();
        (std::mem::take(&mut self.dropped), uses)
    }

    fn take(&mut self, query: &Query) -> Use {
        if !is_kept(query) {
            return Use::Once;
        }
        let batch = self.batch;
        let sample = sample(&query.sql);
        if let Some(statement) = self.find(sample, query) {
            let name = Arc::clone(&statement.name);
            return match &statement.columns {
                Some(columns) => Use::Ready(name, Arc::clone(columns)),
                None if statement.parsed == batch => Use::Again(name),
                None => Use::Once,
            };
        }
        if self.count >= self.limit {
            return Use::Once;
        }
        self.newest += 1;
        self.count += 1;
        let name = Name::from(format!("{}{}", self.prefix, self.newest));
        self.by_sample.entry(sample).or_default().push(Statement {
            sql: Arc::clone(&query.sql),
            owner: owner(query).cloned(),
            name: Arc::clone(&name),
            used: batch,
            parsed: batch,
            columns: None,
        });
        Use::Parse(name)
    }

    /// Notes that the server has the statement `name`, with these columns.
    pub(super) fn confirm(&mut self, name: &Name, columns: &Arc<[Column]>) {
        let mut statements = self.by_sample.values_mut().flatten();
        if let Some(statement) = statements.find(|statement| statement.name == *name) {
            statement.columns = Some(Arc::clone(columns));
        }
    }

    /// Forgets the statement `name`; the server may have it or not.
    pub(super) fn forget(&mut self, name: &Name) {
        self.retain(|statement| statement.name != *name);
    }

    /// Forgets every statement that the server has confirmed.
    fn forget_all(&mut self) {
        self.retain(|statement| statement.columns.is_none());
    }

    fn retain(&mut self, is_kept: impl Fn(&Statement) -> bool) {
        let (count, dropped) = (&mut self.count, &mut self.dropped);
        self.by_sample.retain(|_, statements| {
            statements.retain(|statement| {
                let is_kept = is_kept(statement);
                if !is_kept {
                    *count -= 1;
                    dropped.push(Arc::clone(&statement.name));
                }
                is_kept
            });
            !statements.is_empty()
        });
    }

    fn find(&mut self, sample: u64, query: &Query) -> Option<&mut Statement> {
        self.by_sample
            .get_mut(&sample)?
            .iter_mut()
            .find(|statement| {
                // Mostly the same text in the same place, because plans are kept.
                (Arc::ptr_eq(&statement.sql, &query.sql) || statement.sql == query.sql)
                    && statement.owner.as_ref() == owner(query)
            })
    }

    /// Drops the statement that was not used for the longest time, unless the batch uses it or it is still on its way.
    fn drop_oldest(&mut self) {
        let oldest = self
            .by_sample
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

/// Returns a number that tells most texts apart, made of a few words of `sql`: the whole of a long text would take longer to hash than
/// everything else takes. Texts that are made to have the same are looked through one by one, and there are no more than the limit.
fn sample(sql: &str) -> u64 {
    const WORDS: usize = 16;
    let step = (sql.len() / WORDS).max(8);
    sql.as_bytes()
        .chunks(step)
        .map(|chunk| {
            let word = chunk.first_chunk().copied().unwrap_or_default();
            u64::from_le_bytes(word)
        })
        .fold(sql.len() as u64, |sample, word| {
            (sample.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
        })
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
