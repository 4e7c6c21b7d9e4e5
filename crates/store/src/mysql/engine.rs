//! [`Engine`]: a MySQL or MariaDB server as a project's database.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use mysql_async::prelude::Queryable;
use mysql_async::{Opts, Pool};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use underpin_base::{Code, Error, Result};
use underpin_query::plan::{Action, Change, Plan, Read};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::File;
use underpin_schema::mysql::dialect;
use underpin_sql::writer::mysql::{Dialect, Flavour};

use super::address::{Address, setup};
use super::link::Link;
use super::read::{self, Answer, Texts};
use super::session::Session;
use super::settings::MysqlSettings;
use super::worker::Workers;
use super::{error, found, migrate, operate};
use crate::declarations::expect_ours;
use crate::metrics::{Counters, Metrics};
use crate::migration::{MigrationReport, MigrationStatus, ShellResult};
use crate::schema::{Schema, is_current};
use crate::settings::SqliteSettings;
use crate::spool::SpoolWriter;
use crate::sqlite::Transaction;

/// How long the server has to answer the first call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How often it is asked whether another node has migrated the database, and called when it has not answered yet.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// The most connections of counters.
const COUNTERS_MAX: usize = 4;

/// How often a transaction is tried that loses to another.
const TRIES_MAX: usize = 3;

/// A MySQL or MariaDB server as a project's database.
#[derive(Debug)]
pub(crate) struct Engine {
    database: Arc<Database>,
    follower: Mutex<Option<AbortHandle>>,
}

/// A database that a server keeps.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) settings: MysqlSettings,
    pub(super) address: Address,
    pub(super) workers: Workers,
    counters: Counters,
    texts: Texts,
    server: OnceLock<Server>,
    /// Whoever calls the server for the first time.
    starting: tokio::sync::Mutex<()>,
    world: RwLock<Arc<World>>,
    closed: AtomicBool,
    migrated: AtomicI64,
    /// What was seen of a schema that others made; 0 when there is none.
    pub(super) seen: AtomicU64,
}

/// A server that has answered.
#[derive(Debug)]
pub(super) struct Server {
    pool: RwLock<Pool>,
    /// The connections of counters: whoever waits for one holds another already.
    counters: RwLock<Pool>,
    opts: [Opts; 2],
    pub(super) flavour: Flavour,
}

impl Server {
    fn new(opts: [Opts; 2], flavour: Flavour) -> Self {
        let [own, counters] = opts.clone();
        Self {
            pool: RwLock::new(Pool::new(own)),
            counters: RwLock::new(Pool::new(counters)),
            opts,
            flavour,
        }
    }

    /// Returns the connections of counters.
    pub(super) fn counters(&self) -> Pool {
        self.counters
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the connections.
    pub(super) fn pool(&self) -> Pool {
        self.pool
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Begins with new connections: one was lost, so that the others are as good as lost.
    fn renew(&self) {
        for (pool, opts) in [&self.pool, &self.counters].into_iter().zip(&self.opts) {
            let mut pool = pool.write().unwrap_or_else(PoisonError::into_inner);
            *pool = Pool::new(opts.clone());
        }
    }
}

/// The schema of one moment, and what the writer must know of it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) schema: Arc<Schema>,
    pub(super) dialect: Arc<Dialect>,
    /// Something of the schema counts by a sequence.
    pub(super) counts: bool,
}

impl World {
    pub(super) fn new(catalog: Catalog, generation: u64, flavour: Flavour) -> Self {
        Self {
            dialect: Arc::new(dialect(&catalog, flavour)),
            counts: migrate::counts(&catalog),
            schema: Arc::new(Schema::new(catalog, generation)),
        }
    }

