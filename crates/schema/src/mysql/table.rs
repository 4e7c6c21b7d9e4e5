//! `create table` and what changes a table in place.

use underpin_base::{Code, Error, Result};
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::writer::mysql::{self, Dialect};

use super::{column, index, list, name_of, quoted, table_name};
use crate::catalog::{Check, ForeignKey, ReferentialAction, Table};
use crate::sqlite::identity_column;

/// The column of a table that has none.
const NO_COLUMN: &str = "(no column)";

/// Returns the statements that make `table` with its indexes and keys.
pub(super) fn create(table: &Table, dialect: &Dialect) -> Result<Vec<String>> {
    let mut parts = Vec::new();
    for column in &table.columns {
        parts.push(column::definition(table, column, dialect)?);
    }
    if let Some(key) = &table.primary_key {
        parts.push(format!("PRIMARY KEY ({})", list(&key.columns)));
    }
    let uniques = table.uniques.iter().map(|key| table.unique_index(key));
    for unique in uniques {
        parts.extend(index::definition(table, &unique));
    }
    for other in &table.indexes {
        parts.extend(index::definition(table, other));
    }
    for key in &table.foreign_keys {
        parts.push(foreign_key(table, key)?);
    }
    for check in &table.checks {
        // What the database cannot say is enforced by the engine alone.
        if let Some(condition) = condition(table, check, dialect) {
            parts.push(format!(
                "CONSTRAINT {} CHECK ({condition})",
                quoted(&constraint_name(table, &check.name))
            ));
        }
    }
    if parts.is_empty() {
        parts.push(format!("{} INT", quoted(NO_COLUMN)));
    }
    Ok(vec![format!(
        "CREATE TABLE {} (\n  {}\n) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {}",
        name_of(table),
        parts.join(",\n  "),
        dialect.flavour.collation()
    )])
}

/// Returns the condition of a check as the database itself enforces it; nothing where it cannot: it knows fewer functions, and does not
/// let a check look at what it counts up.
pub fn condition(table: &Table, check: &Check, dialect: &Dialect) -> Option<String> {
    let expr = &check.expression.expr;
    let identity = identity_column(table).map(|column| &column.name);
    let is_identity =
        |part: &Expr| matches!(&part.kind, ExprKind::Column { name, .. } if Some(name) == identity);
    if expr.any_part(&mut |part| is_identity(part)) {
        return None;
    }
    mysql::expression_inline(expr, &table.name, dialect).ok()
}

/// Returns the statements that add a column that is null in the rows that exist, with the foreign key that it alone is in.
pub(super) fn add_column(table: &Table, name: &str, dialect: &Dialect) -> Result<Vec<String>> {
    let Some(added) = table.column(name) else {
        return Ok(Vec::new());
    };
    let mut sql = format!(
        "ALTER TABLE {} ADD COLUMN {}",
        name_of(table),
        column::definition(table, added, dialect)?
    );
    for key in &table.foreign_keys {
        if matches!(key.columns.as_slice(), [column] if **column == *name) {
            sql.push_str(", ADD ");
            sql.push_str(&foreign_key(table, key)?);
        }
    }
    Ok(vec![sql])
}

/// Returns the statements that add the foreign keys of `table`, which it does not have yet. The database looks whether every row
/// that exists refers to another.
pub(super) fn add_foreign_keys(table: &Table) -> Vec<String> {
    let name = name_of(table);
    table
        .foreign_keys
        .iter()
        .filter_map(|key| foreign_key(table, key).ok())
        .map(|key| format!("ALTER TABLE {name} ADD {key}"))
        .collect()
}

/// Returns the name of a foreign key or check, which is one of the whole database.
fn constraint_name(table: &Table, name: &str) -> String {
    let mut full = match &*table.name.schema {
        "public" => name.to_owned(),
        schema => format!("{schema}.{name}"),
    };
    if full.chars().count() > 64 {
        full = full.chars().take(64).collect();
    }
    full
}

fn foreign_key(table: &Table, key: &ForeignKey) -> Result<String> {
    if key.deferrable {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            format!(
                "the foreign key \"{}\" is deferrable, which is not supported on MySQL",
                key.name
            ),
        )
        .hint("Leave out \"deferrable\": rows must refer to rows that exist already."));
    }
    let mut sql = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        quoted(&constraint_name(table, &key.name)),
        list(&key.columns),
        quoted(&table_name(&key.references)),
        list(&key.referenced_columns)
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let action = match action {
            ReferentialAction::NoAction => continue,
            ReferentialAction::Restrict => "RESTRICT",
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => {
                return Err(Error::new(
                    Code::FEATURE_NOT_SUPPORTED,
                    "set default of a foreign key is not supported on MySQL",
                ));
            }
        };
        sql.push_str(&format!(" ON {event} {action}"));
    }
    Ok(sql)
}
