//! Names that PostgreSQL tells apart and SQLite does not, or keeps to itself: refused, with what to call the thing instead.

use underpin_base::{QualifiedName, Result};
use underpin_sql::writer::sqlite::table_name;

use super::{Fold, refused};
use crate::catalog::Table;

/// Beginnings of table names that SQLite or the store keep to themselves.
const RESERVED: [&str; 2] = ["sqlite_", "underpin_"];

/// Columns under whose names SQLite has a row's number.
const ROW_NUMBER: [&str; 2] = ["rowid", "_rowid_"];

impl Fold {
    /// Refuses a table's name that SQLite keeps to itself or cannot tell from another's.
    pub(super) fn refuse_table_name(&self, name: &QualifiedName) -> Result<()> {
        let in_file = table_name(name);
        let lower = in_file.to_ascii_lowercase();
        if let Some(reserved) = RESERVED.iter().find(|it| lower.starts_with(**it)) {
            return Err(refused(
                format!("the name \"{}\" is reserved", name.name),
                format!("Give the table a name that does not begin with \"{reserved}\"."),
            ));
        }
        let twin = self
            .catalog
            .tables
            .keys()
            .find(|other| *other != name && table_name(other).eq_ignore_ascii_case(&in_file));
        if let Some(twin) = twin {
            return Err(refused(
                format!("SQLite cannot tell the tables \"{name}\" and \"{twin}\" apart"),
                "Give the table a name that differs by more than capital letters.",
            ));
        }
        Ok(())
    }
}

/// Refuses columns of a table that SQLite keeps to itself or cannot tell apart.
pub(super) fn refuse_column_names(table: &Table) -> Result<()> {
    for (index, column) in table.columns.iter().enumerate() {
        if ROW_NUMBER.contains(&column.name.to_ascii_lowercase().as_str()) {
            return Err(refused(
                format!("the column name \"{}\" is reserved", column.name),
                "Give the column another name.",
            ));
        }
        let twin = table
            .columns
            .iter()
            .take(index)
            .find(|other| other.name.eq_ignore_ascii_case(&column.name));
        if let Some(twin) = twin {
            return Err(refused(
                format!(
                    "SQLite cannot tell the columns \"{}\" and \"{}\" of \"{}\" apart",
                    twin.name, column.name, table.name.name
                ),
                "Give the column a name that differs by more than capital letters.",
            ));
        }
    }
    Ok(())
}
