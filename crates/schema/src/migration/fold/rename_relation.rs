//! Renaming tables, views and columns: what mentions them follows.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::tree::{Expr, Rewrite, Select};

use super::Fold;
use super::file_name::refuse_column_names;
use super::rename::{Column, Reads, Relation, with_alias};
use crate::catalog::{Expression, Generated, Table};
use crate::migration::Operation;

impl Table {
    /// Applies `change` to every expression of the table: defaults, stored columns, checks, indexes and policies.
    pub(super) fn each_expression(&mut self, change: &mut dyn FnMut(&mut Expression)) {
        for column in &mut self.columns {
            column.default.iter_mut().for_each(&mut *change);
            if let Some(Generated::Stored(expression)) = &mut column.generated {
                change(expression);
            }
        }
        for check in &mut self.checks {
            change(&mut check.expression);
        }
        for index in &mut self.indexes {
            for key in &mut index.keys {
                change(&mut key.expression);
            }
            index.filter.iter_mut().for_each(&mut *change);
        }
        for policy in &mut self.policies {
            policy.using.iter_mut().for_each(&mut *change);
            policy.check.iter_mut().for_each(&mut *change);
        }
    }
}

fn rewrite(expression: &mut Expression, by: &mut dyn Rewrite) {
    let expr = std::mem::replace(&mut expression.expr, Expr::bool(true));
    expression.expr = expr.rewrite(by);
}

impl Fold {
    /// Renames a table or moves it to another schema.
    pub(super) fn rename_table(&mut self, table: &Arc<Table>, to: &QualifiedName) -> Result<()> {
        let from = table.name.clone();
        if from == *to {
            return self.free_relation(to);
        }
        self.refuse_platform(to)?;
        self.free_relation(to)?;
        self.catalog.tables.remove(&from);
        self.move_triggers(&from, to);
        self.refuse_table_name(to)?;
        let mut after = Table::clone(table);
        after.name = to.clone();
        after.each_expression(&mut |expression| {
            let expr = std::mem::replace(&mut expression.expr, Expr::bool(true));
            expression.expr = with_alias(expr, &from.name, &to.name);
            expression.text = renamed_in_text(&expression.text, None, &from.name, &to.name);
        });
        self.set_table(after);
        self.rename_readers(&from, to);
        if let Some(after) = self.catalog.tables.get(to).cloned() {
            self.push(Operation::RenameTable {
                before: from.clone(),
                after: after.clone(),
            });
            self.rename_indexes(&from, &after);
        }
        Ok(())
    }

    /// Gives the indexes of a table that moved to another schema their new names in the file.
    fn rename_indexes(&mut self, from: &QualifiedName, after: &Arc<Table>) {
        if from.schema == after.name.schema {
            return;
        }
        let mut before = Table::clone(after);
        before.name.schema = from.schema.clone();
        let before = Arc::new(before);
        let indexes: Vec<_> = after
            .uniques
            .iter()
            .map(|key| after.unique_index(key))
            .chain(after.indexes.iter().cloned())
            .collect();
        for index in indexes {
            self.push(Operation::DropIndex {
                table: before.clone(),
                index: Box::new(index.clone()),
            });
            self.push(Operation::CreateIndex {
                table: after.clone(),
                index: Box::new(index),
            });
        }
    }

    /// Renames a relation wherever views, policies and foreign keys mention it.
    pub(super) fn rename_readers(&mut self, from: &QualifiedName, to: &QualifiedName) {
        self.routines_stale = true;
        for table in self.catalog.tables.values_mut() {
            let table = Arc::make_mut(table);
            for key in &mut table.foreign_keys {
                if key.references == *from {
                    key.references = to.clone();
                }
            }
            table.each_expression(&mut |expression| {
                rewrite(expression, &mut Relation { from, to });
            });
        }
        for view in self.catalog.views.values_mut() {
            let view = Arc::make_mut(view);
            let select = std::mem::replace(&mut view.select, empty());
            view.select = select.rewrite(&mut Relation { from, to });
        }
    }

