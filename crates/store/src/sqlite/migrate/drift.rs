//! Whether the file's schema is what the applied migrations made.
//!
//! After each migration the file keeps a fingerprint: a hash of the definition of each table and index. A later difference is
//! somebody else's work, and is named before anything is built upon it.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest::{SHA256, digest};
use underpin_base::{Code, Error, Result};

use super::super::connection::Connection;
use super::history::History;

/// Hashes of definitions by `table "name"` or `index "name"`.
type Fingerprint = BTreeMap<String, String>;

/// Compares the schema with what the last migration left.
///
/// # Errors
/// `schema_drift`, naming the first object that differs.
pub(super) fn check(connection: &Connection, history: &History) -> Result<()> {
    let expected: Fingerprint = match &history.fingerprint {
        Some(text) => serde_json::from_str(text).map_err(Error::internal)?,
        None => Fingerprint::new(),
    };
    let found = read(connection)?;
    let objects: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    for object in objects {
        let what = match (expected.get(object), found.get(object)) {
            (Some(expected), Some(found)) if expected == found => continue,
            (Some(_), Some(_)) => "was changed",
            (Some(_), None) => "was removed",
            (None, _) => "was made",
        };
        return Err(Error::new(
            Code::DRIFT,
            format!("the {object} {what} by something other than a migration"),
        )
        .hint("Undo it; in development, `underpin reset` starts over."));
    }
    Ok(())
}

/// Returns the fingerprint of the schema as it is, as JSON.
pub(super) fn fingerprint(connection: &Connection) -> Result<String> {
    serde_json::to_string(&read(connection)?).map_err(Error::internal)
}

fn read(connection: &Connection) -> Result<Fingerprint> {
    let mut fingerprint = Fingerprint::new();
    let mut read = || -> rusqlite::Result<()> {
        // An index that SQLite makes for a constraint has no definition of its own.
        let mut statement = connection.raw().prepare(
            "SELECT type, name, sql FROM sqlite_schema \
             WHERE sql IS NOT NULL AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'underpin_*'",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, name, sql): (String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            fingerprint.insert(format!("{kind} \"{name}\""), hash(&sql));
        }
        Ok(())
    };
    read().map_err(|cause| connection.convert(cause))?;
    Ok(fingerprint)
}

fn hash(definition: &str) -> String {
    digest(&SHA256, definition.as_bytes())
        .as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
