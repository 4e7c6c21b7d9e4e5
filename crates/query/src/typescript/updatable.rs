//! Which views can be written to: PostgreSQL's rule, from the view's query alone.

use std::collections::BTreeSet;

use underpin_base::Name;
use underpin_schema::catalog::{Catalog, View};
use underpin_sql::tree::{Body, Distinct, Expr, ExprKind, From, Select, Simple};

/// How deep views of views are followed; a deeper one counts as not writable.
const DEPTH_MAX: usize = 32;

/// Returns the columns of `view` that can be written, or nothing when it cannot be written to: it must show the rows of one table
/// or such view, without grouping, `distinct`, `limit` and `with`. Computed columns cannot be written.
pub(super) fn columns(catalog: &Catalog, view: &View) -> Option<BTreeSet<Name>> {
    of_view(catalog, view, DEPTH_MAX)
}

fn of_view(catalog: &Catalog, view: &View, depth: usize) -> Option<BTreeSet<Name>> {
    let simple = plain(&view.select)?;
    let [from] = simple.from.as_slice() else {
        return None;
    };
    let (alias, below) = match from {
        From::Table { table, alias } => {
            let table = catalog.tables.get(table)?;
            (
                alias,
                table
                    .columns
                    .iter()
                    .map(|column| column.name.clone())
                    .collect(),
            )
        }
        From::View { view, alias } => {
            let below = catalog.views.get(view)?;
            (alias, of_view(catalog, below, depth.checked_sub(1)?)?)
        }
        _ => return None,
    };
    let shown: Vec<Option<&Name>> = simple
        .outputs
        .iter()
        .map(|output| plain_column(&output.expr, alias).filter(|column| below.contains(*column)))
        .collect();
    let names = view.columns.iter().map(|(name, _)| name);
    let writable: BTreeSet<Name> = names
        .zip(&shown)
        .enumerate()
        // A column that is shown twice can be written by its first name alone.
        .filter(|(index, (_, column))| {
            column.is_some() && !shown.iter().take(*index).any(|before| before == *column)
        })
        .map(|(_, (name, _))| name.clone())
        .collect();
    Some(writable).filter(|writable| !writable.is_empty())
}

/// Returns the query when each of its rows is a row of its source.
fn plain(select: &Select) -> Option<&Simple> {
    let Body::Simple(simple) = &select.body else {
        return None;
    };
    let aggregates = simple.outputs.iter().any(|output| groups(&output.expr));
    let is_plain = select.with.is_empty()
        && select.limit.is_none()
        && select.offset.is_none()
        && simple.distinct == Distinct::No
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && !aggregates;
    is_plain.then_some(simple)
}

fn plain_column<'a>(expr: &'a Expr, alias: &Name) -> Option<&'a Name> {
    match &expr.kind {
        ExprKind::Column { relation, name } if relation == alias => Some(name),
        _ => None,
    }
}

/// Tells whether an aggregate or window function stands in `expr` itself; one within a subquery groups the subquery's rows.
fn groups(expr: &Expr) -> bool {
    let mark = Name::from("(group)");
    let marked = expr.clone().map(&mut |part| match part.kind {
        ExprKind::Aggregate { .. } | ExprKind::Window(_) => Expr {
            kind: ExprKind::RowId(mark.clone()),
            ty: part.ty,
        },
        ExprKind::Scalar(_)
        | ExprKind::ArraySelect(_)
        | ExprKind::Exists(_)
        | ExprKind::InSelect { .. } => Expr::null(part.ty),
        _ => part,
    });
    marked.any_part(&mut |part| matches!(&part.kind, ExprKind::RowId(name) if *name == mark))
}
