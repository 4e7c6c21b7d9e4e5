//! A spread of many rows: each selected column becomes an array in the parent, all in the same order.

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_sql::functions::Aggregate;
use underpin_sql::infer;
use underpin_sql::tree::{Expr, ExprKind, From, Output, Select, Simple};
use underpin_sql::types::Type;

use super::embed::Embedded;
use super::field::is_aggregate;
use super::world::Planner;

impl Embedded<'_> {
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
            let (target, level) = self.level(planner)?;
            if level
                .outputs
                .iter()
                .any(|output| is_aggregate(&output.expr))
            {
                return Err(Error::new(
                    Code::NOT_IMPLEMENTED,
                    "Aggregates are not implemented for one-to-many or many-to-many spreads.",
                ));
            }
            let Some(Output { expr, name }) = level.outputs.get(index) else {
                return Ok(outputs);
            };
            let (name, ty) = (name.clone(), expr.ty.clone());
            let alias = planner.alias(&self.relationship.target.name);
            let rows = From::Subquery {
                select: Box::new(self.rows_of_level(planner, &target, level)?),
                alias: alias.clone(),
                lateral: false,
            };
            let expr = collected(rows, Expr::column(&alias, &name, ty))?;
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
