//! The table `underpin_changes`: what requests changed, written in the transaction that changed it.
//!
//! A request leaves one row, or none when none of its tables is logged. Positions grow in the order of commits, because one thread
//! writes. Old rows are removed once there are more commits than are kept.

use underpin_base::{Code, Error, Name, Result, Value, ValueRef};
use underpin_schema::catalog::Table;
use underpin_sql::types;

use super::change::Change;
use super::connection::Connection;
use crate::schema::Schema;

/// The statement that makes the table.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS underpin_changes (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    changed_at INTEGER NOT NULL,
    changes TEXT NOT NULL
) STRICT";

/// Commits between two removals of old rows.
const REMOVED_EVERY: i64 = 1_024;

/// Appends the request's logged changes.
///
/// # Errors
/// `54001` when there are more than one request may make.
pub(super) fn append(
    connection: &Connection,
    schema: &Schema,
    now: i64,
    commits_kept: u64,
) -> Result<()> {
    if !connection.recorder().logs() {
        return Ok(());
    }
    let Some(text) = describe(connection, schema)? else {
        return Ok(());
    };
    connection.recorder().pause(true);
    let written = write(connection, &text, now, commits_kept);
    connection.recorder().pause(false);
    written
}

fn write(connection: &Connection, text: &str, now: i64, commits_kept: u64) -> Result<()> {
    let mut insert =
        connection.prepare("INSERT INTO underpin_changes (changed_at, changes) VALUES (?1, ?2)")?;
    insert
        .execute((now, text))
        .map_err(|cause| connection.convert(cause))?;
    let position = connection.raw().last_insert_rowid();
    if position % REMOVED_EVERY == 0 {
        let kept = i64::try_from(commits_kept).unwrap_or(i64::MAX);
        connection
            .prepare("DELETE FROM underpin_changes WHERE position <= ?1")?
            .execute([position.saturating_sub(kept)])
            .map_err(|cause| connection.convert(cause))?;
    }
    Ok(())
}

/// Writes the logged changes as a JSON array; nothing when there are none.
fn describe(connection: &Connection, schema: &Schema) -> Result<Option<String>> {
    let changes: Vec<Change> = {
        let recorder = connection.recorder();
        let Some(changes) = recorder.logged() else {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                "the request changes more than the change log takes from one request",
            ));
        };
        changes.cloned().collect()
    };
    let mut text = Vec::from(*b"[");
    let mut known: Option<(Name, Vec<Name>)> = None;
    for change in &changes {
        let Some(table) = schema.table_in_file(&change.table) else {
            continue;
        };
        if known.as_ref().is_none_or(|(name, _)| *name != change.table) {
            known = Some((change.table.clone(), connection.columns_of(&change.table)?));
        }
        let columns = known.as_ref().map(|(_, columns)| columns.as_slice());
        if text.len() > 1 {
            text.push(b',');
        }
        write_change(change, table, columns.unwrap_or_default(), &mut text);
    }
    if text.len() == 1 {
        return Ok(None);
    }
    text.push(b']');
    String::from_utf8(text).map(Some).map_err(Error::internal)
}

fn write_change(change: &Change, table: &Table, columns: &[Name], text: &mut Vec<u8>) {
    text.extend_from_slice(b"{\"type\":\"");
    text.extend_from_slice(change.operation.as_str().as_bytes());
    text.extend_from_slice(b"\",\"schema\":");
    types::write_json_string(&table.name.schema, text);
    text.extend_from_slice(b",\"table\":");
    types::write_json_string(&table.name.name, text);
    text.extend_from_slice(
        format!(",\"row\":[{},{}]", change.rowids.0, change.rowids.1).as_bytes(),
    );
    for (key, values) in [("record", &change.new), ("old_record", &change.old)] {
        if !values.is_empty() {
            text.push(b',');
            types::write_json_string(key, text);
            text.push(b':');
            write_row(table, columns, values, text);
        }
    }
    text.push(b'}');
}

fn write_row(table: &Table, columns: &[Name], values: &[Value], text: &mut Vec<u8>) {
    text.push(b'{');
    for (index, (name, value)) in columns.iter().zip(values).enumerate() {
        let Some(column) = table.column(name) else {
            continue;
        };
        if index > 0 {
            text.push(b',');
        }
        types::write_json_string(name, text);
        text.push(b':');
        types::write_json(&column.ty.ty, ValueRef::from(value), text);
    }
    text.push(b'}');
}
