//! [`Engine`]: the closed set of engines; nothing above it asks which one it is.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_query::plan::Plan;
use underpin_query::reply::Outcome;
use underpin_schema::migration::File;

use crate::metrics::Metrics;
use crate::migration::{MigrationReport, MigrationStatus, ShellResult};
use crate::schema::Schema;
use crate::settings::StoreSettings;
use crate::spool::SpoolWriter;
use crate::{mysql, postgres, sqlite};

/// One of the engines.
#[derive(Debug)]
pub(crate) enum Engine {
    /// A file.
    Sqlite(sqlite::Engine),
    /// A PostgreSQL server.
    Postgres(postgres::Engine),
    /// A MySQL or MariaDB server.
    Mysql(mysql::Engine),
}

impl Engine {
    pub(crate) fn open(settings: StoreSettings) -> Result<Self> {
        Ok(match settings {
            StoreSettings::Sqlite(settings) => Self::Sqlite(sqlite::Engine::open(settings)?),
            StoreSettings::Postgres(settings) => Self::Postgres(postgres::Engine::open(settings)?),
            StoreSettings::Mysql(settings) => Self::Mysql(mysql::Engine::open(settings)?),
        })
    }

    pub(crate) async fn start(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(engine) => engine.start().await,
            Self::Mysql(engine) => engine.start().await,
        }
    }

    pub(crate) fn is_ready(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(engine) => engine.is_ready(),
            Self::Mysql(engine) => engine.is_ready(),
        }
    }

    pub(crate) fn schema(&self) -> Arc<Schema> {
        match self {
            Self::Sqlite(engine) => engine.schema(),
            Self::Postgres(engine) => engine.schema(),
            Self::Mysql(engine) => engine.schema(),
        }
    }

    pub(crate) async fn run(&self, plan: Plan) -> Result<Outcome> {
        match self {
            Self::Sqlite(engine) => engine.run(plan).await,
            Self::Postgres(engine) => engine.run(&plan).await,
            Self::Mysql(engine) => engine.run(plan).await,
        }
    }

    pub(crate) async fn migrate(&self, files: Vec<File>, dry_run: bool) -> Result<MigrationReport> {
        match self {
            Self::Sqlite(engine) => engine.migrate(files, dry_run).await,
            Self::Postgres(engine) => engine.migrate(files, dry_run).await,
            Self::Mysql(engine) => engine.migrate(files, dry_run).await,
        }
    }

    pub(crate) async fn status(&self, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
        match self {
            Self::Sqlite(engine) => engine.status(files).await,
            Self::Postgres(engine) => engine.status(files).await,
            Self::Mysql(engine) => engine.status(files).await,
        }
    }

    pub(crate) async fn seed(&self, file: File) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.seed(file).await,
            Self::Postgres(engine) => engine.seed(file).await,
            Self::Mysql(engine) => engine.seed(file).await,
        }
    }

    pub(crate) async fn reset(&self, everybodys: bool) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.reset().await,
            Self::Postgres(engine) => engine.reset(everybodys).await,
            Self::Mysql(engine) => engine.reset(everybodys).await,
        }
    }

    pub(crate) fn spool(&self) -> Result<SpoolWriter> {
        match self {
            Self::Sqlite(engine) => engine.spool(),
            Self::Postgres(engine) => engine.spool(),
            Self::Mysql(engine) => engine.spool(),
        }
    }

    pub(crate) async fn estimated_rows(&self) -> Result<BTreeMap<QualifiedName, u64>> {
        match self {
            Self::Sqlite(_) => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "expected a database that a server keeps, found one in a file",
            )),
            Self::Postgres(engine) => engine.estimated_rows().await,
            Self::Mysql(engine) => engine.estimated_rows().await,
        }
    }

    pub(crate) async fn shell(&self, sql: String) -> Result<Vec<ShellResult>> {
        match self {
            Self::Sqlite(engine) => engine.shell(sql).await,
            Self::Postgres(engine) => engine.shell(&sql).await,
            Self::Mysql(engine) => engine.shell(&sql).await,
        }
    }

    pub(crate) async fn backup(&self, path: PathBuf) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.backup(path).await,
            Self::Postgres(_) => Err(copied_elsewhere("pg_dump")),
            Self::Mysql(_) => Err(copied_elsewhere("mariadb-dump")),
        }
    }

    pub(crate) async fn restore(&self, path: PathBuf) -> Result<()> {
        match self {
            Self::Sqlite(engine) => engine.restore(path).await,
            Self::Postgres(_) => Err(copied_elsewhere("pg_restore")),
            Self::Mysql(_) => Err(copied_elsewhere("mariadb")),
        }
    }

    pub(crate) fn metrics(&self) -> Metrics {
        match self {
            Self::Sqlite(engine) => engine.metrics(),
            Self::Postgres(engine) => engine.metrics(),
            Self::Mysql(engine) => engine.metrics(),
        }
    }

    pub(crate) fn close(&self) {
        match self {
            Self::Sqlite(engine) => engine.close(),
            Self::Postgres(engine) => engine.close(),
            Self::Mysql(engine) => engine.close(),
        }
    }
}

/// The refusal to copy what a server keeps.
fn copied_elsewhere(program: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        "expected a database in a file, found one that a server keeps",
    )
    .hint(format!("The server's own program for this is {program}."))
}
