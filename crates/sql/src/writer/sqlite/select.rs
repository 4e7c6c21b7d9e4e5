//! Queries.

use std::sync::Arc;

use underpin_base::{Error, Name, Result};

use super::collation::Purpose;
use super::json::numbered;
use super::narrowing::Search;
use super::postings::Postings;
use super::writer::{Writer, unsupported};
use crate::tree::{
    Body, Cte, Distinct, Expr, ExprKind, From, OrderBy, Output, Select, SetOperator, Simple,
    Statement,
};
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `select`.
    pub(super) fn select(&mut self, select: &Select) -> Result<()> {
        self.nested(|writer| writer.query(select))
    }

    fn query(&mut self, select: &Select) -> Result<()> {
        if depends_on_row(select.limit.as_ref()) || depends_on_row(select.offset.as_ref()) {
            return self.limited_by_number(select);
        }
        self.with(&select.with)?;
        match &select.body {
            Body::Simple(simple) => match &simple.distinct {
                Distinct::On(exprs) => self.distinct_on(simple, exprs, &select.order_by)?,
                Distinct::No | Distinct::Rows => {
                    let simple = sets_in_from(simple, &self.new_name());
                    self.simple(simple.as_ref())?;
                    self.order_clause(&select.order_by)?;
                }
            },
            Body::Values(_) | Body::Set { .. } => {
                let plain =
                    select.order_by.is_empty() && select.limit.is_none() && select.offset.is_none();
                if plain {
                    self.body(&select.body)?;
                } else {
                    // The order of a compound may only name its columns in SQLite; of a query over it, anything.
                    self.push("SELECT * FROM (");
                    self.body(&select.body)?;
                    self.push(")");
                    self.order_clause(&select.order_by)?;
                }
            }
        }
        self.limit(select.limit.as_ref(), select.offset.as_ref())
    }

    /// Writes `with …`.
    pub(super) fn with(&mut self, with: &[Cte]) -> Result<()> {
        if with.is_empty() {
            return Ok(());
        }
        self.push(if with.iter().any(|cte| cte.recursive) {
            "WITH RECURSIVE "
        } else {
            "WITH "
        });
        self.list(with, |writer, cte| {
            let Statement::Select(select) = &cte.statement else {
                return Err(unsupported("a write in a with clause"));
            };
            writer.identifier(&cte.name);
            if !cte.columns.is_empty() {
                writer.push("(");
                writer.list(&cte.columns, |writer, (name, _)| {
                    writer.identifier(name);
                    Ok(())
                })?;
                writer.push(")");
            }
            writer.push(match cte.materialized {
                None => " AS (",
                Some(true) => " AS MATERIALIZED (",
                Some(false) => " AS NOT MATERIALIZED (",
            });
            writer.select(select)?;
            writer.push(")");
            Ok(())
        })?;
        self.push(" ");
        Ok(())
    }

    fn limit(&mut self, limit: Option<&Expr>, offset: Option<&Expr>) -> Result<()> {
        match limit {
            // SQLite takes a null limit for an error, PostgreSQL for none.
            Some(limit) if is_known(limit) => self.around(" LIMIT ", limit, "")?,
            Some(limit) => self.around(" LIMIT coalesce(", limit, ", -1)")?,
            None if offset.is_some() => self.push(" LIMIT -1"),
            None => {}
        }
        match offset {
            Some(offset) if is_known(offset) => self.around(" OFFSET ", offset, ""),
            Some(offset) => self.around(" OFFSET coalesce(", offset, ", 0)"),
            None => Ok(()),
        }
    }

    fn body(&mut self, body: &Body) -> Result<()> {
        match body {
            Body::Simple(simple) => self.simple(simple),
            Body::Values(rows) => {
                self.push("VALUES ");
                self.list(rows, |writer, row| {
                    writer.push("(");
                    writer.list(row, Self::expression)?;
                    writer.push(")");
                    Ok(())
                })
            }
            Body::Set {
                operator,
                all,
                operands,
            } => {
                let [left, right] = &**operands;
                let name = match (operator, all) {
                    (SetOperator::Union, false) => " UNION ",
                    (SetOperator::Union, true) => " UNION ALL ",
                    (SetOperator::Intersect, false) => " INTERSECT ",
                    (SetOperator::Except, false) => " EXCEPT ",
                    (SetOperator::Intersect | SetOperator::Except, true) => {
                        return self.set_all(*operator, left, right);
                    }
                };
                self.operand(left, !all)?;
                self.push(name);
                self.operand(right, !all)
            }
        }
    }

    /// Writes an operand of a set operator, which cannot stand in parentheses in SQLite. The collations of the first operand's
    /// columns decide what is distinct.
    fn operand(&mut self, select: &Select, compared: bool) -> Result<()> {
        if let Body::Simple(simple) = &select.body
            && select.with.is_empty()
            && select.order_by.is_empty()
            && select.limit.is_none()
            && select.offset.is_none()
            && !matches!(simple.distinct, Distinct::On(_))
        {
            let simple = sets_in_from(simple, &self.new_name());
            return self.nested(|writer| writer.simple_compared(simple.as_ref(), compared));
        }
        let alias = self.new_name();
        self.push("SELECT ");
        let select = &numbered(select, &alias)?;
        let columns = select.columns();
        self.list(&columns, |writer, (name, ty)| {
            let column = Expr::column(&alias, name, ty.clone());
            if compared {
                writer.compared(&column, Purpose::Equality)?;
            } else {
                writer.expression(&column)?;
            }
            writer.push(" AS ");
            writer.identifier(name);
            Ok(())
        })?;
        self.subquery(" FROM (", select, ") AS ")?;
        self.identifier(&alias);
        Ok(())
    }

    fn simple(&mut self, simple: &Simple) -> Result<()> {
        self.simple_compared(simple, simple.distinct == Distinct::Rows)
    }

    /// Writes `select … from …`, the outputs in the form in which they are compared when they will be.
    fn simple_compared(&mut self, simple: &Simple, compared: bool) -> Result<()> {
        let narrowing = std::mem::take(&mut self.narrowing);
        self.declare_items(&simple.from);
        let postings = self.declare_postings(simple, &narrowing);
        self.push("SELECT ");
        if simple.distinct == Distinct::Rows {
            self.push("DISTINCT ");
        }
        if simple.outputs.is_empty() {
            self.push("NULL");
        }
        self.list(&simple.outputs, |writer, output| {
            if compared {
                writer.compared(&output.expr, Purpose::Equality)?;
            } else {
                writer.expression(&output.expr)?;
            }
            writer.push(" AS ");
            writer.identifier(&output.name);
            Ok(())
        })?;
        self.rest_of_simple(simple, &narrowing, &postings)
    }

    fn rest_of_simple(
        &mut self,
        simple: &Simple,
        narrowing: &[Search],
        postings: &[Arc<Postings>],
    ) -> Result<()> {
        self.note_searches(simple, narrowing);
        self.item_list(&simple.from, postings)?;
        self.filter_narrowed(simple.filter.as_ref(), narrowing, postings)?;
        if !simple.group_by.is_empty() {
            self.push(" GROUP BY ");
            self.list(&simple.group_by, |writer, expr| {
                if let ExprKind::Constant(_) = expr.kind {
                    writer.push("+");
                }
                writer.compared(expr, Purpose::Equality)
            })?;
        }
        if let Some(having) = &simple.having {
            self.around(" HAVING ", having, "")?;
        }
        Ok(())
    }

    /// Writes `select distinct on (…) …`: the first row of each group by a window function, then the order once more outside.
    fn distinct_on(&mut self, simple: &Simple, on: &[Expr], order_by: &[OrderBy]) -> Result<()> {
        if !simple.group_by.is_empty() || simple.having.is_some() {
            return Err(unsupported("distinct on with group by"));
        }
        let alias = self.new_name();
        let inner_name = |kind: &str, index: usize| Name::from(format!("{kind} {index}"));
        self.declare_items(&simple.from);
        let postings = self.declare_postings(simple, &[]);
        self.push("SELECT ");
        self.list(
            simple.outputs.iter().enumerate(),
            |writer, (index, output)| {
                writer.identifier(&alias);
                writer.push(".");
                writer.identifier(&inner_name("output", index));
                writer.push(" AS ");
                writer.identifier(&output.name);
                Ok(())
            },
        )?;
        self.push(" FROM (SELECT ");
        for (index, Output { expr, .. }) in simple.outputs.iter().enumerate() {
            self.around("", expr, " AS ")?;
            self.identifier(&inner_name("output", index));
            self.push(", ");
        }
        for (index, order) in order_by.iter().enumerate() {
            self.around("", &order.expr, " AS ")?;
            self.identifier(&inner_name("order", index));
            self.push(", ");
        }
        self.push("row_number() OVER (PARTITION BY ");
        self.list(on, |writer, expr| writer.compared(expr, Purpose::Equality))?;
        self.order_clause(order_by)?;
        self.push(") AS \"number\"");
        self.rest_of_simple(simple, &[], &postings)?;
        self.push(") AS ");
        self.identifier(&alias);
        self.push(" WHERE ");
        self.identifier(&alias);
        self.push(".\"number\" = 1");
        let outer: Vec<OrderBy> = order_by
            .iter()
            .enumerate()
            .map(|(index, order)| OrderBy {
                expr: Expr::column(&alias, &inner_name("order", index), order.expr.ty.clone()),
                ..order.clone()
            })
            .collect();
        self.order_clause(&outer)
    }
}