    /// A schema that others made.
    pub(super) fn found(catalog: Catalog, dialect: Dialect, generation: u64) -> Self {
        Self {
            dialect: Arc::new(dialect),
            counts: false,
            schema: Arc::new(Schema::new(catalog, generation)),
        }
    }
}

impl Engine {
    /// Reads the address. Nothing is called yet.
    pub(crate) fn open(settings: MysqlSettings) -> Result<Self> {
        let address = Address::parse(settings.url.expose())?;
        let mut machine = SqliteSettings::new(":memory:");
        machine.answer_bytes_max = settings.answer_bytes_max;
        let workers = Workers::start(settings.connections_max, machine, settings.folder.clone())?;
        let world = World::new(Catalog::default(), 0, Flavour::default());
        Ok(Self {
            database: Arc::new(Database {
                settings,
                address,
                workers,
                counters: Counters::default(),
                texts: Texts::default(),
                server: OnceLock::new(),
                starting: tokio::sync::Mutex::new(()),
                world: RwLock::new(Arc::new(world)),
                closed: AtomicBool::new(false),
                migrated: AtomicI64::new(0),
                seen: AtomicU64::new(0),
            }),
            follower: Mutex::new(None),
        })
    }

    /// Calls the server, makes what the engine keeps in the database, and reads the schema.
    pub(crate) async fn start(&self) -> Result<()> {
        let started = self.database.start().await;
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if follower.is_none() {
            let database = Arc::clone(&self.database);
            *follower = Some(tokio::spawn(async move { database.follow().await }).abort_handle());
        }
        started
    }

    /// Returns the database.
    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Tells whether the schema is known.
    pub(crate) fn is_ready(&self) -> Result<()> {
        self.database.server().map(drop)
    }

    /// Returns the schema of the moment; an empty one as long as it is not known.
    pub(crate) fn schema(&self) -> Arc<Schema> {
        Arc::clone(&self.database.world().schema)
    }

    /// Runs a plan.
    pub(crate) async fn run(&self, plan: Plan) -> Result<Outcome> {
        let database = &self.database;
        match plan.action() {
            Action::Read(read) => {
                Counters::add(&database.counters.reads, 1);
                if plan.before().is_none()
                    && !plan.invokes()
                    && let Some(outcome) = database.read(&plan, read).await?
                {
                    return Ok(outcome);
                }
                database.work(plan, true).await
            }
            Action::Call(call) => {
                Counters::add(&database.counters.writes, 1);
                let read_only = call.read_only;
                database.work(plan, read_only).await
            }
            Action::Write(_) => {
                Counters::add(&database.counters.writes, 1);
                database.work(plan, false).await
            }
        }
    }

    /// Applies the pending ones of `files`.
    pub(crate) async fn migrate(&self, files: Vec<File>, dry_run: bool) -> Result<MigrationReport> {
        expect_ours(self.database.settings.existing.as_deref())?;
        self.start().await?;
        migrate::migrate(&self.database, files, dry_run).await
    }

    /// Tells where each migration stands.
    pub(crate) async fn status(&self, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
        if self.database.settings.existing.is_some() {
            // Nothing was applied, and nothing ever will be.
            return Ok(Vec::new());
        }
        self.start().await?;
        migrate::status(&self.database, &files).await
    }

    /// Inserts the rows of a seed file.
    pub(crate) async fn seed(&self, file: File) -> Result<()> {
        expect_ours(self.database.settings.existing.as_deref())?;
        self.start().await?;
        migrate::seed(&self.database, file).await
    }

    /// Removes everything that the project has in the database; with `everybodys`, what others have there too.
    pub(crate) async fn reset(&self, everybodys: bool) -> Result<()> {
        expect_ours(self.database.settings.existing.as_deref())?;
        self.start().await?;
        operate::reset(&self.database, everybodys).await
    }

    /// Returns an empty file in the project's data folder.
    pub(crate) fn spool(&self) -> Result<SpoolWriter> {
        SpoolWriter::new(&self.database.settings.folder)
    }

    /// Runs SQL of the server's own.
    pub(crate) async fn shell(&self, sql: &str) -> Result<Vec<ShellResult>> {
        self.start().await?;
        operate::shell(&self.database, sql).await
    }

    /// Returns what the engine tells of itself.
    pub(crate) fn metrics(&self) -> Metrics {
        self.database.counters.snapshot()
    }

