//! [`Connection`]: a connection to the database file, set up the same way wherever it is opened.
//!
//! Every connection has the registered functions and collations, a deadline for its statements, and SQLite's limits lowered to
//! what the product needs. Readers cannot write.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{CachedStatement, OpenFlags};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_schema::catalog::Catalog;
use underpin_schema::sqlite::word_indexes;
use underpin_sql::types::EnumType;
use underpin_sql::writer::sqlite::WordIndexes;

use super::change::Recorder;
use super::deadline::Deadline;
use super::mirror::Faults;
use super::{error, ffi, functions};
use crate::settings::SqliteSettings;

/// How long a connection waits for another process that holds a lock on the file.
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Requests that read.
    Read,
    /// The writer, migrations, and whatever else changes the file.
    Write,
}

/// A connection to the database file.
#[derive(Debug)]
pub(super) struct Connection {
    raw: rusqlite::Connection,
    /// Where the file is, and what is too large for memory goes.
    folder: PathBuf,
    deadline: Deadline,
    context: functions::SharedContext,
    word_indexes: RefCell<Arc<WordIndexes>>,
    /// Whose rows are worked on, when they are not those of a file.
    pub(super) faults: RefCell<Option<Faults>>,
    /// Dropped after `raw`, whose hook points to it.
    recorder: Arc<Mutex<Recorder>>,
}

impl Connection {
    /// Opens the file; `catalog` tells which collations its tables need.
    pub(super) fn open(
        settings: &SqliteSettings,
        access: Access,
        catalog: &Catalog,
    ) -> Result<Self> {
        ffi::without_memory_account();
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match &settings.vfs {
            None => rusqlite::Connection::open_with_flags(&settings.path, flags),
            Some(vfs) => {
                rusqlite::Connection::open_with_flags_and_vfs(&settings.path, flags, vfs.as_str())
            }
        };
        let cannot_open = |cause: rusqlite::Error| {
            Error::new(
                Code::IO,
                format!(
                    "the database file {} cannot be opened",
                    settings.path.display()
                ),
            )
            .cause(cause)
        };
        let mut raw = opened.map_err(cannot_open)?;
        configure(&raw, settings, access).map_err(cannot_open)?;
        let deadline = Deadline::watch(&mut raw).map_err(Error::internal)?;
        let context = functions::register(&raw, &deadline).map_err(Error::internal)?;
        let connection = Self {
            raw,
            folder: settings.folder(),
            deadline,
            context,
            word_indexes: RefCell::default(),
            faults: RefCell::new(None),
            recorder: Arc::default(),
        };
        connection.use_catalog(catalog)?;
        if access == Access::Write {
            ffi::record_changes(&connection.raw, &connection.recorder);
        }
        Ok(connection)
    }

    /// Opens a database in memory; what is too large for it goes to `folder`. Foreign keys are nobody's here.
    pub(super) fn in_memory(
        settings: &SqliteSettings,
        folder: &Path,
        catalog: &Catalog,
    ) -> Result<Self> {
        let settings = SqliteSettings {
            path: PathBuf::from(":memory:"),
            vfs: None,
            mmap_bytes: 0,
            ..settings.clone()
        };
        let connection = Self {
            folder: folder.to_owned(),
            ..Self::open(&settings, Access::Write, catalog)?
        };
        connection
            .raw
            .execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = OFF")
            .map_err(|cause| connection.convert(cause))?;
        Ok(connection)
    }

    /// Registers what `catalog` needs: the collations of its enumerations, and the indexes of words.
    pub(super) fn use_catalog(&self, catalog: &Catalog) -> Result<()> {
        let indexes = word_indexes(catalog);
        // Their rows follow from those of the tables, so that nobody asks what changed in them.
        self.recorder()
            .ignore(indexes.names().map(Arc::from).collect());
        self.word_indexes.replace(Arc::new(indexes));
        self.use_enums(&catalog.enums)
    }

    /// Returns the indexes by which rows are found by their words.
    pub(super) fn word_indexes(&self) -> Arc<WordIndexes> {
        Arc::clone(&self.word_indexes.borrow())
    }

    /// Makes the order of `enums` known.
    pub(super) fn use_enums(&self, enums: &BTreeMap<QualifiedName, Arc<EnumType>>) -> Result<()> {
        functions::register_enums(&self.raw, enums).map_err(Error::internal)
    }

    /// Returns the folder of the file.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the connection of the driver.
    pub(super) fn raw(&self) -> &rusqlite::Connection {
        &self.raw
    }

    /// Returns the connection of the driver, for what needs it alone.
    pub(super) fn raw_mut(&mut self) -> &mut rusqlite::Connection {
        &mut self.raw
    }

    /// Returns what checks of the schema take from the request.
    pub(super) fn context(&self) -> &functions::SharedContext {
        &self.context
    }

    /// Refuses at once, instead of waiting, when another process holds a lock on the file.
    pub(super) fn never_wait(&self) -> Result<()> {
        self.raw
            .busy_timeout(Duration::ZERO)
            .map_err(|cause| self.convert(cause))
    }

    /// Returns the deadline of its statements.
    pub(super) fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// Returns the record of what it changed.
    pub(super) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `sql`, prepared; from the cache when it was prepared before.
    pub(super) fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        self.raw
            .prepare_cached(sql)
            .map_err(|cause| self.convert(cause))
    }

    /// Executes `sql`, which takes no parameters and whose rows nobody wants.
    pub(super) fn execute(&self, sql: &str) -> Result<()> {
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(|cause| self.convert(cause))?.is_some() {}
        Ok(())
    }

    /// Turns an error of the driver into ours.
    pub(super) fn convert(&self, cause: rusqlite::Error) -> Error {
        error::convert(cause, self.deadline.passed())
    }

    /// Returns the names of the columns of a table, by its name in the file, in their order there.
    pub(super) fn columns_of(&self, table: &str) -> Result<Vec<Name>> {
        let mut statement = self.prepare("SELECT name FROM pragma_table_xinfo(?1) ORDER BY cid")?;
        let names = statement.query_map([table], |row| row.get(0));
        names
            .and_then(Iterator::collect)
            .map_err(|cause| self.convert(cause))
    }
}

fn configure(
    raw: &rusqlite::Connection,
    settings: &SqliteSettings,
    access: Access,
) -> rusqlite::Result<()> {
    raw.busy_timeout(LOCK_TIMEOUT)?;
    raw.set_prepared_statement_cache_capacity(settings.statements_cached);
    if access == Access::Write {
        raw.pragma_update(None, "journal_mode", "WAL")?;
    }
    raw.execute_batch(&format!(
        "PRAGMA synchronous = {};
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cache_size = -{};
         PRAGMA mmap_size = {};
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA query_only = {};",
        settings.synchronous.as_sql(),
        settings.cache_bytes / 1024,
        settings.mmap_bytes,
        if access == Access::Read { "ON" } else { "OFF" },
    ))?;
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Without it a statement is prepared anew whenever other values are bound to it.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let value_bytes_max = i32::try_from(settings.value_bytes_max).unwrap_or(i32::MAX);
    raw.set_limit(Limit::SQLITE_LIMIT_LENGTH, value_bytes_max)?;
    raw.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, 16 << 20)?;
    raw.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    if access == Access::Read {
        raw.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    }
    Ok(())
}
