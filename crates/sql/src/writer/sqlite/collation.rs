//! Which collation a comparison needs, and where it must be written.
//!
//! SQLite takes a comparison's collation from an explicit `COLLATE` anywhere within its operands, so one that an inner expression
//! carries would reach out to a comparison of plain text around it. Therefore `COLLATE` is written whenever the type has a
//! collation, and `COLLATE BINARY` when it has none and an operand's text carries one.

use std::borrow::Cow;

use underpin_base::Result;

use super::writer::Writer;
use crate::tree::{Expr, ExprKind, OrderBy};
use crate::types::{Class, Type};
use crate::writer::text::Text as _;

/// Returns the collation in which values of `ty` are ordered, when it is not `BINARY`: that of the type, or that of types which
/// are stored without one because nothing is found by their order.
pub fn ordering_collation(ty: &Type) -> Option<Cow<'static, str>> {
    match ty {
        Type::Jsonb => Some(Cow::Borrowed("jsonb")),
        Type::TsVector => Some(Cow::Borrowed("tsvector")),
        Type::TsQuery => Some(Cow::Borrowed("tsquery")),
        Type::Array(element) => Some(Cow::Owned(match &**element {
            Type::Enum(named) => format!("array:enum:{}", named.name),
            other => format!("array:{}", super::code::type_code(other)),
        })),
        _ => ty.collation(),
    }
}

/// Returns the collation under which equal values of `ty` compare equal.
fn equality_collation(ty: &Type) -> Option<Cow<'static, str>> {
    match ty {
        // Canonical `jsonb` keeps the scale of its numbers, which does not tell them apart.
        Type::Jsonb => ordering_collation(ty),
        Type::Array(element) => equality_collation(element).and_then(|_| ordering_collation(ty)),
        _ => ty.collation(),
    }
}

/// What a comparison is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// `=`, `in`, `group by`, `distinct`.
    Equality,
    /// `<`, `order by`, `min`.
    Order,
}

impl Writer {
    /// Writes `expr` in the form in which it is compared for `purpose`.
    pub(super) fn compared(&mut self, expr: &Expr, purpose: Purpose) -> Result<()> {
        let start = self.sql.len();
        self.expression(expr)?;
        self.collate(expr, start, purpose);
        Ok(())
    }

    /// Writes `left operator right` where `operator` is SQLite's.
    pub(super) fn comparison(
        &mut self,
        left: &Expr,
        operator: &str,
        right: &Expr,
        purpose: Purpose,
    ) -> Result<()> {
        self.push("(");
        let start = self.sql.len();
        self.expression(left)?;
        let collated = self.collate(left, start, purpose);
        let end = self.sql.len();
        self.push(operator);
        let right_start = self.sql.len();
        self.expression(right)?;
        let right_carries = self.sql.get(right_start..).is_some_and(carries_collation);
        // An explicit collation on the right would win over the declared one of a plain column on the left.
        if !collated && right_carries && left.ty.storage().class == Class::Text {
            self.sql.insert_str(end, " COLLATE BINARY");
        }
        self.push(")");
        Ok(())
    }

    /// Appends the collation that `expr`, written from `start` on, needs; tells whether it did.
    fn collate(&mut self, expr: &Expr, start: usize, purpose: Purpose) -> bool {
        let collation = match purpose {
            Purpose::Equality => equality_collation(&expr.ty),
            Purpose::Order => ordering_collation(&expr.ty),
        };
        if let Some(collation) = collation {
            self.push(" COLLATE ");
            self.identifier(&collation);
            return true;
        }
        let plain = matches!(
            expr.kind,
            ExprKind::Column { .. }
                | ExprKind::Constant(_)
                | ExprKind::Context(_)
                | ExprKind::Parameter(_)
        );
        let written = self.sql.get(start..).unwrap_or_default();
        if !plain && expr.ty.storage().class == Class::Text && carries_collation(written) {
            self.push(" COLLATE BINARY");
            return true;
        }
        false
    }

    /// Writes the items of an `order by`.
    pub(super) fn order_items(&mut self, order_by: &[OrderBy]) -> Result<()> {
        self.list(order_by, |writer, order| {
            // A bare number or text would be taken for a column's position or name.
            let constant = matches!(order.expr.kind, ExprKind::Constant(_));
            if constant {
                writer.push("+");
            }
            writer.compared(&order.expr, Purpose::Order)?;
            if order.descending {
                writer.push(" DESC");
            }
            writer.push(if order.nulls_first {
                " NULLS FIRST"
            } else {
                " NULLS LAST"
            });
            Ok(())
        })
    }

    /// Writes ` ORDER BY …` when there is something to order by.
    pub(super) fn order_clause(&mut self, order_by: &[OrderBy]) -> Result<()> {
        if order_by.is_empty() {
            return Ok(());
        }
        self.push(" ORDER BY ");
        self.order_items(order_by)
    }
}

fn carries_collation(sql: &str) -> bool {
    sql.contains(" COLLATE ")
}