    /// Renames a column of a table.
    pub(super) fn rename_column(
        &mut self,
        table: &Arc<Table>,
        from: &Name,
        to: &Name,
    ) -> Result<()> {
        let mut after = Table::clone(table);
        if after.column(from).is_none() {
            return Err(Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column \"{from}\" does not exist"),
            ));
        }
        if after.column(to).is_some() {
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!(
                    "column \"{to}\" of relation \"{}\" already exists",
                    after.name.name
                ),
            ));
        }
        after.column_mut(from)?.name = to.clone();
        refuse_column_names(&after)?;
        rename_in_lists(&mut after, from, to);
        let bare = after.name.name.clone();
        after.each_expression(&mut |expression| {
            expression.text = renamed_in_text(&expression.text, Some(&bare), from, to);
        });
        let name = after.name.clone();
        self.set_table(after);
        self.rename_column_readers(&name, from, to);
        if let Some(table) = self.catalog.tables.get(&name).cloned() {
            self.push(Operation::RenameColumn {
                table,
                before: from.clone(),
                after: to.clone(),
            });
        }
        Ok(())
    }

    /// Renames a column of the relation `name` wherever trees and foreign keys mention it.
    pub(super) fn rename_column_readers(&mut self, name: &QualifiedName, from: &Name, to: &Name) {
        self.routines_stale = true;
        for table in self.catalog.tables.values_mut() {
            let table = Arc::make_mut(table);
            for key in &mut table.foreign_keys {
                if key.references == *name {
                    replace(&mut key.referenced_columns, from, to);
                }
            }
            let row = (table.name == *name).then(|| table.name.name.clone());
            table.each_expression(&mut |expression| {
                let mut reads = Reads::default();
                let expr = std::mem::replace(&mut expression.expr, Expr::bool(true));
                let expr = expr.rewrite(&mut reads);
                expression.expr =
                    expr.rewrite(&mut Column::new(row.as_ref(), from, to).reading(name, &reads.0));
            });
        }
        for view in self.catalog.views.values_mut() {
            let view = Arc::make_mut(view);
            let mut reads = Reads::default();
            let select = std::mem::replace(&mut view.select, empty()).rewrite(&mut reads);
            view.select = select.rewrite(&mut Column::new(None, from, to).reading(name, &reads.0));
        }
    }
}

/// Returns a query that stands in while another is taken out of its place.
pub(super) fn empty() -> Select {
    Select::simple(underpin_sql::tree::Simple::default())
}

fn replace(columns: &mut [Name], from: &Name, to: &Name) {
    for column in columns {
        if column == from {
            *column = to.clone();
        }
    }
}

fn rename_in_lists(table: &mut Table, from: &Name, to: &Name) {
    for key in table.primary_key.iter_mut().chain(&mut table.uniques) {
        replace(&mut key.columns, from, to);
    }
    for key in &mut table.foreign_keys {
        replace(&mut key.columns, from, to);
    }
    for index in &mut table.indexes {
        for key in &mut index.keys {
            if key.column.as_ref() == Some(from) {
                key.column = Some(to.clone());
            }
        }
    }
    for columns in table.grants.columns.values_mut() {
        if let Some(granted) = columns.remove(from) {
            columns.insert(to.clone(), granted);
        }
    }
}

/// Returns the text of an expression with a column renamed, or, when `table` is absent, with the table renamed where it qualifies a column.
///
/// Checks and indexes are read again from their text when a column's type changes; they have no subqueries, so that a word that is
/// no function, no type and not qualified by anything but the table is the column.
fn renamed_in_text(text: &str, table: Option<&Name>, from: &Name, to: &Name) -> String {
    use squawk_syntax::SyntaxKind;
    use squawk_syntax::ast::{self, AstNode};
    let parse = squawk_syntax::SourceFile::parse(&format!("select {text}"));
    let mut renamed = String::new();
    for token in parse
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
    {
        let parent = token.parent();
        let name = parent.clone().and_then(ast::NameRef::cast);
        let is_meant = name.is_some_and(|name| {
            let field = name.syntax().parent().and_then(ast::FieldExpr::cast);
            let is_base = |field: &ast::FieldExpr| {
                field
                    .base()
                    .is_some_and(|base| base.syntax() == name.syntax())
            };
            let folded = ast::normalize_name_node(name.syntax());
            let called = name
                .syntax()
                .parent()
                .is_some_and(|it| it.kind() == SyntaxKind::CALL_EXPR);
            let place = match (table, &field) {
                (None, Some(field)) => is_base(field),
                (None, None) => false,
                (Some(_), None) => !called,
                (Some(table), Some(field)) => {
                    !is_base(field)
                        && field
                            .base()
                            .is_some_and(|base| *ast::normalize_name_node(base.syntax()) == **table)
                }
            };
            place && *folded == **from
        });
        if is_meant && token.kind() == SyntaxKind::IDENT {
            let quoted = to.replace('"', "\"\"");
            renamed.push_str(&format!("\"{quoted}\""));
        } else {
            renamed.push_str(token.text());
        }
    }
    renamed
        .strip_prefix("select ")
        .map_or_else(|| text.to_owned(), str::to_owned)
}
