//! [`Engine`]: a PostgreSQL server as a project's database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::task::AbortHandle;

use underpin_base::{Code, Error, Result};
use underpin_query::plan::{Action, Plan};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::{Bodies, Catalog, Enforcement};
use underpin_sql::writer::postgres::Contexts;

use super::hint;
use super::link::Link;
use super::settings::PostgresSettings;
use crate::metrics::{Counters, Metrics};
use crate::schema::{self, Schema};
use crate::shown::shown;
use crate::spool::SpoolWriter;

/// A PostgreSQL server as a project's database, and the task that follows its schema.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) database: Arc<Database>,
    pub(super) follower: Mutex<Option<AbortHandle>>,
}

/// A database that a PostgreSQL server keeps. Of one that the project migrates, the server enforces the rules itself: each statement runs
/// under the caller's role. Of one that is not the project's to change, the rules are part of each statement.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) link: Link,
    pub(super) settings: PostgresSettings,
    pub(super) counters: Counters,
    schema: RwLock<Arc<Schema>>,
    loaded: AtomicBool,
}

impl Engine {
    /// Reads the address. Nothing is called yet.
    pub(crate) fn open(settings: PostgresSettings) -> Result<Self> {
        let nothing = Catalog {
            enforcement: match settings.existing {
                Some(_) => Enforcement::Compiled,
                None => Enforcement::Native,
            },
            bodies: Bodies::Database,
            ..Catalog::default()
        };
        let database = Database {
            link: Link::new(&settings)?,
            settings,
            counters: Counters::default(),
            schema: RwLock::new(Arc::new(Schema::new(nothing, 0))),
            loaded: AtomicBool::new(false),
        };
        Ok(Self {
            database: Arc::new(database),
            follower: Mutex::new(None),
        })
    }

    /// Tells whether the schema is known.
    pub(crate) fn is_ready(&self) -> Result<()> {
        self.database.is_ready()
    }

    /// Returns the schema of the moment; an empty one as long as it is not known.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.database.schema()
    }

    /// Runs a plan.
    pub(crate) async fn run(&self, plan: &Plan) -> Result<Outcome> {
        schema::is_current(plan, self.schema().generation)?;
        let outcome = match plan.action() {
            Action::Read(read) => {
                Counters::add(&self.database.counters.reads, 1);
                self.database.read(plan, read).await
            }
            Action::Call(call) => {
                Counters::add(&self.database.counters.writes, 1);
                self.database.call(plan, call).await
            }
            Action::Write(write) => {
                Counters::add(&self.database.counters.writes, 1);
                self.database.write(plan, write).await
            }
        };
        outcome.map_err(|error| {
            let catalog = &self.schema().catalog;
            match catalog.enforcement {
                Enforcement::Native => hint::with_grant(error, catalog, plan),
                Enforcement::Compiled => shown(error, catalog, plan),
            }
        })
    }

    /// Returns an empty file in the project's data folder.
    pub(crate) fn spool(&self) -> Result<SpoolWriter> {
        SpoolWriter::new(self.database.folder())
    }

    /// Returns what the engine tells of itself.
    pub(crate) fn metrics(&self) -> Metrics {
        self.database.counters.snapshot()
    }

    /// Ends the connections.
    pub(crate) fn close(&self) {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(follower) = follower.take() {
            follower.abort();
        }
        self.database.link.close();
    }
}

impl Database {
    /// Tells whether the schema is known.
    pub(super) fn is_ready(&self) -> Result<()> {
        if self.loaded.load(Ordering::Acquire) {
            return Ok(());
        }
        if !self.link.is_reachable() {
            return Err(Error::new(
                Code::DATABASE_UNREACHABLE,
                "Database connection error. Retrying the connection.",
            ));
        }
        Err(schema::missing())
    }

    pub(super) fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `catalog` in the place of the one before.
    pub(super) fn set_catalog(&self, catalog: Catalog) {
        let mut schema = self.schema.write().unwrap_or_else(PoisonError::into_inner);
        let generation = schema.generation + 1;
        *schema = Arc::new(Schema::new(catalog, generation));
        drop(schema);
        self.link.schema_changed();
        self.loaded.store(true, Ordering::Release);
    }

    /// Returns who knows what an expression takes from the request.
    pub(super) fn contexts(&self) -> Contexts {
        match self.settings.existing {
            Some(_) => Contexts::Bound,
            None => Contexts::Database,
        }
    }

    /// Returns the project's data folder, in which [`spool`] makes files.
    pub(super) fn folder(&self) -> &Path {
        &self.settings.folder
    }
}
