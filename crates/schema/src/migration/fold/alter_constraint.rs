//! The constraints of a table that exists: removed, renamed, changed, made of an index.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar;

use super::Fold;
use super::alter_table::require_constraint;
use super::alteration::{Alteration, create_unique, drop_unique};
use super::constraint::set_primary_key;
use super::foreign_key::defer;
use super::lookup::path_of;
use crate::catalog::{Key, Table};
use crate::migration::Operation;

impl Fold {
    /// Folds `drop constraint`.
    pub(super) fn drop_constraint(
        &mut self,
        alteration: &mut Alteration,
        node: &ast::DropConstraint,
    ) -> Result<()> {
        let name = path_of(node.constraint_name_ref().as_ref())?.name;
        if !alteration.after.constraint_exists(&name) {
            if node.if_exists().is_some() {
                self.note(format!(
                    "constraint \"{name}\" of relation \"{}\" does not exist, skipping",
                    alteration.after.name.name
                ));
                return Ok(());
            }
            return require_constraint(&alteration.after, &name);
        }
        let cascade = matches!(node.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        let table = &alteration.after;
        let is_primary = table
            .primary_key
            .as_ref()
            .is_some_and(|key| key.name == name);
        if is_primary || table.uniques.iter().any(|key| key.name == name) {
            self.drop_dependants_of_key(&mut alteration.after, &name, cascade)?;
        }
        let table = &mut alteration.after;
        if is_primary {
            table.primary_key = None;
            alteration.rebuild = true;
        } else if let Some(position) = table.uniques.iter().position(|key| key.name == name) {
            let key = table.uniques.remove(position);
            let operation = drop_unique(table, &key);
            alteration.cheap.push(operation);
        } else if let Some(index) = table.exclusion(&name).cloned() {
            table.indexes.retain(|it| it.name != name);
            alteration.cheap.push(Operation::DropIndex {
                table: Arc::new(table.clone()),
                index: Box::new(index),
            });
        } else {
            table.foreign_keys.retain(|key| key.name != name);
            table
                .checks
                .retain(|check| check.domain.is_some() || check.name != name);
            alteration.rebuild = true;
        }
        Ok(())
    }

    /// Folds `rename constraint`.
    pub(super) fn rename_constraint(
        &mut self,
        alteration: &mut Alteration,
        node: &ast::RenameConstraint,
    ) -> Result<()> {
        let from = path_of(node.constraint_name_ref().as_ref())?.name;
        let to = grammar::name(node.constraint_name().as_ref())?;
        if !alteration.after.constraint_exists(&from) {
            return Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!(
                    "constraint \"{from}\" for table \"{}\" does not exist",
                    alteration.after.name.name
                ),
            ));
        }
        self.constraint_name(&alteration.after, Some(to.clone()), &[], "")?;
        let table = &mut alteration.after;
        if let Some(position) = table.uniques.iter().position(|key| key.name == from) {
            let before = table.clone();
            if let Some(key) = table.uniques.get_mut(position) {
                alteration.cheap.push(drop_unique(&before, key));
                key.name = to;
                let operation = create_unique(&before, key);
                alteration.cheap.push(operation);
            }
            return Ok(());
        }
        if table.exclusion(&from).is_some() {
            rename_exclusion(alteration, &from, &to);
            return Ok(());
        }
        let names = table
            .primary_key
            .iter_mut()
            .map(|key| &mut key.name)
            .chain(table.foreign_keys.iter_mut().map(|key| &mut key.name))
            .chain(
                table
                    .checks
                    .iter_mut()
                    .filter(|check| check.domain.is_none())
                    .map(|check| &mut check.name),
            );
        for name in names {
            if *name == from {
                *name = to.clone();
            }
        }
        alteration.rebuild = true;
        Ok(())
    }

    /// Folds `alter constraint`: when a foreign key is checked.
    pub(super) fn alter_constraint(
        &mut self,
        alteration: &mut Alteration,
        node: &ast::AlterConstraint,
    ) -> Result<()> {
        let name = path_of(node.constraint_name_ref().as_ref())?.name;
        require_constraint(&alteration.after, &name)?;
        let relation = alteration.after.name.name.clone();
        let key = alteration
            .after
            .foreign_keys
            .iter_mut()
            .find(|key| key.name == name)
            .ok_or_else(|| {
                Error::new(
                    Code::WRONG_OBJECT_TYPE,
                    format!(
                        "constraint \"{name}\" of relation \"{relation}\" is not a foreign key constraint"
                    ),
                )
            })?;
        defer(key, node.constraint_options());
        alteration.rebuild = true;
        Ok(())
    }

    /// Folds `add constraint … using index`: the index becomes the key's.
    pub(super) fn add_by_index(
        &mut self,
        alteration: &mut Alteration,
        constraint: &ast::Constraint,
        index: &ast::IndexRef,
    ) -> Result<()> {
        let index_name = path_of(Some(index))?.name;
        let table = &mut alteration.after;
        let position = table
            .indexes
            .iter()
            .position(|index| index.name == index_name)
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_OBJECT,
                    format!("index \"{index_name}\" does not exist"),
                )
            })?;
        let index = table.indexes.remove(position);
        let columns: Option<Vec<Name>> = index.keys.iter().map(|key| key.column.clone()).collect();
        let columns = match columns {
            Some(columns) if index.unique && index.filter.is_none() => columns,
            _ => {
                return Err(Error::new(
                    Code::WRONG_OBJECT_TYPE,
                    format!("\"{index_name}\" is not a unique index over plain columns"),
                ));
            }
        };
        let name = match constraint.constraint_name() {
            Some(name) => grammar::name(Some(&name))?,
            None => index_name,
        };
        let key = Key {
            name,
            columns,
            nulls_not_distinct: index.nulls_not_distinct,
        };
        if matches!(constraint, ast::Constraint::PrimaryKeyConstraint(_)) {
            alteration.rebuild = true;
            return set_primary_key(table, key);
        }
        if key.name != index.name {
            alteration.cheap.push(Operation::DropIndex {
                table: Arc::new(table.clone()),
                index: Box::new(index),
            });
            alteration.cheap.push(create_unique(table, &key));
        }
        table.uniques.push(key);
        Ok(())
    }
}

/// Renames an exclusion constraint: it is made anew.
fn rename_exclusion(alteration: &mut Alteration, from: &Name, to: &Name) {
    let before = Arc::new(alteration.after.clone());
    let renamed = alteration.after.indexes.iter_mut();
    for index in renamed.filter(|index| index.name == *from) {
        alteration.cheap.push(Operation::DropIndex {
            table: before.clone(),
            index: Box::new(index.clone()),
        });
        index.name = to.clone();
        alteration.cheap.push(Operation::CreateIndex {
            table: before.clone(),
            index: Box::new(index.clone()),
        });
    }
}

/// Refuses to leave a foreign key to columns that are no key any more.
pub(super) fn refers_to_key(table: &Table, key: &Key, referenced: &[Name]) -> bool {
    let same = key.columns.len() == referenced.len()
        && key.columns.iter().all(|column| referenced.contains(column));
    let others = table
        .primary_key
        .iter()
        .chain(&table.uniques)
        .filter(|other| other.name != key.name)
        .any(|other| {
            other.columns.len() == referenced.len()
                && other
                    .columns
                    .iter()
                    .all(|column| referenced.contains(column))
        });
    same && !others
}
