//! Queries.

use underpin_base::{Result, Value};

use super::writer::Writer;
use crate::tree::{
    Body, Cte, Distinct, Expr, ExprKind, OrderBy, Output, Select, SetOperator, Simple,
};
use crate::types::Type;
use crate::writer::Bind;
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `select`.
    pub(super) fn select(&mut self, select: &Select) -> Result<()> {
        let groups = matches!(&select.body, Body::Simple(simple) if !simple.group_by.is_empty());
        let outer = std::mem::replace(&mut self.grouped, groups);
        let result = self.nested(|writer| writer.query(select));
        self.grouped = outer;
        result
    }

    fn query(&mut self, select: &Select) -> Result<()> {
        self.with(&select.with)?;
        match &select.body {
            Body::Simple(simple) => self.simple(simple)?,
            Body::Values(rows) => {
                self.push("values ");
                self.list(rows, |writer, row| writer.listed("(", row, ")"))?;
            }
            Body::Set {
                operator,
                all,
                operands,
            } => {
                let [left, right] = &**operands;
                self.subquery("(", left, ")")?;
                self.push(match operator {
                    SetOperator::Union => " union ",
                    SetOperator::Intersect => " intersect ",
                    SetOperator::Except => " except ",
                });
                self.subquery(if *all { "all (" } else { "(" }, right, ")")?;
            }
        }
        self.order_clause(&select.order_by)?;
        if let Some(limit) = &select.limit {
            self.push(" limit ");
            self.count(limit)?;
        }
        if let Some(offset) = &select.offset {
            self.push(" offset ");
            self.count(offset)?;
        }
        Ok(())
    }

    /// Writes a number of rows.
    fn count(&mut self, expr: &Expr) -> Result<()> {
        match &expr.kind {
            ExprKind::Constant(value @ Value::Int(_)) => {
                self.bind(Bind::Value(value.clone()), &Type::Int8);
                Ok(())
            }
            _ => self.expression(expr),
        }
    }

    /// Writes `with …`.
    pub(super) fn with(&mut self, with: &[Cte]) -> Result<()> {
        if with.is_empty() {
            return Ok(());
        }
        self.push(if with.iter().any(|cte| cte.recursive) {
            "with recursive "
        } else {
            "with "
        });
        self.list(with, Self::cte)?;
        self.push(" ");
        Ok(())
    }

    /// Writes one `with` item.
    pub(super) fn cte(&mut self, cte: &Cte) -> Result<()> {
        self.alias(&cte.name);
        if !cte.columns.is_empty() {
            self.column_names(cte.columns.iter().map(|(name, _)| name));
        }
        self.push(match cte.materialized {
            None => " as (",
            Some(true) => " as materialized (",
            Some(false) => " as not materialized (",
        });
        self.statement(&cte.statement)?;
        self.push(")");
        Ok(())
    }

    fn simple(&mut self, simple: &Simple) -> Result<()> {
        self.push("select");
        match &simple.distinct {
            Distinct::No => {}
            Distinct::Rows => self.push(" distinct"),
            Distinct::On(on) => {
                self.push(" distinct on (");
                self.list(on, Self::key)?;
                self.push(")");
            }
        }
        if !simple.outputs.is_empty() {
            self.push(" ");
            self.outputs(&simple.outputs)?;
        }
        self.item_list(" from ", &simple.from)?;
        self.filter(simple.filter.as_ref())?;
        if !simple.group_by.is_empty() {
            let keys: Vec<&Expr> = simple.group_by.iter().flat_map(compared).collect();
            self.push(" group by ");
            match keys.as_slice() {
                [] => self.push("true::boolean"),
                keys => self.list(keys, |writer, key| writer.key(key))?,
            }
        }
        if let Some(having) = &simple.having {
            self.around(" having ", having, "")?;
        }
        Ok(())
    }

    /// Writes output columns.
    pub(super) fn outputs(&mut self, outputs: &[Output]) -> Result<()> {
        self.list(outputs, |writer, Output { name, expr }| {
            match &expr.kind {
                // A star here would be all its columns.
                ExprKind::RowId(relation) => writer.alias(relation),
                _ => writer.expression(expr)?,
            }
            writer.push(" as ");
            writer.column_name(name);
            Ok(())
        })
    }

    /// Writes `where …`.
    pub(super) fn filter(&mut self, filter: Option<&Expr>) -> Result<()> {
        match filter {
            Some(filter) => self.around(" where ", filter, ""),
            None => Ok(()),
        }
    }

    /// Writes ` order by …` when there is something to order by.
    pub(super) fn order_clause(&mut self, order_by: &[OrderBy]) -> Result<()> {
        if order_by.is_empty() {
            return Ok(());
        }
        self.push(" order by ");
        self.list(order_by, |writer, order| {
            writer.key(&order.expr)?;
            if order.descending {
                writer.push(" desc");
            }
            match (order.descending, order.nulls_first) {
                (false, true) => writer.push(" nulls first"),
                (true, false) => writer.push(" nulls last"),
                (false, false) | (true, true) => {}
            }
            Ok(())
        })
    }

    /// Writes what is sorted or grouped by, where PostgreSQL takes a literal for the position of an output.
    pub(super) fn key(&mut self, expr: &Expr) -> Result<()> {
        let literal = match &expr.kind {
            ExprKind::Constant(_) => expr.ty == Type::Bool,
            ExprKind::And(terms) | ExprKind::Or(terms) => terms.is_empty(),
            ExprKind::In { list, .. } => list.is_empty(),
            _ => false,
        };
        self.expression(expr)?;
        if literal {
            self.push("::boolean");
        }
        Ok(())
    }
}

/// Returns what a key of a group is compared by: JSON has no equality, and so an object is what its members are.
fn compared(key: &Expr) -> Vec<&Expr> {
    match &key.kind {
        ExprKind::Object(members) => members.iter().flat_map(|(_, it)| compared(it)).collect(),
        ExprKind::Case(case) if key.ty == Type::Json => {
            let conditions = case.branches.iter().map(|(condition, _)| condition);
            let values = case.branches.iter().map(|(_, value)| value);
            let values = values.chain(&case.otherwise).flat_map(compared);
            conditions.flat_map(tested).chain(values).collect()
        }
        ExprKind::Constant(Value::Null) => Vec::new(),
        _ => vec![key],
    }
}

/// Returns what a condition looks at.
fn tested(condition: &Expr) -> Vec<&Expr> {
    match &condition.kind {
        ExprKind::IsNull { operand, .. } => vec![operand],
        _ => vec![condition],
    }
}
