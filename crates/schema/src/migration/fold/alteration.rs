//! [`Alteration`]: the actions of one `alter table`, gathered so that the table is rebuilt once or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Name, Result};
use underpin_sql::tree::Expr;

use super::Fold;
use crate::catalog::{Generated, Key, Table};
use crate::migration::{Copied, Operation};

/// A table that is being altered.
pub(super) struct Alteration {
    /// The table before.
    pub(super) before: Arc<Table>,
    /// The table so far.
    pub(super) after: Table,
    /// An action needs the table made anew.
    pub(super) rebuild: bool,
    /// What to do when no rebuild is needed.
    pub(super) cheap: Vec<Operation>,
    /// The values that columns get in the rows that exist, over the row before, when they are not just kept.
    pub(super) values: BTreeMap<Name, Expr>,
    /// The next value of the identity column.
    pub(super) restart: Option<i64>,
}

impl Alteration {
    /// Begins with `table`.
    pub(super) fn new(table: Arc<Table>) -> Self {
        Self {
            after: Table::clone(&table),
            before: table,
            rebuild: false,
            cheap: Vec::new(),
            values: BTreeMap::new(),
            restart: None,
        }
    }

    /// Returns the values of the columns of the new table.
    fn copied(&self) -> Vec<Copied> {
        self.after
            .columns
            .iter()
            .filter(|column| !matches!(column.generated, Some(Generated::Stored(_))))
            .filter_map(|column| {
                let value = match self.values.get(&column.name) {
                    Some(value) => value.clone(),
                    None => {
                        self.before.column(&column.name)?;
                        self.before.column_expr(&column.name)
                    }
                };
                Some(Copied {
                    column: column.name.clone(),
                    value,
                })
            })
            .collect()
    }
}

impl Fold {
    /// Puts an altered table into the catalog and pushes what has to be done for it.
    pub(super) fn finish_alteration(&mut self, alteration: Alteration) {
        let copied = alteration.copied();
        let table = self.set_table(alteration.after);
        self.routines_stale = true;
        if alteration.rebuild {
            self.push(Operation::RebuildTable {
                before: alteration.before,
                after: table.clone(),
                columns: copied,
            });
        } else if alteration.cheap.is_empty() && alteration.restart.is_none() {
            self.push(Operation::CatalogOnly);
        } else {
            for operation in alteration.cheap {
                self.push(operation);
            }
        }
        if let Some(next) = alteration.restart {
            self.push(Operation::RestartIdentity { table, next });
        }
    }

    /// Alters one table by `change` and pushes what has to be done.
    pub(super) fn alter(
        &mut self,
        table: Arc<Table>,
        change: impl FnOnce(&mut Self, &mut Alteration) -> Result<()>,
    ) -> Result<()> {
        let mut alteration = Alteration::new(table);
        change(self, &mut alteration)?;
        self.finish_alteration(alteration);
        Ok(())
    }
}

/// Returns the operation that makes the index of a unique constraint of `table`.
pub(super) fn create_unique(table: &Table, key: &Key) -> Operation {
    Operation::CreateIndex {
        table: Arc::new(table.clone()),
        index: Box::new(table.unique_index(key)),
    }
}

/// Returns the operation that removes the index of a unique constraint of `table`.
pub(super) fn drop_unique(table: &Table, key: &Key) -> Operation {
    Operation::DropIndex {
        table: Arc::new(table.clone()),
        index: Box::new(table.unique_index(key)),
    }
}
