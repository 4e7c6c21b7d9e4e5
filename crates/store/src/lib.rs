//! The engines that execute statements.
//!
//! [`Store`] is a project's database: it keeps the schema, runs plans, applies migrations and makes backups. Beneath it is one engine
//! today, SQLite; the set is closed. Nothing here knows HTTP.

mod metrics;
mod migration;
mod schema;
mod settings;
mod spool;
mod sqlite;
mod store;

pub use metrics::Metrics;
pub use migration::{FileReport, MigrationReport, MigrationState, MigrationStatus, ShellResult};
pub use schema::Schema;
pub use settings::{ChangeLog, Clock, StoreSettings, Synchronous};
pub use spool::SpoolWriter;
pub use sqlite::ChangeOperation;
pub use store::Store;
