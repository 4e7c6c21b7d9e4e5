//! Embeds whose columns are queries of their own: a to-one embed that cannot be joined, and a spread of many rows, of which each selected
//! column becomes an array in the parent, all in the same order.

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_sql::functions::Aggregate;
use underpin_sql::infer;
use underpin_sql::tree::{Body, Expr, ExprKind, From, Output, Select, Simple};
use underpin_sql::types::Type;

use super::embed::Embedded;
use super::field::is_aggregate;
use super::world::Planner;
use crate::request::EmbedKind;

impl Embedded<'_> {
    /// Returns the outputs of a to-one embed that is not joined: an object, or one value per column when it is spread.
    ///
    /// # Errors
    /// Whatever is wrong with a column, relationship, operator or right.
    pub(super) fn row(&self, planner: &mut Planner<'_>) -> Result<Vec<Output>> {
        let (alias, level) = self.level(planner)?;
        if level.outputs.is_empty() {
            return Ok(Vec::new());
        }
        if self.item.kind == EmbedKind::Member {
            let members = level
                .outputs
                .iter()
                .map(|output| (output.name.clone(), output.expr.clone()))
                .collect();
            let object = Expr {
                kind: ExprKind::Object(members),
                ty: Type::Json,
            };
            let select = self.rows_of_level(planner, &alias, level)?;
            return Ok(vec![Output {
                name: self.name.clone(),
                expr: scalar(select, object),
            }]);
        }
        let width = level.outputs.len();
        (0..width)
            .map(|index| {
                let (alias, level) = self.level(planner)?;
                let Some(Output { name, expr }) = level.outputs.get(index).cloned() else {
                    return Err(Error::internal("a level changed when it was planned again"));
                };
                let select = self.rows_of_level(planner, &alias, level)?;
                Ok(Output {
                    name,
                    expr: scalar(select, expr),
                })
            })
            .collect()
    }

    /// Returns a value of the related row of a to-one embed that is not joined; null when there is no row.
    ///
    /// # Errors
    /// Those of [`Embedded::row`].
    pub(super) fn value(
        &self,
        planner: &mut Planner<'_>,
        value: impl FnOnce(&mut Planner<'_>, &Name) -> Result<Expr>,
    ) -> Result<Expr> {
        let (alias, level) = self.level(planner)?;
        let value = value(planner, &alias)?;
        let select = self.rows_of_level(planner, &alias, level)?;
        Ok(scalar(select, value))
    }

    /// Returns one output per selected column: the array of its values in the related rows.
    ///
    /// Each is a query of its own, planned anew, because aliases are unique within a statement.
    ///
    /// # Errors
    /// PGRST127 when an aggregate is selected, and whatever is wrong with a column, relationship, operator or right.
    pub(super) fn arrays(&self, planner: &mut Planner<'_>) -> Result<Vec<Output>> {
        let mut outputs = Vec::new();
        let mut index = 0;
        loop {
            let (target, mut level) = self.level(planner)?;
            if level
                .outputs
                .iter()
                .any(|output| is_aggregate(&output.expr))
            {
                return Err(
                    Error::new(Code::NOT_IMPLEMENTED, "Feature not implemented").details(
                        "Aggregates are not implemented for one-to-many or many-to-many spreads.",
                    ),
                );
            }
            let Some(Output { name, expr }) = level.outputs.get(index).cloned() else {
                return Ok(outputs);
            };
            let (value, ty) = (Name::from("value"), expr.ty.clone());
            // The others are queries of their own, and may have the same name.
            level.outputs = vec![Output {
                name: value.clone(),
                expr,
            }];
            let alias = planner.alias(&self.relationship.target.name);
            let rows = From::Subquery {
                select: Box::new(self.rows_of_level(planner, &target, level)?),
                alias: alias.clone(),
                lateral: false,
            };
            let expr = collected(rows, Expr::column(&alias, &value, ty))?;
            outputs.push(Output { name, expr });
            index += 1;
        }
    }
}

/// The JSON array of `value` over `rows`; empty when there are none.
fn collected(rows: From, value: Expr) -> Result<Expr> {
    let (arguments, ty) = infer::aggregate(Aggregate::JsonAgg, "json_agg", vec![value])?;
    let array = Expr {
        kind: ExprKind::Aggregate {
            aggregate: Aggregate::JsonAgg,
            arguments,
            distinct: false,
            order_by: Vec::new(),
            filter: None,
        },
        ty,
    };
    let simple = Simple {
        outputs: vec![Output {
            name: Name::from("values"),
            expr: array,
        }],
        from: vec![rows],
        ..Simple::default()
    };
    let array = Expr {
        kind: ExprKind::Scalar(Box::new(Select::simple(simple))),
        ty: Type::Json,
    };
    let none = Expr::constant(Value::Text("[]".into()), Type::Json);
    Ok(Expr {
        kind: ExprKind::Coalesce(vec![array, none]),
        ty: Type::Json,
    })
}

/// Returns `value` of the first row of `rows`.
fn scalar(mut rows: Select, value: Expr) -> Expr {
    let ty = value.ty.clone();
    if let Body::Simple(simple) = &mut rows.body {
        simple.outputs = vec![Output {
            name: Name::from("value"),
            expr: value,
        }];
    }
    let none = Expr::constant(Value::Int(0), Type::Int8);
    if rows.limit.as_ref() != Some(&none) {
        rows.limit = Some(Expr::constant(Value::Int(1), Type::Int8));
    }
    Expr {
        kind: ExprKind::Scalar(Box::new(rows)),
        ty,
    }
}
