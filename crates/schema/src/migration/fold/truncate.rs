//! `truncate`: every row is deleted.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Result};
use underpin_sql::tree::{Delete, Statement};

use super::drop_table::is_cascade;
use super::{Fold, refused};
use crate::catalog::Table;
use crate::migration::Operation;

impl Fold {
    /// Folds `truncate`.
    pub(super) fn truncate(&mut self, node: &ast::Truncate) -> Result<()> {
        let mut tables: Vec<Arc<Table>> = Vec::new();
        let list = node.table_list();
        for name in list.iter().flat_map(ast::TableList::table_relation_names) {
            tables.push(self.own_table(name.table_name_ref().as_ref())?);
        }
        if is_cascade(node.drop_behavior().as_ref()) {
            return Err(refused(
                "`truncate … cascade` is not supported",
                "Name every table whose rows are to go.",
            ));
        }
        self.refuse_referenced(&tables)?;
        let restart = matches!(
            node.identity_action(),
            Some(ast::IdentityAction::RestartIdentity(_))
        );
        for table in referring_first(tables) {
            self.push(Operation::Write(Box::new(Statement::Delete(Box::new(
                Delete {
                    with: Vec::new(),
                    table: table.name.clone(),
                    alias: table.name.name.clone(),
                    using: Vec::new(),
                    filter: None,
                    returning: Vec::new(),
                },
            )))));
            if restart && crate::sqlite::identity_column(&table).is_some() {
                self.push(Operation::RestartIdentity { table, next: 1 });
            }
        }
        Ok(())
    }

    /// Refuses to empty a table that one which keeps its rows refers to, in PostgreSQL's words.
    fn refuse_referenced(&self, tables: &[Arc<Table>]) -> Result<()> {
        let listed = |table: &Table| tables.iter().any(|it| it.name == table.name);
        for table in tables {
            let other = self.catalog.tables.values().find(|other| {
                !listed(other)
                    && other
                        .foreign_keys
                        .iter()
                        .any(|key| key.references == table.name)
            });
            if let Some(other) = other {
                return Err(Error::new(
                    Code::FEATURE_NOT_SUPPORTED,
                    "cannot truncate a table referenced in a foreign key constraint",
                )
                .details(format!(
                    "Table \"{}\" references \"{}\".",
                    other.name.name, table.name.name
                ))
                .hint(format!(
                    "Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.",
                    other.name.name
                )));
            }
        }
        Ok(())
    }
}

/// Orders tables so that one which refers to another comes before it, as far as they do not refer to each other in a circle.
fn referring_first(mut tables: Vec<Arc<Table>>) -> Vec<Arc<Table>> {
    let mut ordered = Vec::new();
    while !tables.is_empty() {
        let free = tables.iter().position(|table| {
            !tables.iter().any(|other| {
                other.name != table.name
                    && other
                        .foreign_keys
                        .iter()
                        .any(|key| key.references == table.name)
            })
        });
        ordered.push(tables.remove(free.unwrap_or(0)));
    }
    ordered
}
