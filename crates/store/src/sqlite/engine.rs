//! [`Engine`]: the threads, and the way of a plan to one of them.

use std::sync::Arc;

use underpin_base::{Error, Result};
use underpin_query::plan::{Action, Plan};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::Catalog;

use super::checkpoint::Checkpointer;
use super::job::Job;
use super::pool::Pool;
use super::shared::Shared;
use super::writer::Writer;
use crate::metrics::Metrics;
use crate::schema::Schema;
use crate::settings::StoreSettings;

/// A database file that is open.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    pool: Pool,
    writer: Writer,
}

impl Engine {
    /// Opens the file, whose tables are those of `catalog`.
    pub(crate) fn open(settings: StoreSettings, catalog: Catalog) -> Result<Self> {
        let shared = Arc::new(Shared::new(settings, catalog));
        let checkpointer = Checkpointer::start(&shared)?;
        let writer = Writer::start(&shared, checkpointer)?;
        let pool = Pool::start(&shared)?;
        Ok(Self {
            shared,
            pool,
            writer,
        })
    }

    /// Returns the thread that writes.
    pub(super) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Returns the schema of the moment.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.shared.schema()
    }

    /// Runs a plan on the thread that it belongs to.
    pub(crate) async fn run(&self, plan: Plan) -> Result<Outcome> {
        let writes = matches!(plan.action(), Action::Write(_));
        let (job, outcome) = Job::new(plan);
        if writes {
            self.writer.push(job)?;
        } else {
            self.pool.push(job)?;
        }
        outcome.await.unwrap_or_else(|_| {
            Err(Error::internal(
                "a thread of the engine ended without an answer",
            ))
        })
    }

    /// Returns what the engine tells of itself.
    pub(crate) fn metrics(&self) -> Metrics {
        Metrics {
            readers: self.shared.settings.readers as u64,
            reads_queued: self.pool.queued() as u64,
            writes_queued: self.writer.queued() as u64,
            ..self.shared.counters.snapshot()
        }
    }

    /// Answers what is queued and ends the threads.
    pub(crate) fn close(&self) {
        self.pool.close();
        self.writer.close();
    }
}
