//! `alter table`.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar;
use underpin_sql::tree::{Assignment, Statement, Update};

use super::alteration::{Alteration, create_unique};
use super::constraint::Written;
use super::counter::settle;
use super::file_name::refuse_column_names;
use super::lookup::{no_column, path_of};
use super::procedure::Calls;
use super::read::missing;
use super::{Fold, refused};
use crate::catalog::{Expression, Generated, Table};
use crate::migration::Operation;

impl Fold {
    /// Folds `alter table`.
    pub(super) fn alter_table(&mut self, node: &ast::AlterTable) -> Result<()> {
        let target = node
            .table_relation_name()
            .and_then(|name| name.table_name_ref());
        let path = path_of(target.as_ref())?;
        if node.if_exists().is_some()
            && self
                .search()
                .table(path.schema.as_deref(), &path.name)
                .is_none()
        {
            self.note(format!("relation \"{path}\" does not exist, skipping"));
            self.push(Operation::CatalogOnly);
            return Ok(());
        }
        if let Some(view) = self.view_name(&path) {
            return self.alter_table_of_view(&view, node);
        }
        let table = self.own_table(target.as_ref())?;
        let mut alteration = Alteration::new(table);
        for action in node.actions() {
            match action {
                ast::AlterTableAction::TableRenameTo(rename) => {
                    let path = rename.table_name().and_then(|name| name.path());
                    let name = grammar::path(path.as_ref())?.name;
                    let to = QualifiedName::new(alteration.after.name.schema.clone(), name);
                    return self.rename_table(&alteration.before, &to);
                }
                ast::AlterTableAction::SetSchema(set) => {
                    let schema = self.existing_schema(set.schema_ref().as_ref())?;
                    let to = QualifiedName::new(schema, alteration.after.name.name.clone());
                    return self.rename_table(&alteration.before, &to);
                }
                ast::AlterTableAction::RenameColumn(rename) => {
                    let from = grammar::name(rename.column_name_ref().as_ref())?;
                    let to = grammar::name(rename.column_name().as_ref())?;
                    return self.rename_column(&alteration.before, &from, &to);
                }
                other => self.alter_table_action(&mut alteration, &other)?,
            }
        }
        self.finish_alteration(alteration);
        Ok(())
    }

    fn alter_table_action(
        &mut self,
        alteration: &mut Alteration,
        action: &ast::AlterTableAction,
    ) -> Result<()> {
        use ast::AlterTableAction as Action;
        match action {
            Action::AddColumn(node) => self.add_column(alteration, node),
            Action::DropColumn(node) => self.drop_column(alteration, node),
            Action::AlterColumn(node) => self.alter_column(alteration, node),
            Action::AddConstraint(node) => self.add_table_constraint(alteration, node),
            Action::DropConstraint(node) => self.drop_constraint(alteration, node),
            Action::RenameConstraint(node) => self.rename_constraint(alteration, node),
            Action::AlterConstraint(node) => self.alter_constraint(alteration, node),
            Action::ValidateConstraint(node) => {
                let name = path_of(node.constraint_name_ref().as_ref())?.name;
                require_constraint(&alteration.after, &name)
            }
            Action::EnableRls(_) => {
                alteration.after.row_security = true;
                Ok(())
            }
            Action::DisableRls(_) => {
                alteration.after.row_security = false;
                Ok(())
            }
            Action::EnableTrigger(node) => self.switch_triggers(alteration, node, true),
            Action::EnableAlwaysTrigger(node) => self.switch_triggers(alteration, node, true),
            Action::EnableReplicaTrigger(node) => self.switch_triggers(alteration, node, false),
            Action::DisableTrigger(node) => self.switch_triggers(alteration, node, false),
            Action::InheritTable(_)
            | Action::NoInheritTable(_)
            | Action::AttachPartition(_)
            | Action::DetachPartition(_)
            | Action::MergePartitions(_)
            | Action::SplitPartition(_)
            | Action::OfType(_)
            | Action::NotOf(_) => Err(refused(
                "inheritance and partitions are not supported",
                "Use one plain table.",
            )),
            Action::EnableRule(_)
            | Action::EnableAlwaysRule(_)
            | Action::EnableReplicaRule(_)
            | Action::DisableRule(_) => Err(refused(
                "rules are not supported",
                "Use a view or a function.",
            )),
            // Owners, storage, replication and the like mean nothing here.
            _ => Ok(()),
        }
    }

