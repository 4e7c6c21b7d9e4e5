//! Which views can be written through: PostgreSQL's rules for automatically updatable views.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::{Body, Distinct, Expr, ExprKind, From, Output};

use super::{Catalog, Table, View};

/// How deep views are followed; deeper ones count as not to be written through.
const DEPTH_MAX: usize = 32;

/// What a view that can be written through reads: one table or view, as it is.
#[derive(Clone, Copy, Debug)]
pub struct Base<'v> {
    /// The table or view.
    pub relation: &'v QualifiedName,
    /// Its alias within the view's query.
    pub alias: &'v Name,
    /// The view's columns, over the alias; those that are no plain column of it cannot be written.
    pub outputs: &'v [Output],
    /// Which rows the view shows, over the alias.
    pub filter: Option<&'v Expr>,
}

impl View {
    /// Returns what the view reads when rows can be written through it.
    ///
    /// # Errors
    /// PostgreSQL's sentence about why they cannot.
    pub fn base(&self) -> Result<Base<'_>, &'static str> {
        let select = &self.select;
        if self.materialized {
            return Err("Materialized views are not automatically updatable.");
        }
        if let Body::Set { .. } = &select.body {
            return Err(
                "Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.",
            );
        }
        let Body::Simple(simple) = &select.body else {
            return Err(NOT_ONE_RELATION);
        };
        if simple.distinct != Distinct::No {
            return Err("Views containing DISTINCT are not automatically updatable.");
        }
        if !simple.group_by.is_empty() {
            return Err("Views containing GROUP BY are not automatically updatable.");
        }
        if simple.having.is_some() {
            return Err("Views containing HAVING are not automatically updatable.");
        }
        if !select.with.is_empty() {
            return Err("Views containing WITH are not automatically updatable.");
        }
        if select.limit.is_some() || select.offset.is_some() {
            return Err("Views containing LIMIT or OFFSET are not automatically updatable.");
        }
        let returns = |test: fn(&Expr) -> bool| {
            simple
                .outputs
                .iter()
                .any(|output| within(&output.expr, test))
        };
        if returns(|part| matches!(part.kind, ExprKind::Aggregate { .. })) {
            return Err("Views that return aggregate functions are not automatically updatable.");
        }
        if returns(|part| matches!(part.kind, ExprKind::Window(_))) {
            return Err("Views that return window functions are not automatically updatable.");
        }
        let [
            From::Table {
                table: relation,
                alias,
            }
            | From::View {
                view: relation,
                alias,
            },
        ] = simple.from.as_slice()
        else {
            return Err(NOT_ONE_RELATION);
        };
        Ok(Base {
            relation,
            alias,
            outputs: &simple.outputs,
            filter: simple.filter.as_ref(),
        })
    }
}

const NOT_ONE_RELATION: &str =
    "Views that do not select from a single table or view are not automatically updatable.";

/// Tells whether `test` holds for a part of `expr` itself: what a subquery in it does is the subquery's business.
fn within(expr: &Expr, test: fn(&Expr) -> bool) -> bool {
    let is_query = |part: &Expr| {
        matches!(
            part.kind,
            ExprKind::Scalar(_)
                | ExprKind::Exists(_)
                | ExprKind::ArraySelect(_)
                | ExprKind::InSelect { .. }
                | ExprKind::Rows(_)
        )
    };
    // A subquery's own aggregates would be found too, so that an expression with one is looked at from the outside alone.
    if expr.any_part(&mut |part| is_query(part)) {
        return test(expr);
    }
    expr.any_part(&mut |part| test(part))
}

impl Base<'_> {
    /// Returns the base's column behind the view's column at `index`; nothing when it is computed.
    pub fn column(&self, index: usize) -> Option<&Name> {
        match &self.outputs.get(index)?.expr.kind {
            ExprKind::Column { relation, name } if relation == self.alias => Some(name),
            _ => None,
        }
    }
}

impl Catalog {
    /// Returns the table that is written through `view`, and its column behind each of the view's; nothing when none is.
    pub fn behind(&self, view: &View) -> Option<(&Arc<Table>, Vec<Option<Name>>)> {
        self.behind_within(view, DEPTH_MAX)
    }

    fn behind_within(&self, view: &View, depth: usize) -> Option<(&Arc<Table>, Vec<Option<Name>>)> {
        let base = view.base().ok()?;
        let shown = (0..base.outputs.len()).map(|index| base.column(index));
        if let Some(table) = self.tables.get(base.relation) {
            return Some((table, shown.map(|column| column.cloned()).collect()));
        }
        let below = self.views.get(base.relation)?;
        let (table, columns) = self.behind_within(below, depth.checked_sub(1)?)?;
        let behind = |column: &Name| {
            let index = below.columns.iter().position(|(name, _)| name == column)?;
            columns.get(index).cloned().flatten()
        };
        let columns = shown.map(|column| column.and_then(behind)).collect();
        Some((table, columns))
    }
}
