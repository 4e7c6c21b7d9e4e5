//! Lateral queries, which SQLite does not have.
//!
//! One of one row at most is written as a scalar subquery wherever one of its columns is used. The rows of any other are packed into one JSON
//! array by a scalar subquery, which `json_each` takes apart: as a table-valued function it may refer to the items before it.

use std::collections::HashSet;

use underpin_base::{Error, Name, Result, Value};

use super::json::numbered;
use super::select::only_output;
use super::writer::{Relation, Writer};
use crate::tree::{Body, Distinct, Expr, ExprKind, Rewrite, Select};
use crate::writer::text::Text as _;

/// Most columns of a row that is packed; SQLite's limit on the arguments of a function is 1,000.
const COLUMNS_MAX: usize = 900;

impl Writer {
    /// Writes a column of a lateral query that was left out of `from`.
    pub(super) fn lateral_column(&mut self, select: &Select, name: &Name) -> Result<()> {
        let select = only_output(select, name)?;
        self.subquery("(", &select, ")")
    }

    /// Writes the rows of a lateral query as a table of one column `value`, each a row that was packed.
    pub(super) fn packed(&mut self, select: &Select) -> Result<()> {
        let alias = self.new_name();
        let numbered = numbered(select, &alias)?;
        self.push("json_each((SELECT underpin_pack(");
        self.list(numbered.columns(), |writer, (name, ty)| {
            writer.expression(&Expr::column(&alias, &name, ty))
        })?;
        self.subquery(") FROM (", &numbered, ") AS ")?;
        self.identifier(&alias);
        self.push("))");
        Ok(())
    }

    /// Writes a column of a lateral query whose rows were packed.
    pub(super) fn packed_column(
        &mut self,
        alias: &Name,
        name: &Name,
        columns: &[Name],
    ) -> Result<()> {
        let Some(index) = columns.iter().position(|column| column == name) else {
            return Err(Error::internal(format_args!("column {name} of {alias}")));
        };
        self.push("underpin_unpack(");
        self.identifier(alias);
        self.push(&format!(".value, {index})"));
        Ok(())
    }
}

/// Returns how the columns of a lateral query are written that stands behind `before` and can refer to `within`.
pub(super) fn lateral(
    select: &Select,
    left_join: bool,
    before: &HashSet<Name>,
    within: &HashSet<Name>,
) -> Relation {
    if has_one_row(select, left_join) {
        return Relation::Lateral(Box::new(select.clone()));
    }
    let out_of_sight: HashSet<Name> = before.difference(within).cloned().collect();
    let columns: Vec<Name> = select.columns().into_iter().map(|(name, _)| name).collect();
    if columns.len() > COLUMNS_MAX || refers_to(select, &out_of_sight) {
        Relation::Refused
    } else {
        Relation::Packed(columns)
    }
}

/// Tells whether a lateral query may become a subquery for each of its columns: it has exactly one row, or at most one and a left
/// join makes nulls of none.
fn has_one_row(select: &Select, left_join: bool) -> bool {
    let Body::Simple(simple) = &select.body else {
        return false;
    };
    let aggregates = !simple.outputs.is_empty()
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && simple.distinct == Distinct::No
        && simple
            .outputs
            .iter()
            .all(|output| is_aggregate(&output.expr));
    let limited = matches!(&select.limit, Some(limit)
        if limit.kind == ExprKind::Constant(Value::Int(1)));
    let whole = select.offset.is_none() && (select.limit.is_none() || limited);
    (aggregates && whole) || (left_join && limited)
}

/// Tells whether a query has one row at most whatever the tables hold.
pub(super) fn at_most_one_row(select: &Select) -> bool {
    match &select.body {
        Body::Simple(simple) => {
            let no_set = !simple.outputs.iter().any(|output| {
                matches!(&output.expr.kind, ExprKind::Function(function, _)
                    if function.definition().set)
            });
            (simple.from.is_empty() && no_set) || has_one_row(select, true)
        }
        Body::Values(rows) => rows.len() == 1,
        Body::Set { .. } => false,
    }
}

/// Tells whether `expr` makes its query an aggregate one by itself.
fn is_aggregate(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Aggregate { .. } => true,
        ExprKind::Coalesce(values) => values.first().is_some_and(is_aggregate),
        ExprKind::Cast { operand, .. } => is_aggregate(operand),
        ExprKind::Function(function, arguments) => {
            !function.definition().set && arguments.iter().any(is_aggregate)
        }
        ExprKind::Operator(_, operands) => operands.iter().any(is_aggregate),
        _ => false,
    }
}

/// Collects the relations that expressions name.
struct References(HashSet<Name>);

impl Rewrite for References {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Column { relation, .. } | ExprKind::RowId(relation) = &expr.kind {
            self.0.insert(relation.clone());
        }
        expr
    }
}

fn referenced(select: &Select) -> HashSet<Name> {
    let mut references = References(HashSet::new());
    let _ = select.clone().rewrite(&mut references);
    references.0
}

pub(super) fn refers_to(select: &Select, relations: &HashSet<Name>) -> bool {
    !referenced(select).is_disjoint(relations)
}
