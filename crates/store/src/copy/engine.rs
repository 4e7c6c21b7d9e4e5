//! [`Reader`] and [`Loader`]: what a copy asks of an engine.

use std::sync::Arc;

use underpin_base::{Error, QualifiedName, Result, Value};

use super::{Batch, Counter, Load, Progress, Remembered, Scan, Step};
use crate::engine::Engine;
use crate::{mysql, postgres, sqlite};

/// One state of a database, that is read from its first row to its last.
#[derive(Debug)]
pub(crate) enum Reader {
    /// Of a file.
    Sqlite(Box<sqlite::CopyReader>),
    /// Of a PostgreSQL server.
    Postgres(Box<postgres::CopyReader>),
    /// Of a MySQL or MariaDB server.
    Mysql(Box<mysql::CopyReader>),
}

impl Reader {
    /// Begins to read `engine`'s database as it is now.
    pub(crate) async fn open(engine: &Engine) -> Result<Self> {
        Ok(match engine {
            Engine::Sqlite(engine) => {
                Self::Sqlite(Box::new(sqlite::CopyReader::open(engine).await?))
            }
            Engine::Postgres(engine) => {
                Self::Postgres(Box::new(postgres::CopyReader::open(engine).await?))
            }
            Engine::Mysql(engine) => Self::Mysql(Box::new(mysql::CopyReader::open(engine).await?)),
        })
    }

    /// Returns the tables whose rows are the project's, not those of an extension or of the engine.
    pub(crate) fn tables(&self) -> Vec<QualifiedName> {
        match self {
            Self::Sqlite(reader) => reader.tables(),
            Self::Postgres(reader) => reader.tables(),
            Self::Mysql(reader) => reader.tables(),
        }
    }

    /// Counts the rows of a table.
    pub(crate) async fn count(&mut self, table: &QualifiedName) -> Result<u64> {
        match self {
            Self::Sqlite(reader) => reader.count(table).await,
            Self::Postgres(reader) => reader.count(table).await,
            Self::Mysql(reader) => reader.count(table).await,
        }
    }

    /// Tells whether a table has rows.
    pub(crate) async fn has_rows(&mut self, table: &QualifiedName) -> Result<bool> {
        match self {
            Self::Sqlite(reader) => reader.has_rows(table).await,
            Self::Postgres(reader) => reader.has_rows(table).await,
            Self::Mysql(reader) => reader.has_rows(table).await,
        }
    }

    /// Begins to read a table, after the row whose key is `after`.
    pub(crate) async fn begin(
        &mut self,
        scan: &Arc<Scan>,
        after: Option<Vec<Value>>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(reader) => {
                reader.begin(scan, after);
                Ok(())
            }
            Self::Postgres(reader) => reader.begin(scan, after).await,
            Self::Mysql(reader) => {
                reader.begin(scan, after);
                Ok(())
            }
        }
    }

    /// Returns the next rows; none when there are no more.
    pub(crate) async fn next(&mut self) -> Result<Batch> {
        match self {
            Self::Sqlite(reader) => reader.next().await,
            Self::Postgres(reader) => reader.next().await,
            Self::Mysql(reader) => reader.next().await,
        }
    }

    /// Returns where the counters stand.
    pub(crate) async fn counters(&mut self) -> Result<Vec<Counter>> {
        match self {
            Self::Sqlite(reader) => reader.counters().await,
            Self::Postgres(reader) => reader.counters().await,
            Self::Mysql(reader) => reader.counters().await,
        }
    }

    /// Ends, and tells whether somebody wrote to the database meanwhile, as far as the engine tells.
    pub(crate) async fn close(self) -> Result<bool> {
        match self {
            Self::Sqlite(reader) => reader.close().await,
            Self::Postgres(reader) => reader.close().await,
            Self::Mysql(reader) => reader.close().await,
        }
    }
}

/// A database that rows are written to. Neither triggers nor policies nor defaults act on them.
#[derive(Debug)]
pub(crate) enum Loader<'e> {
    /// In a file.
    Sqlite(sqlite::CopyLoader<'e>),
    /// At a PostgreSQL server.
    Postgres(Box<postgres::CopyLoader<'e>>),
    /// At a MySQL or MariaDB server.
    Mysql(Box<mysql::CopyLoader<'e>>),
}

impl<'e> Loader<'e> {
    /// Returns the loader of `engine`'s database.
    pub(crate) async fn open(engine: &'e Engine) -> Result<Self> {
        Ok(match engine {
            Engine::Sqlite(engine) => Self::Sqlite(sqlite::CopyLoader::new(engine)),
            Engine::Postgres(engine) => {
                Self::Postgres(Box::new(postgres::CopyLoader::open(engine).await?))
            }
            Engine::Mysql(engine) => Self::Mysql(Box::new(mysql::CopyLoader::open(engine).await?)),
        })
    }

    /// Returns why a row must come after those that it refers to, when it must: what is missing for the other way.
    pub(crate) fn missing_right(&self) -> Option<&str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(loader) => loader.missing_right(),
            Self::Mysql(_) => None,
        }
    }

    /// Returns what the database remembers of a copy that was broken off.
    pub(crate) async fn remembered(&mut self) -> Result<Option<Remembered>> {
        match self {
            Self::Sqlite(loader) => loader.remembered().await,
            Self::Postgres(loader) => loader.remembered().await,
            Self::Mysql(loader) => loader.remembered().await,
        }
    }

    /// Notes that rows from `source` are about to come.
    pub(crate) async fn announce(&mut self, source: &str) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.announce(source).await,
            Self::Postgres(loader) => loader.announce(source).await,
            Self::Mysql(loader) => loader.announce(source).await,
        }
    }

    /// Removes every row of the tables and forgets how far a copy has come; all or nothing.
    pub(crate) async fn clear(&mut self, loads: &[Arc<Load>]) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.clear(loads).await,
            Self::Postgres(loader) => loader.clear(loads).await,
            Self::Mysql(loader) => loader.clear(loads).await,
        }
    }

    /// Removes every row of one table, and forgets that it was begun.
    pub(crate) async fn clear_table(&mut self, load: &Arc<Load>) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.clear_table(load).await,
            Self::Postgres(loader) => loader.clear_table(load).await,
            Self::Mysql(loader) => loader.clear_table(load).await,
        }
    }

    /// Does a step with rows, and notes how far it has come; all or nothing. `before` rows were done until now.
    pub(crate) async fn write(
        &mut self,
        load: &Arc<Load>,
        step: Step,
        rows: Arc<Batch>,
        before: u64,
        progress: Progress,
    ) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.write(load, step, rows, before, progress).await,
            Self::Postgres(loader) => loader.write(load, step, &rows, before, &progress).await,
            Self::Mysql(loader) => loader.write(load, step, &rows, before, &progress).await,
        }
    }

    /// Lets the counters go on from where they stand, and past what there is.
    pub(crate) async fn set_counters(&mut self, counters: Vec<Counter>) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.set_counters(counters).await,
            Self::Postgres(loader) => loader.set_counters(&counters).await,
            Self::Mysql(loader) => loader.set_counters(&counters).await,
        }
    }

    /// Forgets the copy, which is whole.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        match self {
            Self::Sqlite(loader) => loader.finish().await,
            Self::Postgres(loader) => loader.finish().await,
            Self::Mysql(loader) => loader.finish().await,
        }
    }
}

/// Returns the error of a step that somebody else goes on with.
pub(crate) fn overtaken() -> Error {
    super::check::refused("another copy into the same database is running")
        .hint("Wait until it has ended, or end it.")
}
