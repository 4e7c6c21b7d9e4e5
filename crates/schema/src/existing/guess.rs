//! [`guesses`]: relationships that a database has no foreign key for and whose columns look as if they had: `user_id` and `users.id`.

use underpin_base::{Name, QualifiedName};
use underpin_sql::types::Type;

use crate::catalog::{Catalog, Column, Table};

/// A relationship that may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The table with the column.
    pub table: QualifiedName,
    /// The column.
    pub column: Name,
    /// The table that it seems to refer to.
    pub references: QualifiedName,
    /// That table's key.
    pub key: Name,
}

/// Returns the relationships that the names and types of columns suggest, in the order of their tables.
pub fn guesses(catalog: &Catalog) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let prefix = prefix(catalog);
    for table in catalog.tables.values() {
        for column in &table.columns {
            let is_known = table
                .foreign_keys
                .iter()
                .any(|key| key.columns.contains(&column.name));
            let Some(stem) = column.name.strip_suffix("_id").filter(|_| !is_known) else {
                continue;
            };
            guesses.extend(target(catalog, table, column, stem, prefix));
        }
    }
    guesses
}

/// Returns the one table whose name is that of a column without `_id`, and whose key is of the column's type.
fn target(
    catalog: &Catalog,
    table: &Table,
    column: &Column,
    stem: &str,
    prefix: &str,
) -> Option<Guess> {
    let ty = &column.ty.ty;
    let names: Vec<String> = names(stem)
        .into_iter()
        .map(|name| format!("{prefix}{name}").to_lowercase())
        .collect();
    let mut found = catalog.tables.values().filter_map(|other| {
        let fits = other.name.schema == table.name.schema
            && names.contains(&other.name.name.to_lowercase());
        let [key] = other.primary_key_columns() else {
            return None;
        };
        let is_same = |of_key: &Type| of_key == ty || is_integer(of_key) && is_integer(ty);
        let key = other
            .column(key)
            .filter(|key| fits && is_same(&key.ty.ty))?;
        Some(Guess {
            table: table.name.clone(),
            column: column.name.clone(),
            references: other.name.clone(),
            key: key.name.clone(),
        })
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Returns what the names of all tables begin with, `wp_` for one: as far as the last `_`, and nothing where there are no two tables.
fn prefix(catalog: &Catalog) -> &str {
    let mut names = catalog.tables.keys().map(|name| &*name.name);
    let (Some(first), true) = (names.next(), catalog.tables.len() > 1) else {
        return "";
    };
    let same = names.fold(first.len(), |length, name| {
        let pairs = first.bytes().zip(name.bytes());
        pairs.take(length).take_while(|(a, b)| a == b).count()
    });
    let end = first.as_bytes().get(..same);
    let last = end.and_then(|bytes| bytes.iter().rposition(|byte| *byte == b'_'));
    last.and_then(|last| first.get(..=last)).unwrap_or("")
}

/// Returns the names that a table of `stem`s may have.
fn names(stem: &str) -> Vec<String> {
    let stem = stem.to_lowercase();
    let mut names = vec![format!("{stem}s"), format!("{stem}es"), stem.clone()];
    if let Some(root) = stem.strip_suffix('y') {
        names.push(format!("{root}ies"));
    }
    names
}

fn is_integer(ty: &Type) -> bool {
    matches!(ty, Type::Int2 | Type::Int4 | Type::Int8)
}
