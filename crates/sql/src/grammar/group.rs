//! The rule of grouped queries: outside of aggregates, only what is grouped by may be used.

use std::collections::HashSet;

use underpin_base::{Code, Error, Name, Result};

use super::scope::Namespace;
use crate::tree::{Expr, ExprKind, OrderBy, Simple};

/// Checks a grouped query whose `from` has the names of `namespace`.
///
/// # Errors
/// `42803` naming the column.
pub(super) fn check(simple: &Simple, order_by: &[OrderBy], namespace: &Namespace) -> Result<()> {
    let aliases: HashSet<&Name> = namespace
        .relations
        .iter()
        .map(|relation| &relation.alias)
        .filter(|alias| !has_key(simple, namespace, alias))
        .collect();
    let outputs = simple.outputs.iter().map(|output| &output.expr);
    let order_by = order_by.iter().map(|order| &order.expr);
    for expr in outputs.chain(&simple.having).chain(order_by) {
        if let Some((relation, column)) = ungrouped(expr, &simple.group_by, &aliases) {
            let relation = namespace
                .relations
                .iter()
                .find(|visible| visible.alias == relation)
                .map_or(relation, |visible| visible.name.clone());
            return Err(Error::new(
                Code::GROUPING,
                format!(
                    "column \"{relation}.{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
                ),
            ));
        }
    }
    Ok(())
}

/// A table that is grouped by its primary key has one row in each group.
fn has_key(simple: &Simple, namespace: &Namespace, alias: &Name) -> bool {
    let relation = namespace
        .relations
        .iter()
        .find(|relation| relation.alias == *alias);
    relation.is_some_and(|relation| {
        !relation.primary_key.is_empty()
            && relation.primary_key.iter().all(|key| {
                simple.group_by.iter().any(|expr| {
                    matches!(&expr.kind, ExprKind::Column { relation, name } if relation == alias && name == key)
                })
            })
    })
}

/// Returns a column of `aliases` that `expr` uses outside of aggregates and of what is grouped by.
fn ungrouped(expr: &Expr, keys: &[Expr], aliases: &HashSet<&Name>) -> Option<(Name, Name)> {
    if keys.contains(expr) {
        return None;
    }
    // What is allowed is replaced from the inside out; compound keys first, since their parts may be keys too.
    let is_column = |expr: &Expr| matches!(expr.kind, ExprKind::Column { .. });
    let without = expr.clone().map(&mut |part| {
        match &part.kind {
            // What stands before `within group` is a value of the group.
            ExprKind::Aggregate {
                aggregate,
                arguments,
                ..
            } => match arguments.as_slice() {
                [direct, _] if aggregate.is_of_ordered_set() => direct.clone(),
                _ => Expr::null(part.ty),
            },
            _ if !is_column(&part) && keys.contains(&part) => Expr::null(part.ty),
            _ => part,
        }
    });
    let mut found = None;
    without.any_part(&mut |part| {
        if let ExprKind::Column { relation, name } = &part.kind
            && aliases.contains(relation)
            && !keys.contains(part)
        {
            found.get_or_insert_with(|| (relation.clone(), name.clone()));
        }
        false
    });
    found
}
