//! A type that changed its name or labels: tables, views and rows that have it follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Name, Value};
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Case, Expr, ExprKind};
use underpin_sql::types::Type;

use super::Fold;
use super::rename::Retype;
use super::rename_relation::empty;
use super::uses::Uses;
use crate::catalog::{Generated, Table, View};
use crate::migration::{Copied, Operation};

impl Fold {
    /// Puts a type in its new form wherever it is, and pushes the rebuild of the tables whose rows or stored expressions have it.
    pub(super) fn retype(&mut self, change: &Retype<'_>) {
        self.routines_stale = true;
        let steps = self.steps.len();
        for composite in self.catalog.composites.values_mut() {
            *composite = Arc::new(change.composite(composite));
        }
        for domain in self.catalog.domains.values_mut() {
            let domain = Arc::make_mut(domain);
            domain.base = change.column(&domain.base);
        }
        let tables: Vec<Arc<Table>> = self.catalog.tables.values().cloned().collect();
        for before in tables {
            self.retype_table(&before, change);
        }
        for view in self.catalog.views.values_mut() {
            retype_view(Arc::make_mut(view), change);
        }
        if self.steps.len() == steps {
            self.push(Operation::CatalogOnly);
        }
    }

    fn retype_table(&mut self, before: &Arc<Table>, change: &Retype<'_>) {
        let mut after = Table::clone(before);
        for column in &mut after.columns {
            column.ty = change.column(&column.ty);
        }
        after.each_expression(&mut |expression| {
            let expr = std::mem::replace(&mut expression.expr, Expr::bool(true));
            expression.expr = expr.rewrite(&mut copy(change));
        });
        let has_column = before
            .columns
            .iter()
            .any(|column| change.mentions(&column.ty.ty));
        let is_renamed = change.label.is_some() || !is_same_name(change);
        let rebuild = (has_column && is_renamed) || stored_expression_mentions(before, change);
        let after = self.set_table(after);
        if rebuild {
            let columns = copied(before, &after, change);
            self.push(Operation::RebuildTable {
                before: before.clone(),
                after,
                columns,
            });
        }
    }
}

fn copy<'a>(change: &Retype<'a>) -> Retype<'a> {
    Retype {
        from: change.from,
        to: change.to,
        label: change.label,
    }
}

fn is_same_name(change: &Retype<'_>) -> bool {
    match change.to {
        Type::Enum(it) => it.name == *change.from,
        Type::Composite(it) => it.name == *change.from,
        _ => false,
    }
}

/// Tells whether an expression that SQLite stores, a check, an index or a stored column, has the type in it: its text holds the labels.
fn stored_expression_mentions(table: &Table, change: &Retype<'_>) -> bool {
    let mentions = |expr: &Expr| Uses::of_row(&table.name, expr).ty(change.from);
    table
        .checks
        .iter()
        .any(|check| mentions(&check.expression.expr))
        || table.indexes.iter().any(|index| {
            index
                .keys
                .iter()
                .any(|key| key.column.is_none() && mentions(&key.expression.expr))
                || index.filter.as_ref().is_some_and(|it| mentions(&it.expr))
        })
        || table.columns.iter().any(
            |column| matches!(&column.generated, Some(Generated::Stored(it)) if mentions(&it.expr)),
        )
}

/// Returns the values of the columns, with a label under its new name.
fn copied(before: &Table, after: &Table, change: &Retype<'_>) -> Vec<Copied> {
    let renames: BTreeMap<&Name, Expr> = before
        .columns
        .iter()
        .filter_map(|column| {
            let (from, to) = change.label?;
            let value = before.column_expr(&column.name);
            match &column.ty.ty {
                Type::Enum(it) if it.name == *change.from => {
                    Some((&column.name, relabelled(value, from, to, change.to)))
                }
                _ => None,
            }
        })
        .collect();
    after
        .columns
        .iter()
        .filter(|column| !matches!(column.generated, Some(Generated::Stored(_))))
        .map(|column| Copied {
            column: column.name.clone(),
            value: renames
                .get(&column.name)
                .cloned()
                .unwrap_or_else(|| before.column_expr(&column.name)),
        })
        .collect()
}

/// Returns `case when value::text = from then to else value end`.
fn relabelled(value: Expr, from: &str, to: &str, ty: &Type) -> Expr {
    let is_old = Expr::compare(
        Operator::Equal,
        value.clone().cast(Type::Text.into()),
        Expr::text(from),
    );
    Expr {
        ty: ty.clone(),
        kind: ExprKind::Case(Box::new(Case {
            branches: vec![(is_old, Expr::constant(Value::text(to), ty.clone()))],
            otherwise: Some(value),
        })),
    }
}

fn retype_view(view: &mut View, change: &Retype<'_>) {
    for (_, ty) in &mut view.columns {
        *ty = change.ty(ty);
    }
    let select = std::mem::replace(&mut view.select, empty());
    view.select = select.rewrite(&mut copy(change));
}