    fn add_column(&mut self, alteration: &mut Alteration, node: &ast::AddColumn) -> Result<()> {
        let name = grammar::name(node.column_name().as_ref())?;
        if alteration.after.column(&name).is_some() {
            if node.if_not_exists().is_some() {
                self.note(format!(
                    "column \"{name}\" of relation \"{}\" already exists, skipping",
                    alteration.after.name.name
                ));
                return Ok(());
            }
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!(
                    "column \"{name}\" of relation \"{}\" already exists",
                    alteration.after.name.name
                ),
            ));
        }
        let constraints: Vec<ast::Constraint> = node.constraints().collect();
        let new = self.column(
            &alteration.after,
            name.clone(),
            node.ty().as_ref(),
            &constraints,
        )?;
        let ty = new.column.ty.clone();
        let default = new.column.default.clone();
        self.refuse_steps(&name, default.as_ref())?;
        alteration.restart = alteration.restart.or(new.start);
        alteration.after.columns.push(new.column);
        refuse_column_names(&alteration.after)?;
        if let Some(stored) = &new.stored {
            let generated = self.stored(&alteration.after, &ty, stored)?;
            alteration.after.column_mut(&name)?.generated = Some(generated);
        }
        let uniques = alteration.after.uniques.len();
        let checks = alteration.after.checks.len();
        let written: Vec<Written> = constraints
            .into_iter()
            .map(|node| Written {
                column: Some(name.clone()),
                node,
            })
            .collect();
        self.add_constraints(&mut alteration.after, &written)?;
        let default = numbered(&mut alteration.after, &name, default)?;
        if let Some(column) = alteration.after.column(&name) {
            let checks = self.domain_checks(&alteration.after, column);
            alteration.after.checks.extend(checks);
        }
        let column = alteration
            .after
            .column(&name)
            .ok_or_else(|| no_column(&alteration.after, &name))?;
        let is_simple = !column.not_null
            && column.generated.is_none()
            && alteration.after.checks.len() == checks;
        if is_simple {
            add_in_place(alteration, name, default, uniques);
        } else {
            alteration
                .values
                .extend(default.map(|default| (name, default.expr)));
            alteration.rebuild = true;
        }
        Ok(())
    }

    /// Refuses a default whose value steps must find: the rows that exist get theirs of SQLite.
    fn refuse_steps(&self, column: &Name, default: Option<&Expression>) -> Result<()> {
        match default {
            Some(default) if Calls::in_expr(&self.catalog, &default.expr) => Err(refused(
                format!(
                    "the rows that exist cannot be given the default of the new column \"{column}\", whose function is more than a query"
                ),
                "Add the column without it; then `alter column … set default …`, and `update` the rows.",
            )),
            _ => Ok(()),
        }
    }

    fn drop_column(&mut self, alteration: &mut Alteration, node: &ast::DropColumn) -> Result<()> {
        let name = grammar::name(node.column_name_ref().as_ref())?;
        if alteration.after.column(&name).is_none() {
            if node.if_exists().is_some() {
                self.note(format!(
                    "column \"{name}\" of relation \"{}\" does not exist, skipping",
                    alteration.after.name.name
                ));
                return Ok(());
            }
            return Err(no_column(&alteration.after, &name));
        }
        let cascade = matches!(node.drop_behavior(), Some(ast::DropBehavior::Cascade(_)));
        self.drop_dependants_of_column(&mut alteration.after, &name, cascade)?;
        let table = &mut alteration.after;
        table.remove_column(&name);
        alteration.values.remove(&name);
        alteration.rebuild = true;
        Ok(())
    }
}

/// Returns the default that the rows that exist get: of a column that counts up and is no key, numbers.
fn numbered(
    table: &mut Table,
    name: &Name,
    default: Option<Expression>,
) -> Result<Option<Expression>> {
    if settle(table)?.contains(name) {
        return Ok(table.column(name).and_then(|column| column.default.clone()));
    }
    Ok(default)
}

