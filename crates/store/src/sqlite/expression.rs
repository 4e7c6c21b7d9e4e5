//! Expressions about the row as it will be.
//!
//! A plan knows that row by the alias [`NEW_ROW`]. For a row that is inserted its columns are the parameters of the row's values;
//! for one that is changed it is a subquery of that alias, so that no name within the plan's expression can mean another column.

use std::collections::BTreeSet;

use underpin_base::Name;
use underpin_query::plan::NEW_ROW;
use underpin_schema::catalog::{Generated, Table};
use underpin_sql::tree::{Expr, ExprKind, From, Output, Select, Simple};
use underpin_sql::types::Type;

/// The output of a query over changed rows that holds a row's identity; no column can have this name.
pub(super) const ROW_IDENTITY: &str = "underpin:row";

/// Returns parameter `index` of type `ty`.
pub(super) fn parameter(index: usize, ty: &Type) -> Expr {
    Expr {
        kind: ExprKind::Parameter(index),
        ty: ty.clone(),
    }
}

/// Returns the identity of the row of the table with alias `alias`.
pub(super) fn row_identity(alias: &Name) -> Expr {
    Expr {
        kind: ExprKind::RowId(alias.clone()),
        ty: Type::Int8,
    }
}

/// Returns an output column.
pub(super) fn output(name: impl Into<Name>, expr: Expr) -> Output {
    Output {
        name: name.into(),
        expr,
    }
}

/// Returns the condition that `condition` is not true: false or null, which is how `with check` fails.
pub(super) fn is_not_true(condition: Expr) -> Expr {
    Expr {
        kind: ExprKind::IsTruth {
            operand: Box::new(condition),
            truth: Some(true),
            negated: true,
        },
        ty: Type::Bool,
    }
}

/// Returns a query of `outputs` from `from` where `filter` holds.
pub(super) fn select(outputs: Vec<Output>, from: Vec<From>, filter: Option<Expr>) -> Select {
    Select::simple(Simple {
        outputs,
        from,
        filter,
        ..Simple::default()
    })
}

/// Returns the table itself, under its bare name, as a plan's filters and assignments know it.
pub(super) fn table_item(table: &Table) -> From {
    From::Table {
        table: table.name.clone(),
        alias: table.name.name.clone(),
    }
}

/// Returns the columns of the relation `alias` that `expr` refers to.
pub(super) fn columns_of(expr: &Expr, alias: &str) -> BTreeSet<Name> {
    let mut columns = BTreeSet::new();
    expr.any_part(&mut |part| {
        if let ExprKind::Column { relation, name } = &part.kind
            && **relation == *alias
        {
            columns.insert(name.clone());
        }
        false
    });
    columns
}

/// Returns `expr` with each column of the relation `alias` replaced by what `replacement` gives for it.
pub(super) fn replace_columns(
    expr: Expr,
    alias: &str,
    replacement: &dyn Fn(&Name, &Type) -> Expr,
) -> Expr {
    expr.map(&mut |part| match &part.kind {
        ExprKind::Column { relation, name } if **relation == *alias => replacement(name, &part.ty),
        _ => part,
    })
}

/// Returns the expression of the stored generated column `name`, if it is one.
pub(super) fn generator<'t>(table: &'t Table, name: &str) -> Option<&'t Expr> {
    match &table.column(name)?.generated {
        Some(Generated::Stored(expression)) => Some(&expression.expr),
        Some(Generated::IdentityAlways | Generated::IdentityByDefault) | None => None,
    }
}

/// Returns a subquery of the rows of `table` where `filter` holds, as they will be once `assignments` are made: under the alias
/// [`NEW_ROW`], with the row's identity and the columns `columns`.
pub(super) fn changed_rows(
    table: &Table,
    assignments: &[(Name, Expr)],
    columns: &BTreeSet<Name>,
    filter: Expr,
    more: Vec<Output>,
) -> From {
    let alias = &table.name.name;
    let assigned = |name: &Name, ty: &Type| {
        assignments
            .iter()
            .find(|(column, _)| column == name)
            .map_or_else(
                || Expr::column(alias, name, ty.clone()),
                |(_, value)| value.clone(),
            )
    };
    let mut outputs = vec![output(ROW_IDENTITY, row_identity(alias))];
    for name in columns {
        let Some(column) = table.column(name) else {
            continue;
        };
        let value = match generator(table, name) {
            Some(generator) => replace_columns(generator.clone(), alias, &assigned),
            None => assigned(name, &column.ty.ty),
        };
        outputs.push(output(name.clone(), value));
    }
    outputs.extend(more);
    From::Subquery {
        select: Box::new(select(outputs, vec![table_item(table)], Some(filter))),
        alias: Name::from(NEW_ROW),
        lateral: false,
    }
}

/// Returns the column of [`changed_rows`] that holds the row's identity.
pub(super) fn changed_identity() -> Expr {
    Expr::column(&Name::from(NEW_ROW), &Name::from(ROW_IDENTITY), Type::Int8)
}

/// Tells whether `expr` must be evaluated apart from what is written: it may have another value each time, or run a routine, which may
/// write, while nothing may while a statement of SQLite writes.
pub(super) fn stands_apart(expr: &Expr) -> bool {
    expr.is_volatile() || expr.any_part(&mut |part| matches!(part.kind, ExprKind::Invoke(_)))
}
