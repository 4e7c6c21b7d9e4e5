//! Columns, JSON paths and casts of a request as expressions.

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_schema::catalog::Privilege;
use underpin_sql::functions::{Aggregate, Operator};
use underpin_sql::infer;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::Type;

use super::access::no_column;
use super::world::{Planner, Source};
use crate::request::{FieldItem, JsonStep};

/// The name of a column that is none.
pub(super) const COUNT: &str = "count";

impl Planner<'_> {
    /// Returns `column->path` of the row `alias`; a function of the row is a column too.
    ///
    /// # Errors
    /// `42703` when there is no such column, `42501` when the caller may not read it.
    pub(super) fn field(
        &mut self,
        source: &Source,
        alias: &Name,
        column: &str,
        path: &[JsonStep],
    ) -> Result<Expr> {
        let expr = match source.column(column) {
            Some((name, ty)) => {
                self.may_use_column(source, &name, Privilege::Select)?;
                Expr::column(alias, &name, ty)
            }
            None => self
                .computed_column(source, alias, column)?
                .ok_or_else(|| no_column(source, column))?,
        };
        json_path(expr, path)
    }

    /// Returns the value of an item of a `select`, and its name in the output.
    ///
    /// # Errors
    /// Those of [`Planner::field`], PGRST123 for an aggregate when aggregates are disabled, `42846` for an impossible cast.
    pub(super) fn select_field(
        &mut self,
        source: &Source,
        alias: &Name,
        item: &FieldItem,
    ) -> Result<(Name, Expr)> {
        if self.counts_rows(source, item) {
            let name = item.alias.clone().unwrap_or_else(|| Name::from("count"));
            let mut counted = aggregate(Aggregate::Count, None)?;
            if let Some(cast) = &item.cast {
                counted = self.explicit_cast(counted, cast)?;
            }
            return Ok((name, counted));
        }
        let mut expr = match &item.column {
            Some(column) => Some(self.field(source, alias, column, &item.path)?),
            None => None,
        };
        if let Some(cast) = &item.cast {
            expr = expr
                .map(|expr| self.explicit_cast(expr, cast))
                .transpose()?;
        }
        let mut name = match (&item.alias, &item.column) {
            (Some(alias), _) => alias.clone(),
            (None, Some(column)) => output_name(column, &item.path),
            (None, None) => Name::from("count"),
        };
        if let Some(call) = &item.aggregate {
            if !self.world.settings.aggregates {
                return Err(Error::new(
                    Code::AGGREGATES_DISABLED,
                    "Use of aggregate functions is not allowed",
                ));
            }
            let aggregated = aggregate(call.function, expr)?;
            if item.alias.is_none() {
                name = Name::from(aggregate_name(call.function));
            }
            expr = Some(match &call.cast {
                Some(cast) => self.explicit_cast(aggregated, cast)?,
                None => aggregated,
            });
        }
        match expr {
            Some(expr) => Ok((name, expr)),
            None => Err(Error::new(
                Code::QUERY_STRING,
                "a select item has neither column nor aggregate",
            )),
        }
    }

    /// Tells whether an item is `count` where there is no such column: in PostgreSQL that is `count` of the row, and no setting forbids it.
    fn counts_rows(&self, source: &Source, item: &FieldItem) -> bool {
        item.column.as_deref() == Some(COUNT)
            && item.path.is_empty()
            && item.aggregate.is_none()
            && source.column(COUNT).is_none()
            && !self.has_computed_column(source, COUNT)
    }

    fn explicit_cast(&self, expr: Expr, cast: &str) -> Result<Expr> {
        infer::cast(expr, &self.named_type(cast)?)
    }
}

/// Returns `function` over `argument`; over rows when there is none.
pub(super) fn aggregate(function: Aggregate, argument: Option<Expr>) -> Result<Expr> {
    let name = aggregate_name(function);
    let (arguments, ty) = infer::aggregate(function, name, argument.into_iter().collect())?;
    let kind = ExprKind::Aggregate {
        aggregate: function,
        arguments,
        distinct: false,
        order_by: Vec::new(),
        filter: None,
    };
    Ok(Expr { kind, ty })
}

fn json_path(mut expr: Expr, path: &[JsonStep]) -> Result<Expr> {
    if !path.is_empty() && !expr.ty.is_json() {
        expr = infer::function("to_jsonb", vec![expr])?;
    }
    for step in path {
        let operator = if step.as_text {
            Operator::JsonGetText
        } else {
            Operator::JsonGet
        };
        let key = match step.index {
            Some(index) => Expr::constant(Value::Int(index), Type::Int4),
            None => Expr::text(&step.key),
        };
        expr = infer::operator(operator, expr, key)?;
    }
    Ok(expr)
}

/// The name of a field without alias: the last key of its path, or its column.
fn output_name(column: &Name, path: &[JsonStep]) -> Name {
    path.iter()
        .rev()
        .find(|step| step.index.is_none())
        .map_or_else(|| column.clone(), |step| Name::from(step.key.as_str()))
}

fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Max => "max",
        Aggregate::Min => "min",
        _ => "count",
    }
}

/// Tells whether an expression is an aggregate of its own level.
pub(super) fn is_aggregate(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Aggregate { .. } => true,
        ExprKind::Cast { operand, .. } => is_aggregate(operand),
        _ => false,
    }
}

/// Returns an aggregate of a joined row's level as its parent has it: rows are counted where the row `identity` exists.
pub(super) fn of_joined_row(expr: Expr, identity: &Expr) -> Result<Expr> {
    match expr.kind {
        ExprKind::Aggregate {
            aggregate: Aggregate::Count,
            arguments,
            ..
        } if arguments.is_empty() => aggregate(Aggregate::Count, Some(identity.clone())),
        ExprKind::Cast { operand, to } => Ok(Expr {
            kind: ExprKind::Cast {
                operand: Box::new(of_joined_row(*operand, identity)?),
                to,
            },
            ty: expr.ty,
        }),
        kind => Ok(Expr { kind, ty: expr.ty }),
    }
}
