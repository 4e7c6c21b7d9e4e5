//! [`Application`]: a project that runs: its settings, its gate, its database and its counters, in one value that handlers share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use underpin_base::{Name, Result};
use underpin_store::{
    MysqlSettings, PostgresSettings, SqliteSettings, Store, StoreSettings, Synchronous,
};

use crate::database::POLICIES;
use crate::identity::Gate;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::settings::{self, Place, Settings};
use crate::sources::Source;

/// A project that runs.
#[derive(Debug)]
pub struct Application {
    /// What the project decided.
    pub settings: Settings,
    /// Who asks.
    pub gate: Gate,
    /// The database.
    pub store: Store,
    /// Further databases.
    pub sources: Vec<Source>,
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
        let sources = Source::open_all(&settings)?;
        let metrics = Metrics::new(&sources);
        Ok(Arc::new(Self {
            settings,
            sources,
            gate,
            store,
            metrics,
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

/// Where a database is, and what is beside it.
struct Site<'a> {
    place: &'a Place,
    /// The folder of the program's own files beside it.
    folder: PathBuf,
    /// The schemas that are looked into.
    schemas: Vec<Name>,
    /// The folder of its rules, when it is not the project's to change.
    existing: Option<PathBuf>,
}

/// Returns the store's settings for those of a project.
pub fn store_settings(settings: &Settings) -> StoreSettings {
    let api = &settings.api;
    let schemas = api.schemas.iter().chain(&api.extra_search_path);
    let policies = || settings.project.join(POLICIES);
    let site = Site {
        place: &settings.database.place,
        folder: settings.data_folder(),
        schemas: schemas.cloned().collect(),
        existing: settings.database.existing.then(policies),
    };
    settings_at(settings, site)
}

/// Returns the store's settings for those of a source.
pub(crate) fn source_store_settings(
    settings: &Settings,
    source: &settings::Source,
) -> StoreSettings {
    let policies = || settings.project.join(source.folder()).join(POLICIES);
    let site = Site {
        place: &source.place,
        folder: settings.data_folder().join(source.folder()),
        schemas: vec![source.schema.clone()],
        existing: source.existing.then(policies),
    };
    settings_at(settings, site)
}

fn settings_at(settings: &Settings, site: Site<'_>) -> StoreSettings {
    let database = &settings.database;
    match site.place {
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
            let first = site.schemas.first().into_iter();
            let search_path = first.chain(&api.extra_search_path).cloned().collect();
            let mut store = PostgresSettings::new(url.clone(), site.folder, site.schemas);
            store.search_path = search_path;
            store.statement_timeout = Duration::from_millis(api.limits.statement_timeout_ms);
            store.connections_max = database.connections;
            store.answer_bytes_max = settings.api.limits.answer_bytes_max;
            store.existing = site.existing;
            store.into()
        }
        Place::Mysql(url) => {
            let mut store = MysqlSettings::new(url.clone(), site.folder);
            store.connections_max = database.connections;
            store.existing = site.existing;
            store.answer_bytes_max = settings.api.limits.answer_bytes_max;
            store.into()
        }
    }
}
