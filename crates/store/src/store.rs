//! [`Store`]: a project's database.

use std::sync::Arc;

use underpin_base::Result;
use underpin_query::plan::Plan;
use underpin_query::reply::Outcome;
use underpin_schema::catalog::Catalog;

use crate::metrics::Metrics;
use crate::schema::Schema;
use crate::settings::StoreSettings;
use crate::sqlite::Engine;

/// A project's database. Cheap to clone: clones are the same database.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<Engine>,
}

impl Store {
    /// Opens a database, making its file when there is none.
    ///
    /// # Errors
    /// `io` when the file cannot be opened.
    pub fn open(settings: StoreSettings) -> Result<Self> {
        Ok(Self {
            engine: Arc::new(Engine::open(settings, Catalog::default())?),
        })
    }

    /// Returns the schema of the moment.
    pub fn schema(&self) -> Arc<Schema> {
        self.engine.schema()
    }

    /// Runs a plan.
    ///
    /// # Errors
    /// PostgreSQL's for what the statement does; `overloaded` when too much is queued; `57014` past the plan's time.
    pub async fn run(&self, plan: Plan) -> Result<Outcome> {
        self.engine.run(plan).await
    }

    /// Returns what the store tells of itself.
    pub fn metrics(&self) -> Metrics {
        self.engine.metrics()
    }

    /// Answers what is queued, moves the write-ahead log into the file, and ends. Plans that come later are refused (57P01).
    pub fn close(&self) {
        self.engine.close();
    }
}
