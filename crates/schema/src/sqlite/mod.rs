//! What SQLite has to run for each step of a migration.
//!
//! The statements of one migration run in one transaction. The runner
//! - registers the functions and collations before it (those of enums by [`crate::migration::Folded::enums`]),
//! - sets `PRAGMA foreign_keys = OFF` before the transaction when [`crate::migration::Folded::suspends_foreign_keys`] says so, since dropping a table would
//!   else run the actions of the keys that refer to it; otherwise keys stay on,
//! - runs `PRAGMA foreign_key_check` before the commit, and rolls back when it returns a row,
//! - sets `PRAGMA foreign_keys = ON` again.
//!
//! The statements hold no other pragma than `legacy_alter_table`, which a table rebuild sets and takes back.
//!
//! Unique constraints are unique indexes of the constraint's name, so that they come and go without a rebuild; so do exclusion
//! constraints, which are triggers. Views, routines,
//! policies, grants, comments and defaults live in the catalog alone.

mod exclusion;
mod index;
mod rebuild;
mod table;
mod word_index;

use underpin_base::Result;
use underpin_sql::tree::{Expr, Output, Select, Simple};
use underpin_sql::writer::{Rendered, quote_identifier, sqlite};

use crate::catalog::{Catalog, Table};
use crate::migration::Operation;

pub use table::{create_table, identity_column};
pub use word_index::word_indexes;

/// Returns the statements that carry out `operation`; `catalog` is the one after the migration.
///
/// # Errors
/// Those of the writer, for an expression or a statement that SQLite cannot have.
pub fn statements(operation: &Operation, catalog: &Catalog) -> Result<Vec<Rendered>> {
    let _ = catalog;
    match operation {
        Operation::CreateTable(table) => Ok(plain(create_table(table)?)),
        Operation::DropTable(table) => {
            let mut statements = index::remove_beside(table);
            statements.push(format!("DROP TABLE {}", name_of(table)));
            Ok(plain(statements))
        }
        Operation::RebuildTable {
            before,
            after,
            columns,
        } => rebuild::statements(before, after, columns),
        Operation::AddColumn { table, column } => Ok(plain([table::add_column(table, column)?])),
        Operation::RenameTable { before, after } => Ok(plain([format!(
            "ALTER TABLE {} RENAME TO {}",
            quoted(&sqlite::table_name(before)),
            name_of(after)
        )])),
        Operation::RenameColumn {
            table,
            before,
            after,
        } => Ok(plain([format!(
            "ALTER TABLE {} RENAME COLUMN {} TO {}",
            name_of(table),
            quoted(before),
            quoted(after)
        )])),
        Operation::CreateIndex { table, index } => {
            let mut statements = index::create(table, index)?;
            statements.extend(exclusion::check(table, index)?);
            Ok(plain(statements))
        }
        Operation::DropIndex { table, index } => Ok(plain(index::remove(table, index))),
        Operation::RestartIdentity { table, next } => Ok(plain(table::restart(table, *next))),
        Operation::Write(statement) | Operation::Fire { statement, .. } => {
            Ok(vec![sqlite::statement(statement)?])
        }
        Operation::Define(_) | Operation::CatalogOnly | Operation::Nothing => Ok(Vec::new()),
    }
}

fn plain(statements: impl IntoIterator<Item = String>) -> Vec<Rendered> {
    statements
        .into_iter()
        .map(|sql| Rendered {
            sql: sql.into(),
            types: Vec::new(),
            binds: Vec::new(),
        })
        .collect()
}

/// Returns `identifier` in quotes.
fn quoted(identifier: &str) -> String {
    let mut sql = String::with_capacity(identifier.len() + 2);
    quote_identifier(&mut sql, identifier);
    sql
}

/// Returns the table's name in the file, in quotes.
fn name_of(table: &Table) -> String {
    quoted(&sqlite::table_name(&table.name))
}

/// Returns `columns` in quotes, separated by commas.
fn list<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    let columns: Vec<String> = columns.into_iter().map(quoted).collect();
    columns.join(", ")
}

/// Returns a query of `outputs` over one relation.
fn select_from(from: underpin_sql::tree::From, outputs: Vec<(&str, Expr)>) -> Select {
    Select::simple(Simple {
        outputs: outputs
            .into_iter()
            .map(|(name, expr)| Output {
                name: name.into(),
                expr,
            })
            .collect(),
        from: vec![from],
        ..Simple::default()
    })
}
