//! The engines that execute statements.
//!
//! [`Store`] is a project's database: it keeps the schema, runs plans, applies migrations and makes backups. Beneath it is one of
//! a closed set of engines. Nothing here knows HTTP.

mod answer;
mod copy;
mod declarations;
mod engine;
mod history;
mod metrics;
mod migration;
mod mysql;
mod postgres;
mod schema;
mod settings;
mod shown;
mod source;
mod spool;
mod sqlite;
mod store;
mod supplied;

pub use copy::{CopiedTable, CopyEvent, CopyOptions, CopyReport, CopyStage};
pub use metrics::Metrics;
pub use migration::{FileReport, MigrationReport, MigrationState, MigrationStatus, ShellResult};
pub use postgres::{Dump, Local as LocalPostgres};
pub use schema::Schema;
pub use settings::{
    ChangeLog, Clock, MysqlSettings, PostgresSettings, SqliteSettings, StoreSettings, Synchronous,
};
pub use spool::SpoolWriter;
pub use sqlite::ChangeOperation;
pub use store::Store;
