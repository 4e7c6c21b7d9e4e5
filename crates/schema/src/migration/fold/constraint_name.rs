//! The names that PostgreSQL gives to constraints and indexes without one: `products_pkey`, `products_category_id_fkey`, ….

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use super::Fold;
use crate::catalog::Table;

/// Longest identifier, in bytes.
const LENGTH_MAX: usize = 63;

/// Returns `table_columns_label` cut to the longest identifier: the longer of the first two gives way, as in PostgreSQL.
pub(super) fn joined(table: &str, columns: &str, label: &str) -> String {
    let overhead = 1 + label.len() + usize::from(!columns.is_empty());
    let room = LENGTH_MAX.saturating_sub(overhead);
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let mut name = cut(table, first).to_owned();
    if !columns.is_empty() {
        name.push('_');
        name.push_str(cut(columns, second));
    }
    name.push('_');
    name.push_str(label);
    name
}

fn cut(text: &str, mut end: usize) -> &str {
    end = end.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

impl Fold {
    /// Returns a free name for a constraint or index of `table` on `columns`.
    pub(super) fn free_name(&self, table: &Table, columns: &[Name], label: &str) -> Name {
        let mut columns_name = columns
            .iter()
            .map(|column| &**column)
            .collect::<Vec<_>>()
            .join("_");
        columns_name.truncate(cut(&columns_name, LENGTH_MAX).len());
        let mut count = 0;
        loop {
            let label = match count {
                0 => label.to_owned(),
                _ => format!("{label}{count}"),
            };
            let name = joined(&table.name.name, &columns_name, &label);
            if !self.is_taken(table, &name) {
                return Name::from(name);
            }
            count += 1;
        }
    }

    fn is_taken(&self, table: &Table, name: &str) -> bool {
        let qualified = QualifiedName::new(table.name.schema.clone(), name);
        table.constraint_exists(name)
            || table.indexes.iter().any(|index| &*index.name == name)
            || self.relation_exists(&qualified)
            || self.catalog.tables.values().any(|other| {
                other.name.schema == table.name.schema && other.constraint_exists(name)
            })
    }

    /// Returns the name of a new constraint of `table`: the one given, if it is free, else a chosen one.
    pub(super) fn constraint_name(
        &self,
        table: &Table,
        given: Option<Name>,
        columns: &[Name],
        label: &str,
    ) -> Result<Name> {
        let Some(given) = given else {
            return Ok(self.free_name(table, columns, label));
        };
        if matches!(label, "pkey" | "key" | "excl") {
            let qualified = QualifiedName::new(table.name.schema.clone(), given.clone());
            self.free_relation(&qualified)?;
        }
        if table.constraint_exists(&given) {
            // A table that is being made is not in the catalog yet; PostgreSQL finds its two checks at another place.
            let is_new = !self.catalog.tables.contains_key(&table.name);
            let message = if is_new && label == "check" {
                format!("check constraint \"{given}\" already exists")
            } else {
                format!(
                    "constraint \"{given}\" for relation \"{}\" already exists",
                    table.name.name
                )
            };
            return Err(Error::new(Code::DUPLICATE_OBJECT, message));
        }
        Ok(given)
    }
}

impl Table {
    /// Tells whether a constraint of the table has that name.
    pub(super) fn constraint_exists(&self, name: &str) -> bool {
        self.primary_key
            .iter()
            .chain(&self.uniques)
            .any(|key| &*key.name == name)
            || self.foreign_keys.iter().any(|key| &*key.name == name)
            || self.exclusion(name).is_some()
            || self
                .checks
                .iter()
                .any(|check| check.domain.is_none() && &*check.name == name)
    }
}
