//! What MariaDB and MySQL have to run for each step of a migration.
//!
//! Every statement that changes the schema commits by itself there, so the runner records which of a file's [`Task`]s are done; a
//! table that must be made anew is made beside the old one and takes its place when its rows are copied.
//!
//! The types are those that people expect who look into the database ([`column`]). What the database can enforce and compute as
//! PostgreSQL does becomes part of its schema; the rest is enforced and computed by the engine, whose writes are the only road of
//! requests. Views, routines, policies and grants live in the catalog alone.

mod column;
mod found;
mod index;
mod table;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Result};
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::writer::mysql::{self, Dialect, Fact, Flavour};
use underpin_sql::writer::quote_identifier;

use crate::catalog::{Catalog, Generated, Table};
use crate::migration::{Copied, Operation};
use crate::sqlite::identity_column;

pub use column::is_exact;
pub use found::{Answers, Row, estimated_rows, found, questions};
pub use index::enforces;

/// The table in which the engine keeps what identity columns give next, by the names of their tables.
pub const COUNTERS: &str = "underpin_counters";

/// One thing that the runner does, whole or not at all.
#[derive(Clone, Debug)]
pub enum Task {
    /// Runs a statement.
    Run(String),
    /// Copies the rows of a table into another.
    Copy {
        /// The table that has the rows.
        before: Arc<Table>,
        /// The table that gets them, under the name that it has now.
        after: Arc<Table>,
        /// The value of each copied column.
        columns: Vec<Copied>,
    },
    /// Lets the counter of a table's identity go on with a number.
    Restart {
        /// The table.
        table: Arc<Table>,
        /// The next value.
        next: i64,
    },
    /// Reads or writes rows: [`Operation::Write`] or [`Operation::Fire`].
    Rows(Operation),
}

/// Returns what carries out `operation`.
///
/// # Errors
/// `0A000` for what the database cannot have.
pub fn tasks(operation: &Operation, dialect: &Dialect) -> Result<Vec<Task>> {
    match operation {
        Operation::CreateTable(table) => Ok(run(table::create(table, dialect)?)),
        Operation::DropTable(table) => Ok(run([
            format!("DROP TABLE {}", name_of(table)),
            format!(
                "DELETE FROM {COUNTERS} WHERE name = {}",
                text_of(&table.name)
            ),
        ])),
        Operation::RebuildTable {
            before,
            after,
            columns,
        } => rebuild(before, after, columns, dialect),
        Operation::AddColumn { table, column } => {
            Ok(run(table::add_column(table, column, dialect)?))
        }
        Operation::RenameTable { before, after } => Ok(run([
            format!(
                "RENAME TABLE {} TO {}",
                quoted(&mysql::table_name(before)),
                name_of(after)
            ),
            format!(
                "UPDATE {COUNTERS} SET name = {} WHERE name = {}",
                text_of(&after.name),
                text_of(before)
            ),
        ])),
        Operation::RenameColumn {
            table,
            before,
            after,
        } => Ok(run([format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            name_of(table),
            quoted(before),
            quoted(after)
        )])),
        Operation::CreateIndex { table, index } => Ok(run(index::create(table, index))),
        Operation::DropIndex { table, index } => Ok(run(index::remove(table, index))),
        Operation::RestartIdentity { table, next } => Ok(vec![Task::Restart {
            table: Arc::clone(table),
            next: *next,
        }]),
        Operation::Write(_) | Operation::Fire { .. } => Ok(vec![Task::Rows(operation.clone())]),
        Operation::Define(_) | Operation::CatalogOnly | Operation::Nothing => Ok(Vec::new()),
    }
}

/// Returns what makes a table anew: beside the old one, without foreign keys, whose names the old one still has.
fn rebuild(
    before: &Arc<Table>,
    after: &Arc<Table>,
    columns: &[Copied],
    dialect: &Dialect,
) -> Result<Vec<Task>> {
    let mut beside = Table::clone(after);
    beside.name.name = Name::from(format!("{} (after)", after.name.name));
    beside.foreign_keys.clear();
    let mut tasks = run(table::create(&beside, dialect)?);
    if !columns.is_empty() {
        tasks.push(Task::Copy {
            before: Arc::clone(before),
            after: Arc::new(beside.clone()),
            columns: columns.to_vec(),
        });
    }
    tasks.extend(run([
        format!("DROP TABLE {}", name_of(before)),
        format!("RENAME TABLE {} TO {}", name_of(&beside), name_of(after)),
    ]));
    tasks.extend(run(table::add_foreign_keys(after)));
    Ok(tasks)
}

/// Returns what the writer must know of the tables of `catalog`.
pub fn dialect(catalog: &Catalog, flavour: Flavour) -> Dialect {
    let facts = catalog
        .tables
        .values()
        .map(|table| (table.name.clone(), facts(table, flavour)))
        .collect();
    Dialect {
        flavour,
        facts,
        found: false,
    }
}

/// Returns what the writer must know of the columns of `table`.
pub fn facts(table: &Table, flavour: Flavour) -> HashMap<Name, Fact> {
    let key = table.primary_key_columns();
    table
        .columns
        .iter()
        .map(|column| {
            let fact = Fact {
                not_null: column.not_null || key.contains(&column.name),
                exact: is_exact(&column.ty, flavour),
                ..Fact::default()
            };
            (column.name.clone(), fact)
        })
        .collect()
}

/// Tells whether the database itself computes the generated column `column` of `table`.
pub fn computes(table: &Table, column: &str, dialect: &Dialect) -> bool {
    match table.column(column).map(|column| &column.generated) {
        Some(Some(Generated::Stored(expression))) => {
            held(table, &expression.expr, dialect).is_some()
        }
        _ => false,
    }
}

/// Tells whether the database itself enforces the check `condition` of `table`.
pub fn checks(table: &Table, condition: &Expr, dialect: &Dialect) -> bool {
    held(table, condition, dialect).is_some()
}

/// Returns an expression as the definition of `table` has it; nothing when the database cannot say it, or not there: no
/// expression may speak of a column that counts up.
fn held(table: &Table, expr: &Expr, dialect: &Dialect) -> Option<String> {
    let identity = identity_column(table);
    let counts = identity.is_some_and(|column| {
        expr.any_part(
            &mut |part| matches!(&part.kind, ExprKind::Column { name, .. } if *name == column.name),
        )
    });
    match counts {
        true => None,
        false => mysql::expression_inline(expr, &table.name, dialect).ok(),
    }
}

fn run(statements: impl IntoIterator<Item = String>) -> Vec<Task> {
    statements.into_iter().map(Task::Run).collect()
}

/// Returns `identifier` in quotes.
fn quoted(identifier: &str) -> String {
    let mut sql = String::with_capacity(identifier.len() + 2);
    quote_identifier(&mut sql, identifier);
    sql
}

/// Returns the name of a table as a text of the database, whose session knows no backslash escapes.
fn text_of(table: &QualifiedName) -> String {
    format!("'{}'", table_name(table).replace('\'', "''"))
}

fn name_of(table: &Table) -> String {
    quoted(&table_name(&table.name))
}

/// Returns the name of a table in the database.
fn table_name(name: &QualifiedName) -> String {
    mysql::table_name(name)
}

/// Returns `columns` in quotes, separated by commas.
fn list<'a>(columns: impl IntoIterator<Item = &'a Name>) -> String {
    let columns: Vec<String> = columns.into_iter().map(|column| quoted(column)).collect();
    columns.join(", ")
}
