//! [`Shared`]: what every thread of the engine sees: the settings, the schema of the moment, the counters.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use underpin_base::Result;
use underpin_query::plan::Plan;
use underpin_schema::catalog::Catalog;

use crate::metrics::Counters;
use crate::schema::{self, Schema};
use crate::settings::SqliteSettings;

/// What every thread of the engine sees.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: SqliteSettings,
    pub(super) counters: Counters,
    schema: RwLock<Arc<Schema>>,
    /// The generation of `schema`, to be asked without a lock.
    generation: AtomicU64,
    /// The position of the migration that `schema` ends with.
    pub(super) migrated: AtomicI64,
}

impl Shared {
    /// Returns the shared state of an engine that starts with `catalog`.
    pub(super) fn new(settings: SqliteSettings, catalog: Catalog) -> Self {
        Self {
            settings,
            counters: Counters::default(),
            schema: RwLock::new(Arc::new(Schema::new(catalog, 1))),
            generation: AtomicU64::new(1),
            migrated: AtomicI64::new(0),
        }
    }

    /// Returns the schema of the moment.
    pub(super) fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.schema.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the generation of the schema of the moment.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Refuses a plan that was made with another schema than that of the moment: while it waited, a rule may have changed.
    ///
    /// # Errors
    /// PGRST002: it is to be planned again.
    pub(super) fn is_current(&self, plan: &Plan) -> Result<()> {
        schema::is_current(plan, self.generation())
    }

    /// Puts `catalog`, whose last migration is at `position`, in the place of the one before, for every request from now on.
    pub(super) fn set_catalog(&self, catalog: Catalog, position: i64) {
        let mut schema = self.schema.write().unwrap_or_else(PoisonError::into_inner);
        let generation = schema.generation + 1;
        *schema = Arc::new(Schema::new(catalog, generation));
        self.migrated.store(position, Ordering::Release);
        self.generation.store(generation, Ordering::Release);
    }
}