/// Tells whether a limit or offset depends on a row, which is one of a query around this.
fn depends_on_row(count: Option<&Expr>) -> bool {
    count.is_some_and(|count| {
        !is_known(count) && count.any_part(&mut |part| matches!(part.kind, ExprKind::Column { .. }))
    })
}

/// Tells whether `expr` is a constant other than null.
fn is_known(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Constant(value) if !value.is_null())
}

/// Returns the query with a set-returning function among its outputs moved into `from`, where SQLite has it.
fn sets_in_from<'a>(simple: &'a Simple, alias: &Name) -> std::borrow::Cow<'a, Simple> {
    let set = simple.outputs.iter().position(|output| {
        matches!(&output.expr.kind, ExprKind::Function(function, _) if function.definition().set)
    });
    let Some(index) = set else {
        return std::borrow::Cow::Borrowed(simple);
    };
    let mut simple = simple.clone();
    if let Some(output) = simple.outputs.get_mut(index) {
        let ty = output.expr.ty.clone();
        let name = Name::from("value");
        let column = Expr::column(alias, &name, ty.clone());
        let call = std::mem::replace(&mut output.expr, column);
        if let ExprKind::Function(function, arguments) = call.kind {
            simple.from.push(From::Function {
                function,
                arguments,
                alias: alias.clone(),
                columns: vec![(name, ty)],
                ordinality: false,
            });
        }
    }
    std::borrow::Cow::Owned(simple)
}

/// Returns the one output of a query of one column.
pub(super) fn only_output(select: &Select, name: &str) -> Result<Select> {
    let mut select = select.clone();
    match &mut select.body {
        Body::Simple(simple) => simple.outputs.retain(|output| &*output.name == name),
        Body::Values(_) | Body::Set { .. } => return Err(unsupported("a lateral query like this")),
    }
    if select.columns().len() == 1 {
        Ok(select)
    } else {
        Err(Error::internal("a lateral query's column"))
    }
}
