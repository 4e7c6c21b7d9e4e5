//! The shell: SQLite's own SQL, on a connection with the registered functions, for whoever operates the database.

use rusqlite::fallible_iterator::FallibleIterator;
use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::connection::Connection;
use super::error::{Violated, violated};
use super::{execute, functions};
use crate::migration::ShellResult;

/// The most rows that a statement shows.
const ROWS_MAX: usize = 10_000;

/// Says what SQLite says: whoever uses the shell speaks SQLite's language and may know everything.
pub(super) fn explain(cause: &rusqlite::Error) -> Error {
    if let Some(error) = functions::decode_error(cause) {
        return error;
    }
    let code = match violated(cause) {
        Some(Violated::Unique(_)) => Code::UNIQUE,
        Some(Violated::NotNull(_) | Violated::NoIdentity) => Code::NOT_NULL,
        Some(Violated::Exclusion(_)) => Code::EXCLUSION,
        Some(Violated::Check(_)) => Code::CHECK,
        Some(Violated::ForeignKey) => Code::FOREIGN_KEY,
        None => Code::USAGE,
    };
    Error::new(code, cause.to_string())
}

/// Runs the statements of `sql` one after the other and returns what each returned.
pub(super) fn run(connection: &Connection, sql: &str) -> Result<Vec<ShellResult>> {
    let mut results = Vec::new();
    let mut batch = rusqlite::Batch::new(connection.raw(), sql);
    while let Some(mut statement) = batch.next().map_err(|cause| explain(&cause))? {
        let mut result = ShellResult {
            columns: statement.column_names().map(str::to_owned).collect(),
            ..ShellResult::default()
        };
        let before = connection.raw().total_changes();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|cause| explain(&cause))? {
            if result.rows.len() == ROWS_MAX {
                result.cut = true;
                break;
            }
            let values: Result<Vec<Value>> = (0..result.columns.len())
                .map(|index| execute::column(row, index).map(ValueRef::to_value))
                .collect();
            result.rows.push(values?);
        }
        drop(rows);
        // What triggers and cascades change besides is not what was asked for.
        if connection.raw().total_changes() != before {
            result.changed = connection.raw().changes();
        }
        results.push(result);
    }
    Ok(results)
}
