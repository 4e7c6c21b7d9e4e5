//! [`History`]: the migrations that were applied, as the file remembers them.

use underpin_base::Result;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{self, Applied, File};
use underpin_schema::platform;

use super::super::connection::Connection;

/// The statement that makes the table.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS underpin_migrations (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    version TEXT NOT NULL,
    platform INTEGER NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    text TEXT NOT NULL,
    applied_at INTEGER NOT NULL,
    fingerprint TEXT,
    UNIQUE (platform, version)
) STRICT";

/// A migration that was applied.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) version: String,
    /// It is the platform's, not the project's.
    pub(super) platform: bool,
    pub(super) name: String,
    pub(super) checksum: String,
    pub(super) text: String,
    pub(super) applied_at: i64,
}

/// The migrations that were applied, in their order.
#[derive(Debug)]
pub(super) struct History {
    records: Vec<Record>,
    /// What the schema was after the last of them.
    pub(super) fingerprint: Option<String>,
}

impl History {
    /// Reads the table.
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        let mut fingerprint = None;
        let mut records = Vec::new();
        let mut read = || -> rusqlite::Result<()> {
            let mut statement = connection.raw().prepare(
                "SELECT version, platform, name, checksum, text, applied_at, fingerprint \
                 FROM underpin_migrations ORDER BY position",
            )?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                records.push(Record {
                    version: row.get(0)?,
                    platform: row.get(1)?,
                    name: row.get(2)?,
                    checksum: row.get(3)?,
                    text: row.get(4)?,
                    applied_at: row.get(5)?,
                });
                fingerprint = row.get(6)?;
            }
            Ok(())
        };
        read().map_err(|cause| connection.convert(cause))?;
        Ok(Self {
            records,
            fingerprint,
        })
    }

    /// Folds the migrations into the catalog that they make.
    pub(super) fn catalog(&self) -> Result<Catalog> {
        let mut catalog = Catalog::empty();
        for record in &self.records {
            let file = File {
                version: record.version.clone(),
                name: record.name.clone(),
                path: format!("{}_{}.sql", record.version, record.name),
                text: record.text.clone(),
            };
            let folded = if record.platform {
                platform::fold(&catalog, &file)?
            } else {
                migration::fold(&catalog, &file)?
            };
            catalog = folded.catalog;
        }
        Ok(catalog)
    }

    /// Tells whether the platform's migration `version` was applied.
    pub(super) fn has_platform(&self, version: &str) -> bool {
        self.records
            .iter()
            .any(|record| record.platform && record.version == version)
    }

    /// Returns the project's migrations.
    pub(super) fn project(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|record| !record.platform)
    }

    /// Returns the project's migrations as the schema compares them with files.
    pub(super) fn applied(&self) -> Vec<Applied> {
        self.project()
            .map(|record| Applied {
                version: record.version.clone(),
                name: record.name.clone(),
                checksum: record.checksum.clone(),
            })
            .collect()
    }
}
