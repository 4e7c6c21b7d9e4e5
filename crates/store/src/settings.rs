//! [`StoreSettings`]: where a project's data is kept, and how; [`SqliteSettings`]: in a file.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use underpin_base::QualifiedName;

pub use crate::mysql::MysqlSettings;
pub use crate::postgres::PostgresSettings;

/// Returns the time in microseconds since 1970-01-01 00:00 UTC; a parameter so that tests can inject their own.
pub type Clock = fn() -> i64;

/// Where a project's data is kept, and how.
#[derive(Clone, Debug)]
pub enum StoreSettings {
    /// In a file, by the embedded engine.
    Sqlite(SqliteSettings),
    /// By a PostgreSQL server.
    Postgres(PostgresSettings),
    /// By a MySQL or MariaDB server.
    Mysql(MysqlSettings),
}

impl From<SqliteSettings> for StoreSettings {
    fn from(settings: SqliteSettings) -> Self {
        Self::Sqlite(settings)
    }
}

impl From<PostgresSettings> for StoreSettings {
    fn from(settings: PostgresSettings) -> Self {
        Self::Postgres(settings)
    }
}

impl From<MysqlSettings> for StoreSettings {
    fn from(settings: MysqlSettings) -> Self {
        Self::Mysql(settings)
    }
}

/// How a project's database is kept in a file. Every field has a default that suits a single machine.
#[derive(Clone, Debug)]
pub struct SqliteSettings {
    /// The database file; it is created when it does not exist.
    pub path: PathBuf,
    /// When a commit counts as done.
    pub synchronous: Synchronous,
    /// How many threads read, each with a connection of its own.
    pub readers: usize,
    /// The most reads that wait for a thread; one more is refused (`overloaded`).
    pub read_queue_max: usize,
    /// The most writes that wait for the writer; one more is refused (`overloaded`).
    pub write_queue_max: usize,
    /// The most writes that are committed together.
    pub group_writes_max: usize,
    /// The longest a request waits in a queue; after that it is refused (PGRST003).
    pub queue_timeout: Duration,
    /// The size, in bytes, past which the writer empties the write-ahead log before it goes on.
    pub wal_bytes_max: u64,
    /// How much of the file is mapped into memory, in bytes; 0 maps nothing.
    pub mmap_bytes: u64,
    /// The page cache of each connection, in bytes.
    pub cache_bytes: u64,
    /// How many prepared statements each connection keeps.
    pub statements_cached: usize,
    /// The largest answer, in bytes.
    pub answer_bytes_max: usize,
    /// The largest single value, in bytes.
    pub value_bytes_max: u32,
    /// Which changes are kept in the table `underpin_changes`.
    pub changes: ChangeLog,
    /// The name of the virtual file system that SQLite uses; absent for its own. Tests inject one that loses what was not flushed.
    pub vfs: Option<String>,
    /// The clock behind `now()`.
    pub clock: Clock,
}

/// When a commit counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// The disk has it: nothing that was acknowledged is lost, even when the power fails.
    Full,
    /// The operating system has it: a power failure may lose the last commits, but never damages the file.
    Normal,
    /// Nobody waits for anything; for tests.
    Off,
}

/// Which changes are kept in the table `underpin_changes`, for whoever reads them later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeLog {
    /// The tables whose changes are kept. None by default, so that a write costs nothing more than itself.
    pub tables: Vec<QualifiedName>,
    /// How many commits are kept; older ones are removed. 0 is the default of 100,000.
    pub commits_max: u64,
}

impl ChangeLog {
    /// Returns how many commits are kept.
    pub(crate) fn commits_kept(&self) -> u64 {
        if self.commits_max == 0 {
            100_000
        } else {
            self.commits_max
        }
    }
}

impl Synchronous {
    /// Returns SQLite's word.
    pub(crate) fn as_sql(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        }
    }
}

impl SqliteSettings {
    /// Returns the folder of the database file.
    pub(crate) fn folder(&self) -> PathBuf {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// Returns the default settings for the database file `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            path: path.into(),
            synchronous: Synchronous::Full,
            readers: cores.clamp(2, 16),
            read_queue_max: 4_096,
            write_queue_max: 4_096,
            group_writes_max: 512,
            queue_timeout: Duration::from_secs(10),
            wal_bytes_max: 64 << 20,
            mmap_bytes: 256 << 20,
            cache_bytes: 8 << 20,
            statements_cached: 256,
            answer_bytes_max: 1 << 30,
            value_bytes_max: 128 << 20,
            changes: ChangeLog::default(),
            vfs: None,
            clock: system_clock,
        }
    }
}

fn system_clock() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| {
            i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
        })
}
