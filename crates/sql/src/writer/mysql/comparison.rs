//! Comparisons: which types the database compares as PostgreSQL does.

use underpin_base::Result;

use super::unsupported;
use super::writer::Writer;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;
use crate::writer::text::Text as _;

impl Writer<'_> {
    /// Refuses an expression whose values the database does not compare as PostgreSQL does: for equality alone, or for order too.
    pub(super) fn is_comparable(&self, expr: &Expr, order: bool) -> Result<()> {
        let comparable = match &expr.ty {
            Type::Bool
            | Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Oid
            | Type::Float4
            | Type::Float8
            | Type::Text
            | Type::Varchar
            | Type::Name
            | Type::Uuid
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Bytea => true,
            Type::Numeric => self.is_exact(expr),
            Type::Enum(_) => !order,
            // Others write the same document in many ways.
            Type::Jsonb => !order && !self.dialect.found,
            Type::Array(element) => {
                !order
                    && matches!(
                        **element,
                        Type::Bool
                            | Type::Int2
                            | Type::Int4
                            | Type::Int8
                            | Type::Text
                            | Type::Varchar
                            | Type::Uuid
                            | Type::Enum(_)
                    )
            }
            _ => false,
        };
        if comparable {
            return Ok(());
        }
        Err(unsupported(&format!(
            "comparing values of type {}",
            expr.ty
        )))
    }

    /// Writes `left operator right` for one of the six comparisons.
    pub(super) fn comparison(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Result<()> {
        if let (ExprKind::Row(left), ExprKind::Row(right)) = (&left.kind, &right.kind) {
            return self.rows(operator, left, right);
        }
        let order = !matches!(operator, Operator::Equal | Operator::NotEqual);
        self.is_comparable(left, order)?;
        self.is_comparable(right, order)?;
        self.around("(", left, symbol(operator))?;
        self.around("", right, ")")
    }

    fn rows(&mut self, operator: Operator, left: &[Expr], right: &[Expr]) -> Result<()> {
        if !matches!(operator, Operator::Equal | Operator::NotEqual) || left.len() != right.len() {
            return Err(unsupported("this comparison of rows"));
        }
        self.push("(");
        self.row(left)?;
        self.push(symbol(operator));
        self.row(right)?;
        self.push(")");
        Ok(())
    }

    /// Writes `(a, b)`.
    pub(super) fn row(&mut self, fields: &[Expr]) -> Result<()> {
        self.push("(");
        self.list(fields, |writer, field| {
            writer.is_comparable(field, false)?;
            writer.expression(field)
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes an expression as what it is sorted by.
    pub(super) fn sorted(&mut self, expr: &Expr) -> Result<()> {
        if let Type::Enum(named) = &expr.ty {
            // By the order in which the labels were declared.
            self.around("NULLIF(FIELD(", expr, "")?;
            for label in &named.labels {
                self.push(", ");
                self.value(&crate::types::Value::text(&**label), &Type::Text)?;
            }
            self.push("), 0)");
            return Ok(());
        }
        self.is_comparable(expr, true)?;
        self.expression(expr)
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::NotEqual => " <> ",
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterOrEqual => " >= ",
        _ => " = ",
    }
}