    /// Ends the threads and the connections.
    pub(crate) fn close(&self) {
        let mut follower = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(follower) = follower.take() {
            follower.abort();
        }
        self.database.closed.store(true, Ordering::Release);
        self.database.workers.close();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

impl Database {
    async fn start(&self) -> Result<()> {
        let _one = self.starting.lock().await;
        if self.server.get().is_some() {
            return Ok(());
        }
        let flavour = tokio::time::timeout(CONNECT_TIMEOUT, self.flavour())
            .await
            .map_err(|_| error::unreachable(&"the server does not answer"))??;
        let most = self.settings.connections_max;
        let opts = [most, COUNTERS_MAX].map(|most| self.address.pooled(flavour, most));
        let server = Server::new(opts, flavour);
        match &self.settings.existing {
            Some(folder) => found::load(self, &server, folder).await?,
            None => migrate::open(self, &server).await?,
        }
        // Nobody else sets it.
        self.server.set(server).ok();
        Ok(())
    }

    /// Asks the server which of the two it is.
    async fn flavour(&self) -> Result<Flavour> {
        let mut conn = mysql_async::Conn::new(self.address.first())
            .await
            .map_err(error::convert)?;
        let version: Option<String> = conn
            .query_first("SELECT VERSION()")
            .await
            .map_err(error::convert)?;
        let flavour = Flavour::of_version(&version.unwrap_or_default());
        conn.query_drop(setup(flavour))
            .await
            .map_err(error::convert)?;
        conn.disconnect().await.ok();
        Ok(flavour)
    }

    /// Returns the server.
    ///
    /// # Errors
    /// PGRST000 as long as it has not answered.
    pub(super) fn server(&self) -> Result<&Server> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::new(
                Code::SHUTTING_DOWN,
                "terminating connection due to administrator command",
            ));
        }
        self.server
            .get()
            .ok_or_else(|| error::unreachable(&"the server has not answered yet"))
    }

    /// Returns the schema of the moment.
    pub(super) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `catalog`, whose last migration is at `position`, in the place of the one before.
    pub(super) fn set_catalog(&self, catalog: Catalog, position: i64, flavour: Flavour) {
        self.set_world(|generation| World::new(catalog, generation, flavour));
        self.migrated.store(position, Ordering::Release);
    }

    /// Puts a schema, made for its generation, in the place of the one before.
    pub(super) fn set_world(&self, make: impl FnOnce(u64) -> World) {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let next = make(world.schema.generation + 1);
        *world = Arc::new(next);
    }

    /// Takes a connection for no longer than `timeout`.
    pub(super) async fn session(&self, server: &Server, timeout: Duration) -> Result<Session> {
        Session::take(&server.pool(), self.settings.queue_timeout, timeout).await
    }

