//! `in`, `any` and `all`.

use underpin_base::{Error, Result, Value, ValueRef};

use super::writer::Writer;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind, Select};
use crate::types::{Type, array};
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `operand in (list)`. Constants are one array, so that the text does not depend on how many there are.
    pub(super) fn in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Result<()> {
        if list.is_empty() {
            self.push(if negated { "true" } else { "false" });
            return Ok(());
        }
        if let Some((array, ty)) = array_of(list) {
            self.around("(", operand, if negated { " <> all (" } else { " = any (" })?;
            self.value(&array, &ty);
            self.push("))");
            return Ok(());
        }
        self.around("(", operand, if negated { " not in (" } else { " in (" })?;
        if let [only] = list {
            self.not_a_query(only)?;
        } else {
            self.list(list, Self::expression)?;
        }
        self.push("))");
        Ok(())
    }

    /// Writes `(operands) in (select)`.
    pub(super) fn in_select(
        &mut self,
        operands: &[Expr],
        select: &Select,
        negated: bool,
    ) -> Result<()> {
        match operands {
            [only] => self.around("(", only, "")?,
            _ => self.listed("((", operands, ")")?,
        }
        let before = if negated { " not in (" } else { " in (" };
        self.subquery(before, select, "))")
    }

    /// Writes `operand operator any (array)`.
    pub(super) fn quantified(
        &mut self,
        operator: Operator,
        operand: &Expr,
        array: &Expr,
        all: bool,
    ) -> Result<()> {
        if operator == Operator::Similar {
            return Err(Error::internal("`similar to` has no form with `any`"));
        }
        self.around("(", operand, " ")?;
        self.push(operator.symbol());
        self.push(if all { " all (" } else { " any (" });
        self.not_a_query(array)?;
        self.push("))");
        Ok(())
    }

    /// Writes an expression in brackets of which PostgreSQL would otherwise ask whether a query stands in them.
    fn not_a_query(&mut self, expr: &Expr) -> Result<()> {
        self.expression(expr)?;
        if matches!(expr.kind, ExprKind::Scalar(_)) && expr.ty != Type::Unknown {
            self.push("::");
            self.type_name(&expr.ty);
        }
        Ok(())
    }
}

/// Returns the constants of `list` as an array and its type, when they can be one.
fn array_of(list: &[Expr]) -> Option<(Value, Type)> {
    let element = &list.first()?.ty;
    // An array of arrays would be compared element by element; others may not have an array type, or print its elements their own way.
    let plain = !matches!(
        element,
        Type::Array(_)
            | Type::Composite(_)
            | Type::Opaque(_)
            | Type::Record
            | Type::Json
            | Type::Jsonb
            | Type::Void
            | Type::Unknown
    );
    if !plain {
        return None;
    }
    let values = list
        .iter()
        .map(|expr| match &expr.kind {
            ExprKind::Constant(value) if expr.ty == *element => Some(ValueRef::from(value)),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()?;
    let array = array::from_values(element, values);
    Some((Value::text(array), element.clone().array()))
}