/// Adds a column without a rebuild, with the indexes of its unique constraints, which are those from `uniques` on.
fn add_in_place(
    alteration: &mut Alteration,
    name: Name,
    default: Option<Expression>,
    uniques: usize,
) {
    let table = Arc::new(alteration.after.clone());
    alteration.cheap.push(Operation::AddColumn {
        table: table.clone(),
        column: name.clone(),
    });
    if let Some(default) = default {
        // When another action asks for a rebuild after all, the rebuild needs the value.
        alteration.values.insert(name.clone(), default.expr.clone());
        alteration.cheap.push(fill(&table, name, default.expr));
    }
    for key in table.uniques.iter().skip(uniques) {
        alteration.cheap.push(create_unique(&table, key));
    }
}

/// Returns the update that gives the rows that exist the default of a new column.
fn fill(table: &Table, column: Name, value: underpin_sql::tree::Expr) -> Operation {
    Operation::Write(Box::new(Statement::Update(Box::new(Update {
        with: Vec::new(),
        table: table.name.clone(),
        alias: table.name.name.clone(),
        assignments: vec![Assignment {
            column,
            value: Some(value),
        }],
        from: Vec::new(),
        filter: None,
        returning: Vec::new(),
    }))))
}

/// Checks that a table has the constraint.
pub(super) fn require_constraint(table: &Table, name: &str) -> Result<()> {
    if table.constraint_exists(name) {
        return Ok(());
    }
    Err(Error::new(
        Code::UNDEFINED_OBJECT,
        format!(
            "constraint \"{name}\" of relation \"{}\" does not exist",
            table.name.name
        ),
    ))
}

impl Table {
    /// Removes a column with the constraints and indexes that it is in, as PostgreSQL does.
    pub(super) fn remove_column(&mut self, name: &Name) {
        let row = self.name.clone();
        let mentions = |expression: &Expression| {
            super::uses::Uses::of_row(&row, &expression.expr).column(&row, name)
        };
        self.columns.retain(|column| column.name != *name);
        if self
            .primary_key
            .as_ref()
            .is_some_and(|key| key.columns.contains(name))
        {
            self.primary_key = None;
        }
        self.uniques.retain(|key| !key.columns.contains(name));
        self.foreign_keys.retain(|key| {
            let refers_to_it = key.references == row && key.referenced_columns.contains(name);
            !(key.columns.contains(name) || refers_to_it)
        });
        self.checks.retain(|check| !mentions(&check.expression));
        self.indexes.retain(|index| {
            !index.keys.iter().any(|key| mentions(&key.expression))
                && !index.filter.as_ref().is_some_and(mentions)
        });
        for columns in self.grants.columns.values_mut() {
            columns.remove(name);
        }
    }
}

impl crate::catalog::Column {
    /// Tells whether the database counts the column up.
    pub(super) fn counts_up(&self) -> bool {
        matches!(
            self.generated,
            Some(Generated::IdentityAlways | Generated::IdentityByDefault)
        )
    }
}

impl Fold {
    /// Adds `constraint … ` of an `alter table`.
    fn add_table_constraint(
        &mut self,
        alteration: &mut Alteration,
        node: &ast::AddConstraint,
    ) -> Result<()> {
        let constraint = node.constraint().ok_or_else(missing)?;
        if let Some(index) = used_index(&constraint) {
            return self.add_by_index(alteration, &constraint, &index);
        }
        let uniques = alteration.after.uniques.len();
        let indexes = alteration.after.indexes.len();
        let in_place = matches!(
            constraint,
            ast::Constraint::UniqueConstraint(_) | ast::Constraint::ExcludeConstraint(_)
        );
        self.add_constraint(
            &mut alteration.after,
            &Written {
                column: None,
                node: constraint,
            },
        )?;
        if in_place {
            let table = alteration.after.clone();
            for key in table.uniques.iter().skip(uniques) {
                alteration.cheap.push(create_unique(&table, key));
            }
            let table = Arc::new(table);
            for index in table.indexes.iter().skip(indexes) {
                alteration.cheap.push(Operation::CreateIndex {
                    table: table.clone(),
                    index: Box::new(index.clone()),
                });
            }
        } else {
            alteration.rebuild = true;
        }
        Ok(())
    }
}

/// Returns the index that a key is made of, for `using index`.
fn used_index(constraint: &ast::Constraint) -> Option<ast::IndexRef> {
    match constraint {
        ast::Constraint::PrimaryKeyConstraint(node) => node.using_index()?.index_ref(),
        ast::Constraint::UniqueConstraint(node) => node.using_index()?.index_ref(),
        _ => None,
    }
}
