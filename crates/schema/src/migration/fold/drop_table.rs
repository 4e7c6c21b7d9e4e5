//! `drop table`, `drop view`, `drop index`.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_sql::grammar::Path;

use super::Fold;
use super::dependency::{described, restrict};
use super::lookup::{no_schema, path_of};
use crate::catalog::Table;
use crate::migration::Operation;

impl Fold {
    /// Folds `drop table`. Tables that are dropped together may depend on each other.
    pub(super) fn drop_table(&mut self, node: &ast::DropTable) -> Result<()> {
        let mut tables: Vec<Arc<Table>> = Vec::new();
        for name in node.table_name_refs() {
            let path = path_of(Some(&name))?;
            match self.search().table(path.schema.as_deref(), &path.name) {
                Some(table) => tables.push(table.clone()),
                None if self.view_name(&path).is_some() => {
                    return Err(Error::new(
                        Code::WRONG_OBJECT_TYPE,
                        format!("\"{}\" is not a table", path.name),
                    )
                    .hint("Use DROP VIEW to remove a view."));
                }
                None => self.absent("table", &path, node.if_exists().is_some())?,
            }
        }
        self.drop_tables(&tables, is_cascade(node.drop_behavior().as_ref()))
    }

    /// Drops tables with what depends on them, or refuses.
    pub(super) fn drop_tables(&mut self, tables: &[Arc<Table>], cascade: bool) -> Result<()> {
        for table in tables {
            self.refuse_platform(&table.name)?;
            let together = |name: &QualifiedName| tables.iter().any(|it| it.name == *name);
            let dependants: Vec<_> = self
                .dependants_of_relation(&table.name)
                .into_iter()
                .filter(|dependant| !dependant.is_part_of(&together))
                .collect();
            restrict(
                &format!("table {}", described(&table.name)),
                &dependants,
                cascade,
            )?;
            self.drop_dependants(dependants, None)?;
        }
        for table in tables {
            self.routines_stale = true;
            self.catalog.sequences.retain(|_, sequence| {
                sequence
                    .owner
                    .as_ref()
                    .is_none_or(|(owner, _)| *owner != table.name)
            });
            self.catalog.triggers.remove(&table.name);
            if let Some(table) = self.catalog.tables.remove(&table.name) {
                self.push(Operation::DropTable(table));
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop view`.
    pub(super) fn drop_view(&mut self, node: &ast::DropView) -> Result<()> {
        let mut views = Vec::new();
        for name in node.view_refs() {
            let path = path_of(Some(&name))?;
            match self.view_name(&path) {
                Some(view) => views.push(view),
                None if self
                    .search()
                    .table(path.schema.as_deref(), &path.name)
                    .is_some() =>
                {
                    return Err(Error::new(
                        Code::WRONG_OBJECT_TYPE,
                        format!("\"{}\" is not a view", path.name),
                    )
                    .hint("Use DROP TABLE to remove a table."));
                }
                None => self.absent("view", &path, node.if_exists().is_some())?,
            }
        }
        self.drop_views(&views, is_cascade(node.drop_behavior().as_ref()))
    }

    /// Drops views with what depends on them, or refuses.
    pub(super) fn drop_views(&mut self, views: &[QualifiedName], cascade: bool) -> Result<()> {
        for view in views {
            let dependants: Vec<_> = self
                .dependants_of_relation(view)
                .into_iter()
                .filter(|dependant| !dependant.is_part_of(&|name| views.contains(name)))
                .collect();
            restrict(&format!("view {}", described(view)), &dependants, cascade)?;
            self.drop_dependants(dependants, None)?;
        }
        for view in views {
            self.routines_stale = true;
            self.catalog.views.remove(view);
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop index`.
    pub(super) fn drop_index(&mut self, node: &ast::DropIndex) -> Result<()> {
        for name in node.index_refs() {
            let path = path_of(Some(&name))?;
            let Some((table, position)) = self.index(&path) else {
                if let Some((table, key)) = self.key_of_index(&path) {
                    return Err(index_of_constraint(&table, &key));
                }
                self.absent("index", &path, node.if_exists().is_some())?;
                continue;
            };
            self.refuse_platform(&table.name)?;
            if table.exclusion(&path.name).is_some() {
                return Err(index_of_constraint(&table.name, &path.name));
            }
            let mut after = Table::clone(&table);
            let index = after.indexes.remove(position);
            let table = self.set_table(after);
            self.push(Operation::DropIndex {
                table,
                index: Box::new(index),
            });
        }
        Ok(())
    }

    /// Returns the table of an index and the index's place.
    pub(super) fn index(&self, path: &Path) -> Option<(Arc<Table>, usize)> {
        let in_schema = |table: &Table| match &path.schema {
            Some(schema) => table.name.schema == *schema,
            None => self.path.contains(&table.name.schema),
        };
        self.catalog
            .tables
            .values()
            .filter(|table| in_schema(table))
            .find_map(|table| {
                table
                    .indexes
                    .iter()
                    .position(|index| index.name == path.name)
                    .map(|position| (table.clone(), position))
            })
    }

    fn key_of_index(&self, path: &Path) -> Option<(QualifiedName, underpin_base::Name)> {
        self.catalog.tables.values().find_map(|table| {
            table
                .primary_key
                .iter()
                .chain(&table.uniques)
                .find(|key| key.name == path.name)
                .map(|key| (table.name.clone(), key.name.clone()))
        })
    }

    /// Refuses a name that means nothing, or notes it when `if exists` was said.
    pub(super) fn absent(&mut self, kind: &str, path: &Path, allowed: bool) -> Result<()> {
        if allowed {
            self.note(format!("{kind} \"{}\" does not exist, skipping", path.name));
            self.push(Operation::CatalogOnly);
            return Ok(());
        }
        if let Some(schema) = &path.schema
            && !self.catalog.schemas.contains_key(schema)
        {
            return Err(no_schema(schema));
        }
        let code = match kind {
            "table" | "view" | "index" | "sequence" | "relation" => match kind {
                "index" => Code::UNDEFINED_OBJECT,
                _ => Code::UNDEFINED_TABLE,
            },
            _ => Code::UNDEFINED_OBJECT,
        };
        Err(Error::new(
            code,
            format!("{kind} \"{path}\" does not exist"),
        ))
    }
}

/// Refuses to drop the index of a constraint.
fn index_of_constraint(table: &QualifiedName, name: &str) -> Error {
    let table = described(table);
    Error::new(
        Code::DEPENDENT_OBJECTS,
        format!("cannot drop index {name} because constraint {name} on table {table} requires it"),
    )
    .hint(format!(
        "You can drop constraint {name} on table {table} instead."
    ))
}

/// Tells whether `cascade` was said.
pub(super) fn is_cascade(behavior: Option<&ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}
