//! [`Store`]: a project's database.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use underpin_base::{Identity, QualifiedName, Result, Value};
use underpin_query::plan::{Action, Length, Plan, Read, Shape};
use underpin_query::reply::Outcome;
use underpin_query::request::Format;
use underpin_schema::migration::File;
use underpin_sql::tree::{Expr, Output, Select, Simple};
use underpin_sql::types::Type;

use crate::engine::Engine;
use crate::metrics::Metrics;
use crate::migration::{MigrationReport, MigrationStatus, ShellResult};
use crate::schema::Schema;
use crate::settings::StoreSettings;
use crate::spool::SpoolWriter;

/// How long [`Store::ping`] waits.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// A project's database. Cheap to clone: clones are the same database.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<Engine>,
}

impl Store {
    /// Opens a database. An SQLite file is made when there is none; a server is called when the first request comes, or by [`Store::start`].
    ///
    /// # Errors
    /// `io` when the file cannot be opened; `schema_drift` when somebody else changed its schema; `settings` for an address that is none.
    pub fn open(settings: impl Into<StoreSettings>) -> Result<Self> {
        Ok(Self {
            engine: Arc::new(Engine::open(settings.into())?),
        })
    }

    /// Returns what is beneath.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Calls the database's server and reads the schema, and goes on trying when it does not answer. A file is open already.
    ///
    /// # Errors
    /// PGRST000 when the server does not answer yet, and what else it says.
    pub async fn start(&self) -> Result<()> {
        self.engine.start().await
    }

    /// Tells whether the schema is known.
    ///
    /// # Errors
    /// PGRST000 while the database cannot be reached, PGRST002 while its schema is being read.
    pub fn is_ready(&self) -> Result<()> {
        self.engine.is_ready()
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

    /// Applies those of `files` that were not applied yet, each in a transaction of its own; with `dry_run`, only tells what it would do.
    /// Every file is read and translated before anything runs.
    ///
    /// # Errors
    /// Whatever is wrong with a file, with its path and line; files before it stay applied when it is a statement that failed.
    pub async fn migrate(&self, files: Vec<File>, dry_run: bool) -> Result<MigrationReport> {
        self.engine.migrate(files, dry_run).await
    }

    /// Tells where each migration stands, applied ones first.
    ///
    /// # Errors
    /// Internal ones alone.
    pub async fn status(&self, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
        self.engine.status(files).await
    }

    /// Runs the rows of a seed file in one transaction. Nothing remembers that it ran.
    ///
    /// # Errors
    /// Whatever is wrong with the file, with its path and line; `migration_refused` for a statement that changes the schema.
    pub async fn seed(&self, file: File) -> Result<()> {
        self.engine.seed(file).await
    }

    /// Removes everything that the project has in the database, for development; with `everybodys`, also what a server's database held
    /// before the project came.
    ///
    /// # Errors
    /// `overloaded` when another process holds the file; `migration_refused` when there is something that may not go.
    pub async fn reset(&self, everybodys: bool) -> Result<()> {
        self.engine.reset(everybodys).await
    }

    /// Returns an empty file beside the database, for what is too large to be held in memory.
    ///
    /// # Errors
    /// `io` when it cannot be made.
    pub fn spool(&self) -> Result<SpoolWriter> {
        self.engine.spool()
    }

    /// Returns about how many rows each table of a server's database has; those of which nothing is known are left out.
    ///
    /// # Errors
    /// `0A000` for a database in a file; as [`Store::run`].
    pub async fn estimated_rows(&self) -> Result<BTreeMap<QualifiedName, u64>> {
        self.engine.estimated_rows().await
    }

    /// Runs SQL in the engine's own dialect, with the registered functions, for whoever operates the database. Policies do not apply.
    ///
    /// # Errors
    /// Whatever is wrong with the SQL.
    pub async fn shell(&self, sql: impl Into<String>) -> Result<Vec<ShellResult>> {
        self.engine.shell(sql.into()).await
    }

    /// Writes a copy of the database to `path`, while requests read and write. The copy is of the moment at which it begins.
    ///
    /// # Errors
    /// `io` when `path` exists or cannot be written.
    pub async fn backup(&self, path: impl Into<PathBuf>) -> Result<()> {
        self.engine.backup(path.into()).await
    }

    /// Puts the copy at `path` in the place of the database, while requests read: they see one or the other.
    ///
    /// # Errors
    /// `io` when `path` is not a whole copy.
    pub async fn restore(&self, path: impl Into<PathBuf>) -> Result<()> {
        self.engine.restore(path.into()).await
    }

    /// Asks the database for a constant, as a request would.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn ping(&self) -> Result<()> {
        let one = Select::simple(Simple {
            outputs: vec![Output {
                name: "one".into(),
                expr: Expr::constant(Value::Int(1), Type::Int4),
            }],
            ..Simple::default()
        });
        let read = Read {
            columns: one.columns(),
            select: one,
            total: None,
            format: Format::Array { strip_nulls: false },
            shape: Shape::Rows,
            head: true,
            written: OnceLock::new(),
            length: Length::default(),
        };
        let plan = Plan::system(
            Identity::of_role("service_role"),
            Action::Read(Arc::new(read)),
            PING_TIMEOUT,
        );
        self.run(plan).await.map(drop)
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
