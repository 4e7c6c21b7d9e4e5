//! `in`, `any` and `all`.

use serde_json::Value as Json;
use underpin_base::{Result, Value};

use super::code::{type_code, types_code};
use super::collation::Purpose;
use super::operator::plain_comparison;
use super::writer::Writer;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind, Select};
use crate::types::Type;
use crate::writer::text::Text as _;

/// Lists of constants longer than this are bound as one JSON array, so that the number of statements to cache stays small.
const INLINE_MAX: usize = 8;

impl Writer {
    /// Writes `operand in (list)`.
    pub(super) fn in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Result<()> {
        if list.is_empty() {
            self.push(if negated { "1" } else { "0" });
            return Ok(());
        }
        if let ExprKind::Row(_) = operand.kind {
            return self.rows_in_list(operand, list, negated);
        }
        self.push("(");
        self.compared(operand, Purpose::Equality)?;
        self.push(if negated { " NOT IN (" } else { " IN (" });
        match json_list(list) {
            Some(json) if list.len() > INLINE_MAX && !self.is_inline() => {
                self.push("SELECT value FROM json_each(");
                self.value(&Value::text(json));
                self.push("))");
            }
            _ => {
                self.list(list, Self::expression)?;
                self.push(")");
            }
        }
        self.push(")");
        Ok(())
    }

    /// Writes `(a, b) in ((1, 2), (3, 4))`, which SQLite reads only with `VALUES`.
    fn rows_in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Result<()> {
        self.push("(");
        self.row_value(operand)?;
        self.push(if negated {
            " NOT IN (VALUES "
        } else {
            " IN (VALUES "
        });
        self.list(list, Self::row_value)?;
        self.push("))");
        Ok(())
    }

    /// Writes a row as SQLite's row value, `(a, b)`, each part as it is compared.
    pub(super) fn row_value(&mut self, expr: &Expr) -> Result<()> {
        let ExprKind::Row(fields) = &expr.kind else {
            return self.expression(expr);
        };
        self.push("(");
        self.list(fields, |writer, field| {
            writer.compared(field, Purpose::Equality)
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes `(operands) in (select)`.
    pub(super) fn in_select(
        &mut self,
        operands: &[Expr],
        select: &Select,
        negated: bool,
    ) -> Result<()> {
        self.push("((");
        self.list(operands, |writer, operand| {
            writer.compared(operand, Purpose::Equality)
        })?;
        let before = if negated { ") NOT IN (" } else { ") IN (" };
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
        let element = array.ty.element().unwrap_or(&Type::Text);
        let listed = match operator {
            Operator::Equal => !all,
            Operator::NotEqual => all,
            _ => false,
        };
        let constant = match &array.kind {
            ExprKind::Constant(Value::Text(array)) => Some(&**array),
            _ => None,
        };
        let nested = constant.is_some_and(|array| array.starts_with("[["));
        if listed && json_is_canonical(element) && !nested && !self.is_inline() {
            self.push("(");
            self.compared(operand, Purpose::Equality)?;
            self.push(if all { " NOT IN (" } else { " IN (" });
            if constant.is_some() {
                self.around("SELECT value FROM json_each(", array, ")))")?;
            } else {
                // A null array makes the condition null, as an array of a null does. An array may have more dimensions than one.
                self.around("SELECT atom FROM json_tree(coalesce(", array, ", '[null]')")?;
                self.push(") WHERE type <> 'array'))");
            }
            return Ok(());
        }
        self.push(if all {
            "underpin_all("
        } else {
            "underpin_any("
        });
        self.literal(operator.symbol());
        self.push(", ");
        self.literal(&types_code([&operand.ty, element]));
        self.around(", ", operand, "")?;
        self.around(", ", array, ")")
    }

    /// Writes a comparison of two rows, part by part as SQLite does it.
    pub(super) fn row_comparison(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Result<()> {
        self.push("(");
        self.row_value(left)?;
        self.push(plain_comparison(operator).unwrap_or(" = "));
        self.row_value(right)?;
        self.push(")");
        Ok(())
    }
}

/// Tells whether the elements of an array of `element`, which are stored in their JSON form, come out of `json_each` in canonical form.
pub(super) fn json_is_canonical(element: &Type) -> bool {
    matches!(
        element,
        Type::Bool
            | Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Text
            | Type::Varchar
            | Type::Bpchar
            | Type::Name
            | Type::Citext
            | Type::Uuid
            | Type::Enum(_)
    )
}

/// Returns the constants of `list` as a JSON array from which SQLite reads the same values, if there is one.
fn json_list(list: &[Expr]) -> Option<String> {
    let values = list
        .iter()
        .map(|expr| match &expr.kind {
            ExprKind::Constant(Value::Null) => Some(Json::Null),
            ExprKind::Constant(Value::Int(value)) => Some(Json::from(*value)),
            ExprKind::Constant(Value::Text(text)) => Some(Json::from(&**text)),
            _ => None,
        })
        .collect::<Option<Vec<Json>>>()?;
    Some(Json::Array(values).to_string())
}

/// Returns the code of an array's elements.
pub(super) fn element_code(array: &Type) -> String {
    type_code(array.element().unwrap_or(&Type::Text))
}
