//! [`History`]: the migrations that were applied, as the file remembers them.

use underpin_base::Result;

use super::super::connection::Connection;
use crate::history::{History as Applied, Record};

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

/// The migrations that were applied, in their order.
#[derive(Debug)]
pub(super) struct History {
    pub(super) applied: Applied,
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
            applied: Applied { records },
            fingerprint,
        })
    }
}
