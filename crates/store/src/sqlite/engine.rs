//! [`Engine`]: the threads, and the way of a plan to one of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::sync::oneshot;
use underpin_base::{Code, Error, Result};
use underpin_query::plan::{Action, Plan};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::File;

use super::checkpoint::Checkpointer;
use super::connection::{Access, Connection};
use super::job::{Job, guarded};
use super::pool::Pool;
use super::shared::Shared;
use super::short::ShortReads;
use super::writer::Writer;
use super::{backup, migrate, shell};
use crate::metrics::Metrics;
use crate::migration::{MigrationReport, MigrationStatus, ShellResult};
use crate::schema::Schema;
use crate::settings::SqliteSettings;
use crate::spool::SpoolWriter;

/// A database file that is open.
#[derive(Debug)]
pub(crate) struct Engine {
    shared: Arc<Shared>,
    short: ShortReads,
    pool: Pool,
    writer: Writer,
}

impl Engine {
    /// Opens the file: makes what the engine keeps in it and reads the catalog from its migrations.
    pub(crate) fn open(settings: SqliteSettings) -> Result<Self> {
        make_file(&settings.path)?;
        let connection = Connection::open(&settings, Access::Write, &Catalog::default())?;
        let catalog = migrate::open(&connection, settings.clock)?;
        let position = migrate::position(&connection)?;
        let engine = Self::start(settings, connection, catalog)?;
        engine.shared.migrated.store(position, Ordering::Release);
        Ok(engine)
    }

    /// Starts the threads on a file whose tables are those of `catalog`.
    pub(super) fn start(
        settings: SqliteSettings,
        connection: Connection,
        catalog: Catalog,
    ) -> Result<Self> {
        let shared = Arc::new(Shared::new(settings, catalog));
        let checkpointer = Checkpointer::start(&shared)?;
        let writer = Writer::start(&shared, connection, checkpointer)?;
        let short = ShortReads::open(&shared)?;
        let pool = Pool::start(&shared)?;
        Ok(Self {
            shared,
            short,
            pool,
            writer,
        })
    }

    /// Returns the schema of the moment.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        self.shared.schema()
    }

    /// Returns how the file is kept.
    pub(super) fn settings(&self) -> &SqliteSettings {
        &self.shared.settings
    }

    /// Runs a plan: a short read here and now, everything else on the thread that it belongs to.
    pub(crate) async fn run(&self, plan: Plan) -> Result<Outcome> {
        let outcome = match plan.action() {
            Action::Read(read) => {
                // Routines have a stack of their own.
                let calls = plan.before().is_some() || plan.invokes();
                if !calls && !read.length.expect_long() {
                    if let Some(outcome) = self.short.run(&plan) {
                        return outcome;
                    }
                    read.length.found_long();
                }
                let (job, outcome) = Job::new(plan);
                self.pool.push(job)?;
                outcome
            }
            Action::Call(call) if call.read_only => {
                let (job, outcome) = Job::new(plan);
                self.pool.push(job)?;
                outcome
            }
            Action::Call(_) | Action::Write(_) => {
                let (job, outcome) = Job::new(plan);
                self.writer.push(job)?;
                outcome
            }
        };
        answer(outcome).await
    }

    /// Applies the pending ones of `files`.
    pub(crate) async fn migrate(&self, files: Vec<File>, dry_run: bool) -> Result<MigrationReport> {
        let shared = Arc::clone(&self.shared);
        self.alone(move |connection| {
            let run = migrate::migrate(connection, &files, dry_run, shared.settings.clock)?;
            if !dry_run {
                shared.set_catalog(run.catalog, migrate::position(connection)?);
            }
            run.report
        })
        .await
    }

    /// Tells where each migration stands.
    pub(crate) async fn status(&self, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
        self.alone(move |connection| migrate::status(connection, &files))
            .await
    }

    /// Inserts the rows of a seed file.
    pub(crate) async fn seed(&self, file: File) -> Result<()> {
        let clock = self.shared.settings.clock;
        self.alone(move |connection| migrate::seed(connection, file, clock))
            .await
    }

    /// Removes everything.
    pub(crate) async fn reset(&self) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        self.alone(move |connection| {
            let catalog = migrate::reset(connection, shared.settings.clock)?;
            shared.set_catalog(catalog, migrate::position(connection)?);
            Ok(())
        })
        .await
    }

    /// Returns an empty file beside the database.
    pub(crate) fn spool(&self) -> Result<SpoolWriter> {
        SpoolWriter::new(&self.shared.settings.folder())
    }

    /// Runs SQL of the engine's own.
    pub(crate) async fn shell(&self, sql: String) -> Result<Vec<ShellResult>> {
        self.alone(move |connection| shell::run(connection, &sql))
            .await
    }

    /// Writes a copy of the database to `path`, on a thread of its own.
    pub(crate) async fn backup(&self, path: PathBuf) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        let (done, outcome) = oneshot::channel();
        std::thread::Builder::new()
            .name("backup".to_owned())
            .spawn(move || {
                let catalog = &shared.schema().catalog;
                let written = guarded(|| backup::write(&shared.settings, catalog, &path));
                done.send(written).ok();
            })
            .map_err(Error::internal)?;
        answer(outcome).await
    }

    /// Puts the copy at `path` in the place of the database.
    pub(crate) async fn restore(&self, path: PathBuf) -> Result<()> {
        let shared = Arc::clone(&self.shared);
        self.alone(move |connection| {
            backup::restore(connection, &path)?;
            let catalog = migrate::open(connection, shared.settings.clock)?;
            shared.set_catalog(catalog, migrate::position(connection)?);
            Ok(())
        })
        .await
    }

    /// Runs `task` alone with the file, between two groups of writes.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        task: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        answer(self.writer.alone(task)?).await
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
        self.short.close();
        self.pool.close();
        self.writer.close();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

/// Makes the file and its folder when they are missing; nobody but their owner may read them, for the file holds people's addresses and
/// the hashes of their passwords. What SQLite makes beside the file has the file's permissions.
fn make_file(path: &Path) -> Result<()> {
    let cannot_make = |cause: std::io::Error| {
        Error::new(
            Code::IO,
            format!("the database file {} cannot be made", path.display()),
        )
        .cause(cause)
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(cannot_make)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(cannot_make)
}

async fn answer<T>(outcome: oneshot::Receiver<Result<T>>) -> Result<T> {
    outcome.await.unwrap_or_else(|_| {
        Err(Error::internal(
            "a thread of the engine ended without an answer",
        ))
    })
}
