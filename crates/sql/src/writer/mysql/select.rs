//! Queries.

use underpin_base::{Name, Result, Value};

use super::built::built;
use super::writer::Writer;
use super::{Form, unsupported};
use crate::tree::{Body, Distinct, Expr, ExprKind, From, JoinKind, OrderBy, Select, Simple};
use crate::types::Type;
use crate::writer::text::Text as _;

impl Writer<'_> {
    /// Writes the whole query; returns the forms of its columns.
    pub(super) fn top(&mut self, select: &Select) -> Result<Vec<Form>> {
        let simple = self.plain(select)?;
        let outputs = simple
            .outputs
            .iter()
            .map(|output| match built(&output.expr) {
                Some(document) => Form::Document(document),
                None => Form::Value(output.expr.ty.clone()),
            });
        let outputs: Vec<Form> = outputs.collect();
        self.simple(
            simple,
            &select.order_by,
            &mut |writer, expr| match built(expr) {
                Some(_) => writer.document(expr),
                None => writer.expression(expr),
            },
        )?;
        self.limit(select)?;
        Ok(outputs)
    }

    /// Writes a query within another.
    pub(super) fn query(&mut self, select: &Select) -> Result<()> {
        self.nested(|writer| {
            let simple = writer.plain(select)?;
            writer.simple(simple, &select.order_by, &mut Self::expression)?;
            writer.limit(select)
        })
    }

    /// Writes `before`, the query, `after`.
    pub(super) fn subquery(&mut self, before: &str, select: &Select, after: &str) -> Result<()> {
        if self.is_inline() {
            return Err(unsupported("a query in a schema"));
        }
        self.push(before);
        self.query(select)?;
        self.push(after);
        Ok(())
    }

    /// Returns the body of a query that is one `select … from`.
    pub(super) fn plain<'s>(&self, select: &'s Select) -> Result<&'s Simple> {
        match &select.body {
            Body::Simple(simple) if select.with.is_empty() => Ok(simple),
            _ => Err(unsupported("this query")),
        }
    }

    fn simple(
        &mut self,
        simple: &Simple,
        order_by: &[OrderBy],
        output: &mut dyn FnMut(&mut Self, &Expr) -> Result<()>,
    ) -> Result<()> {
        // What stands in `from` is declared before the outputs name it.
        let items = self.apart(|writer| writer.items(&simple.from))?;
        self.push("SELECT ");
        match &simple.distinct {
            Distinct::No => {}
            Distinct::Rows => {
                for output in &simple.outputs {
                    self.is_comparable(&output.expr, false)?;
                }
                self.push("DISTINCT ");
            }
            Distinct::On(_) => return Err(unsupported("distinct on")),
        }
        self.list(&simple.outputs, |writer, column| {
            output(writer, &column.expr)?;
            writer.push(" AS ");
            writer.identifier(&column.name);
            Ok(())
        })?;
        if simple.outputs.is_empty() {
            self.push("1");
        }
        self.adopt(items);
        self.filter(simple.filter.as_ref())?;
        if !simple.group_by.is_empty() {
            self.push(" GROUP BY ");
            self.list(&simple.group_by, |writer, expr| {
                writer.is_comparable(expr, false)?;
                // The same expression would be another one where it stands again, for its parameters.
                if !matches!(expr.kind, ExprKind::Column { .. }) || writer.is_foreign(expr) {
                    return Err(unsupported("group by an expression"));
                }
                writer.expression(expr)
            })?;
        }
        self.condition(" HAVING ", simple.having.as_ref())?;
        self.order_clause(order_by, &optional(&simple.from))
    }

    /// Writes ` WHERE …` when there is a condition.
    pub(super) fn filter(&mut self, filter: Option<&Expr>) -> Result<()> {
        match filter {
            Some(filter) => {
                self.push(" WHERE ");
                self.chosen(filter)
            }
            None => Ok(()),
        }
    }

    fn condition(&mut self, word: &str, condition: Option<&Expr>) -> Result<()> {
        match condition {
            Some(condition) => self.around(word, condition, ""),
            None => Ok(()),
        }
    }

    /// Writes ` ORDER BY …`; of the relations `optional` a join may have made nulls.
    pub(super) fn order_clause(&mut self, order_by: &[OrderBy], optional: &[Name]) -> Result<()> {
        let mut word = " ORDER BY ";
        for order in order_by {
            if matches!(order.expr.kind, ExprKind::Constant(_)) {
                continue;
            }
            self.push(word);
            word = ", ";
            let is_own = matches!(&order.expr.kind, ExprKind::Column { relation, .. } if relation.is_empty());
            // Nulls are the smallest values here.
            if order.nulls_first == order.descending
                && (is_own || !self.is_not_null(&order.expr, optional))
            {
                self.around("(", &order.expr, " IS NULL)")?;
                self.push(if order.nulls_first { " DESC, " } else { ", " });
            }
            self.sorted(&order.expr)?;
            self.push(if order.descending { " DESC" } else { "" });
        }
        Ok(())
    }

    fn limit(&mut self, select: &Select) -> Result<()> {
        let limit = number(select.limit.as_ref())?;
        let offset = number(select.offset.as_ref())?;
        if limit.is_none() && offset.is_none() {
            return Ok(());
        }
        self.push(&format!(" LIMIT {}", limit.unwrap_or(u64::MAX)));
        if let Some(offset) = offset {
            self.push(&format!(" OFFSET {offset}"));
        }
        Ok(())
    }
}

/// Returns the number of a limit or offset.
pub(super) fn number(expr: Option<&Expr>) -> Result<Option<u64>> {
    match expr.map(|expr| &expr.kind) {
        None | Some(ExprKind::Constant(Value::Null)) => Ok(None),
        Some(ExprKind::Constant(Value::Int(number))) => u64::try_from(*number)
            .map(Some)
            .map_err(|_| unsupported("a negative limit")),
        Some(_) => Err(unsupported("a limit that is no number")),
    }
}

/// Returns the aliases of relations of which an outer join may make a row of nulls.
pub(super) fn optional(items: &[From]) -> Vec<Name> {
    let of_side = |side: &From, is_optional| match is_optional {
        true => side.aliases(),
        false => optional(std::slice::from_ref(side)),
    };
    let of_item = |item: &From| match item {
        From::Join(join) => {
            let (left, right) = match join.kind {
                JoinKind::Inner | JoinKind::Cross => (false, false),
                JoinKind::Left => (false, true),
                JoinKind::Right => (true, false),
                JoinKind::Full => (true, true),
            };
            [of_side(&join.left, left), of_side(&join.right, right)].concat()
        }
        _ => Vec::new(),
    };
    items.iter().flat_map(of_item).collect()
}

/// Tells whether a query has one row at most whatever the tables hold.
pub(super) fn at_most_one_row(select: &Select) -> bool {
    let limited = matches!(number(select.limit.as_ref()), Ok(Some(0 | 1)));
    match &select.body {
        Body::Simple(simple) => {
            let alone = simple.from.is_empty() && simple.filter.is_none();
            let aggregated = simple.group_by.is_empty()
                && simple.having.is_none()
                && !simple.outputs.is_empty()
                && simple.outputs.iter().all(|output| {
                    matches!(output.expr.kind, ExprKind::Aggregate { .. })
                        && output.expr.ty != Type::Unknown
                });
            limited || alone || aggregated
        }
        Body::Values(_) | Body::Set { .. } => limited,
    }
}