    /// Begins a transaction. A connection that turns out to be lost is not the transaction's fault: nothing was done with it.
    async fn begun(&self, server: &Server, timeout: Duration, read_only: bool) -> Result<Session> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut session = self.session(server, timeout).await?;
            match begin(&mut session, read_only).await {
                Ok(()) => return Ok(session),
                Err(error) if tries < TRIES_MAX && is_lost(&session, &error) => server.renew(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Looks for migrations of other nodes, for ever, once the server has answered.
    async fn follow(&self) {
        loop {
            let pause = match (self.server.get(), &self.settings.existing) {
                (Some(_), Some(_)) => found::LOOK_AGAIN,
                _ => FOLLOW_EVERY,
            };
            tokio::time::sleep(pause).await;
            let Some(server) = self.server.get() else {
                if let Err(error) = self.start().await {
                    tracing::warn!(error = %error, cause = error.get_cause(), "the database cannot be reached");
                }
                continue;
            };
            let followed = match &self.settings.existing {
                Some(folder) => found::load(self, server, folder).await,
                None => {
                    let migrated = self.migrated.load(Ordering::Acquire);
                    migrate::follow(self, server, migrated).await
                }
            };
            if let Err(error) = followed {
                tracing::warn!(error = %error, cause = error.get_cause(), "the schema cannot be followed");
            }
        }
    }

    /// Has the database execute a read; nothing when it cannot say it.
    async fn read(&self, plan: &Plan, read: &Arc<Read>) -> Result<Option<Outcome>> {
        let server = self.server()?;
        let world = self.world();
        is_current(plan, world.schema.generation)?;
        let Some(written) = self.texts.of(read, &world.dialect)? else {
            return Ok(None);
        };
        let now = now();
        let computed: Vec<_> = read::computed(&written).cloned().collect();
        let computed = if computed.is_empty() {
            Vec::new()
        } else {
            let plan = plan.clone();
            let schema = Arc::clone(&world.schema);
            self.workers
                .run(schema, move |mirror| mirror.values(computed, &plan, now))
                .await?
        };
        let operands = match read::operands(&written, computed, plan, now) {
            Ok(operands) => operands,
            Err(error) if *error.code() == Code::INTERNAL => return Err(error),
            Err(_) => return Ok(None),
        };
        let answer = Answer {
            bytes_max: self.settings.answer_bytes_max,
            folder: &self.settings.folder,
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let mut session = self.session(server, plan.timeout()).await?;
            let rows = read::read(
                &mut session,
                (read, &written),
                operands.clone(),
                plan,
                &world.dialect,
                &answer,
            )
            .await;
            match rows {
                Err(error) if tries < TRIES_MAX && is_lost(&session, &error) => server.renew(),
                rows => {
                    return Ok(Some(Outcome {
                        rows: Some(rows?),
                        ..Outcome::default()
                    }));
                }
            }
        }
    }

    /// Has SQLite's machine carry out a plan over the rows of the database, in one transaction of it. A transaction that lost to
    /// another is begun again: nobody has been told of it.
    async fn work(&self, plan: Plan, read_only: bool) -> Result<Outcome> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.attempt(plan.clone(), read_only).await {
                Err(error) if tries < self.tries_max() && may_repeat(&plan, &error) => {}
                outcome => return outcome,
            }
        }
    }

    /// Numbers of a database that others count up as well are taken as often as it needs.
    fn tries_max(&self) -> usize {
        match self.settings.existing {
            Some(_) => 10,
            None => TRIES_MAX,
        }
    }

    async fn attempt(&self, plan: Plan, read_only: bool) -> Result<Outcome> {
        let server = self.server()?;
        let world = self.world();
        is_current(&plan, world.schema.generation)?;
        let session = self.begun(server, plan.timeout(), read_only).await?;
        let link = Arc::new(Link::new(
            session,
            server.counters(),
            Handle::current(),
            Arc::clone(&world.dialect),
            self.settings.queue_timeout,
            world.counts,
        ));
        self.workers
            .run(Arc::clone(&world.schema), move |mirror| {
                let transaction = Transaction {
                    source: Arc::clone(&link) as Arc<dyn crate::source::Source>,
                    read_only,
                    now: now(),
                };
                let outcome = mirror.run(&plan, &transaction);
                let keep = outcome.is_ok() && !read_only && !plan.rollback();
                let ended = link.end(keep);
                let outcome = outcome?;
                ended?;
                Ok(outcome)
            })
            .await
    }
}

/// Tells whether a statement failed because its connection was lost.
fn is_lost(session: &Session, error: &Error) -> bool {
    session.is_lost() && *error.code() == Code::DATABASE_UNREACHABLE
}

/// Begins a transaction: one that reads sees one state of the database.
pub(super) async fn begin(session: &mut Session, read_only: bool) -> Result<()> {
    if read_only {
        session
            .run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            .await?;
        session
            .run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            .await?;
    } else {
        session.run("START TRANSACTION").await?;
    }
    Ok(())
}

/// Tells whether a transaction may be tried again after `error`: it lost to another, or another inserted the row that an upsert looked
/// for. Nothing of it stays.
fn may_repeat(plan: &Plan, error: &Error) -> bool {
    let upserts = matches!(plan.action(), Action::Write(write)
        if matches!(&write.change, Change::Insert(insert) if insert.conflict.is_some()));
    *error.code() == Code::SERIALIZATION || (upserts && *error.code() == Code::UNIQUE)
}

/// Returns the time in microseconds since 1970.
pub(super) fn now() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| {
            i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
        })
}
