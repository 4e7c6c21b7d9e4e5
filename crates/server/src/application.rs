//! [`Application`]: a project that runs: its settings, its gate, its database and its counters, in one value that handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use underpin_base::Result;
use underpin_store::{
    MysqlSettings, PostgresSettings, SqliteSettings, Store, StoreSettings, Synchronous,
};

use crate::database::POLICIES;
use crate::identity::Gate;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::settings::{self, Place, Settings};

/// A project that runs.
#[derive(Debug)]
pub struct Application {
    /// What the project decided.
    pub settings: Settings,
    /// Who asks.
    pub gate: Gate,
    /// The database.
    pub store: Store,
    /// What is counted.
    pub metrics: Metrics,
    /// Migrations of the project that the database does not have.
    pending: AtomicU64,
}

impl Application {
    /// Opens the database and the keys of a project. Migrations are applied by whoever calls this, when it was told to.
    pub fn open(settings: Settings) -> Result<Arc<Self>> {
        let keys = Keys::load(&settings.data_folder(), &settings.keys)?;
        let gate = Gate::new(&settings, keys, || Timestamp::now().as_second())?;
        let store = Store::open(store_settings(&settings))?;
        Ok(Arc::new(Self {
            settings,
            gate,
            store,
            metrics: Metrics::new(),
            pending: AtomicU64::new(0),
        }))
    }

    /// Returns how many migrations of the project the database does not have.
    pub fn pending_migrations(&self) -> u64 {
        self.pending.load(Ordering::Relaxed)
    }

    /// Notes how many migrations of the project the database does not have.
    pub fn set_pending_migrations(&self, count: u64) {
        self.pending.store(count, Ordering::Relaxed);
    }
}

/// Returns the store's settings for those of a project.
pub fn store_settings(settings: &Settings) -> StoreSettings {
    let database = &settings.database;
    match &database.place {
        Place::File(file) => {
            let mut store = SqliteSettings::new(file);
            store.readers = database.readers;
            store.answer_bytes_max = settings.api.limits.answer_bytes_max;
            store.synchronous = match database.synchronous {
                settings::Synchronous::Full => Synchronous::Full,
                settings::Synchronous::Normal => Synchronous::Normal,
                settings::Synchronous::Off => Synchronous::Off,
            };
            store.into()
        }
        Place::Postgres(url) => {
            let api = &settings.api;
            let schemas = api.schemas.iter().chain(&api.extra_search_path);
            let schemas = schemas.cloned().collect();
            let mut store = PostgresSettings::new(url.clone(), settings.data_folder(), schemas);
            store.connections_max = database.connections;
            store.answer_bytes_max = api.limits.answer_bytes_max;
            let policies = || settings.project.join(POLICIES);
            store.existing = database.existing.then(policies);
            store.into()
        }
        Place::Mysql(url) => {
            let mut store = MysqlSettings::new(url.clone(), settings.data_folder());
            store.connections_max = database.connections;
            store.answer_bytes_max = settings.api.limits.answer_bytes_max;
            store.into()
        }
    }
}
