//! The order in which tables are copied: what a table refers to comes before it, as far as that is possible.

use std::collections::BTreeSet;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_schema::catalog::{ForeignKey, Table};

/// A table at its place in the order.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    /// The table.
    pub(crate) table: Arc<Table>,
    /// Those of its foreign keys that refer to rows which come later: of the table itself, or of one in a circle with it.
    pub(crate) late: Vec<ForeignKey>,
}

/// Returns the tables in order.
pub(crate) fn order(tables: &[Arc<Table>]) -> Vec<Placed> {
    let all: BTreeSet<&QualifiedName> = tables.iter().map(|table| &table.name).collect();
    let mut left: Vec<&Arc<Table>> = tables.iter().collect();
    left.sort_by(|one, other| one.name.cmp(&other.name));
    let mut placed: BTreeSet<&QualifiedName> = BTreeSet::new();
    let mut ordered = Vec::with_capacity(tables.len());
    while !left.is_empty() {
        let waits_for = |table: &Table| {
            let keys = table.foreign_keys.iter();
            keys.filter(|key| {
                key.references != table.name
                    && all.contains(&key.references)
                    && !placed.contains(&key.references)
            })
            .count()
        };
        // The first that waits for the fewest: in a circle somebody must begin.
        let next = left
            .iter()
            .enumerate()
            .min_by_key(|(_, table)| waits_for(table))
            .map_or(0, |(place, _)| place);
        let table = left.remove(next);
        let keys = table.foreign_keys.iter();
        let late = keys.filter(|key| {
            all.contains(&key.references) && !placed.contains(&key.references)
                || key.references == table.name
        });
        ordered.push(Placed {
            table: Arc::clone(table),
            late: late.cloned().collect(),
        });
        placed.insert(&table.name);
    }
    ordered
}

impl Placed {
    /// Returns the columns that are null until every table has its rows; the foreign key for which there are none as an error.
    pub(crate) fn late_columns(&self) -> Result<Vec<Name>, &ForeignKey> {
        let key = super::part::key(&self.table);
        let of_key = |name: &Name| key.is_none_or(|key| key.columns.contains(name));
        let mut columns = Vec::new();
        for foreign_key in &self.late {
            let nullable: Vec<&Name> = foreign_key
                .columns
                .iter()
                .filter(|name| {
                    let column = self.table.column(name);
                    !of_key(name) && column.is_some_and(|column| !column.not_null)
                })
                .collect();
            if nullable.is_empty() {
                return Err(foreign_key);
            }
            columns.extend(nullable.into_iter().cloned());
        }
        columns.sort();
        columns.dedup();
        Ok(columns)
    }
}
