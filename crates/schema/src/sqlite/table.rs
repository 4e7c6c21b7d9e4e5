//! `create table` and what changes a table in place.

use underpin_base::Result;
use underpin_sql::types::{Class, Modifier, Type};
use underpin_sql::writer::sqlite;

use super::{index, list, name_of, quoted};
use crate::catalog::{Column, ForeignKey, Generated, ReferentialAction, Table};

/// Returns the statements that make `table` and its indexes.
///
/// # Errors
/// Those of the writer, for an expression that SQLite cannot have in a schema.
pub fn create_table(table: &Table) -> Result<Vec<String>> {
    let mut statements = vec![create(table)?];
    statements.extend(indexes(table)?);
    Ok(statements)
}

/// Returns the statements that make the indexes of `table`, those of unique constraints included.
pub(super) fn indexes(table: &Table) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    for unique in &table.uniques {
        statements.extend(index::create(table, &table.unique_index(unique))?);
    }
    for index in &table.indexes {
        statements.extend(index::create(table, index)?);
    }
    Ok(statements)
}

/// Returns the identity column that is SQLite's row number: the only column of the primary key, an integer that the database
/// counts up.
pub fn identity_column(table: &Table) -> Option<&Column> {
    let [name] = table.primary_key_columns() else {
        return None;
    };
    table.column(name).filter(|column| {
        column.ty.ty.is_integer()
            && matches!(
                column.generated,
                Some(Generated::IdentityAlways | Generated::IdentityByDefault)
            )
    })
}

/// Returns `create table` without its indexes.
pub(super) fn create(table: &Table) -> Result<String> {
    let identity = identity_column(table).map(|column| &column.name);
    let mut parts = Vec::new();
    for column in &table.columns {
        parts.push(if identity == Some(&column.name) {
            identity_definition(table, column)
        } else {
            definition(table, column)?
        });
    }
    if identity.is_none()
        && let Some(key) = &table.primary_key
    {
        parts.push(format!(
            "CONSTRAINT {} PRIMARY KEY ({})",
            quoted(&key.name),
            list(key.columns.iter().map(|column| &**column))
        ));
    }
    parts.extend(table.foreign_keys.iter().map(foreign_key));
    for check in &table.checks {
        parts.push(format!(
            "CONSTRAINT {} CHECK ({})",
            quoted(&check.name),
            sqlite::expression_inline(&check.expression.expr)?
        ));
    }
    if parts.is_empty() {
        // SQLite has no table without columns; PostgreSQL has, and such a table only waits for `add column`.
        parts.push(format!("{} INTEGER", quoted(NO_COLUMN)));
    }
    Ok(format!(
        "CREATE TABLE {} (\n  {}\n) STRICT",
        name_of(table),
        parts.join(",\n  ")
    ))
}

/// The column of a table that has none.
const NO_COLUMN: &str = "(no column)";

fn identity_definition(table: &Table, column: &Column) -> String {
    let constraint = table
        .primary_key
        .as_ref()
        .map(|key| format!("CONSTRAINT {} ", quoted(&key.name)))
        .unwrap_or_default();
    format!(
        "{} INTEGER NOT NULL {constraint}PRIMARY KEY AUTOINCREMENT",
        quoted(&column.name)
    )
}

/// Returns a column's definition. A sole integer key that the database does not count up is declared `INT`: as `INTEGER` it
/// would be SQLite's row number, which turns a null into a number instead of refusing it.
fn definition(table: &Table, column: &Column) -> Result<String> {
    let storage = column.ty.ty.storage();
    let is_sole_key = matches!(table.primary_key_columns(), [name] if *name == column.name);
    let class = match storage.class {
        Class::Integer if is_sole_key => "INT",
        Class::Integer => "INTEGER",
        Class::Any => "ANY",
        Class::Text => "TEXT",
        Class::Blob => "BLOB",
    };
    let mut sql = format!("{} {class}", quoted(&column.name));
    if let Some(collation) = storage.collation {
        sql.push_str(" COLLATE ");
        sql.push_str(&quoted(&collation));
    }
    if column.not_null || table.primary_key_columns().contains(&column.name) {
        sql.push_str(" NOT NULL");
    }
    if let (Type::Varchar, Some(Modifier::Length(length))) = (&column.ty.ty, column.ty.modifier) {
        // Named as PostgreSQL's message names the type: `value too long for type character varying(5)`.
        sql.push_str(&format!(
            " CONSTRAINT {} CHECK (length({}) <= {length})",
            quoted(&column.ty.to_string()),
            quoted(&column.name)
        ));
    }
    if let Some(Generated::Stored(expression)) = &column.generated {
        sql.push_str(" GENERATED ALWAYS AS (");
        sql.push_str(&sqlite::expression_inline(&expression.expr)?);
        sql.push_str(") STORED");
    }
    Ok(sql)
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut sql = format!(
        "CONSTRAINT {} FOREIGN KEY ({}) ",
        quoted(&key.name),
        list(key.columns.iter().map(|column| &**column))
    );
    sql.push_str(&references(key));
    sql
}

fn references(key: &ForeignKey) -> String {
    let mut sql = format!(
        "REFERENCES {} ({})",
        quoted(&sqlite::table_name(&key.references)),
        list(key.referenced_columns.iter().map(|column| &**column))
    );
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        let action = match action {
            ReferentialAction::NoAction => continue,
            ReferentialAction::Restrict => "RESTRICT",
            ReferentialAction::Cascade => "CASCADE",
            ReferentialAction::SetNull => "SET NULL",
            ReferentialAction::SetDefault => "SET DEFAULT",
        };
        sql.push_str(&format!(" ON {event} {action}"));
    }
    if key.deferrable {
        sql.push_str(" DEFERRABLE INITIALLY ");
        sql.push_str(if key.initially_deferred {
            "DEFERRED"
        } else {
            "IMMEDIATE"
        });
    }
    sql
}

/// Returns `alter table … add column` for a column that is null in the rows that exist, with the foreign key that it alone is in.
pub(super) fn add_column(table: &Table, name: &str) -> Result<String> {
    let mut sql = format!("ALTER TABLE {} ADD COLUMN ", name_of(table));
    if let Some(column) = table.column(name) {
        sql.push_str(&definition(table, column)?);
    }
    for key in &table.foreign_keys {
        if matches!(key.columns.as_slice(), [column] if **column == *name) {
            sql.push_str(&format!(" CONSTRAINT {} ", quoted(&key.name)));
            sql.push_str(&references(key));
        }
    }
    Ok(sql)
}

/// Returns the statements after which the identity column of `table` goes on with `next`.
pub(super) fn restart(table: &Table, next: i64) -> Vec<String> {
    if identity_column(table).is_none() {
        return Vec::new();
    }
    let name = sqlite::table_name(&table.name).replace('\'', "''");
    vec![
        format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {})",
            next.saturating_sub(1)
        ),
    ]
}
