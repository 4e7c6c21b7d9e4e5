//! Comparisons that are no operators: `in`, `is distinct from`, `nullif`, and operators between rows.

use underpin_base::{Code, Error, Result};

use super::coercion::coerce;
use super::operator::{equality, operator};
use super::unify::unify;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind};
use crate::types::{ColumnType, Type};

/// Returns `values` as the one type as which they are compared.
fn comparable(values: Vec<Expr>, construct: &str) -> Result<Vec<Expr>> {
    let (values, common) = unify(values, construct)?;
    let (compared, _) = equality(&common, &common)?;
    let to = ColumnType::plain(compared);
    values.into_iter().map(|value| coerce(value, &to)).collect()
}

fn condition(kind: ExprKind) -> Expr {
    Expr {
        kind,
        ty: Type::Bool,
    }
}

/// Returns `operand in (list)`, or `not in`.
///
/// # Errors
/// Those of comparing the operand with each value.
pub fn is_in(operand: Expr, list: Vec<Expr>, negated: bool) -> Result<Expr> {
    let mut values = vec![operand.clone()];
    values.extend(list.iter().cloned());
    match comparable(values, "IN") {
        Ok(mut values) => {
            let list = values.split_off(1.min(values.len()));
            let operand = values.pop().unwrap_or(operand);
            Ok(condition(ExprKind::In {
                operand: Box::new(operand),
                list,
                negated,
            }))
        }
        // Without a common type, each value is compared by itself, if it can be.
        Err(error) if *error.code() == Code::DATATYPE_MISMATCH => {
            let terms = list
                .into_iter()
                .map(|value| operator(Operator::Equal, operand.clone(), value))
                .collect::<Result<_>>()?;
            let found = Expr::any(terms);
            Ok(if negated { found.negate() } else { found })
        }
        Err(error) => Err(error),
    }
}

/// Returns `left is distinct from right`, or `is not distinct from`.
///
/// # Errors
/// `42883` when they cannot be compared.
pub fn is_distinct(left: Expr, right: Expr, negated: bool) -> Result<Expr> {
    let operands = pair(left, right)?;
    Ok(condition(ExprKind::IsDistinct { operands, negated }))
}

/// Returns `nullif(left, right)`.
///
/// # Errors
/// `42883` when they cannot be compared.
pub fn null_if(left: Expr, right: Expr) -> Result<Expr> {
    let operands = pair(left, right)?;
    let [first, _] = &*operands;
    let ty = first.ty.clone();
    Ok(Expr {
        kind: ExprKind::NullIf(operands),
        ty,
    })
}

fn pair(left: Expr, right: Expr) -> Result<Box<[Expr; 2]>> {
    // The operator's own error names both types.
    operator(Operator::Equal, left.clone(), right.clone())?;
    let values = comparable(vec![left, right], "")?;
    let values: [Expr; 2] = values
        .try_into()
        .map_err(|_values| Error::internal("a comparison has two sides"))?;
    Ok(Box::new(values))
}

/// Returns a comparison of two rows, field by field.
///
/// # Errors
/// `42601` when they have different numbers of fields, `0A000` for other operators, and those of comparing fields.
pub fn rows(comparison: Operator, left: Vec<Expr>, right: Vec<Expr>) -> Result<Expr> {
    if left.len() != right.len() {
        return Err(Error::new(
            Code::SYNTAX,
            "unequal number of entries in row expressions",
        ));
    }
    if !comparison.is_comparison() {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            format!(
                "could not determine interpretation of row comparison operator {}",
                comparison.symbol()
            ),
        ));
    }
    match comparison {
        Operator::Equal | Operator::NotEqual => {
            let fields = left
                .into_iter()
                .zip(right)
                .map(|(left, right)| operator(comparison, left, right))
                .collect::<Result<Vec<_>>>()?;
            Ok(if comparison == Operator::Equal {
                Expr::all(fields)
            } else {
                Expr::any(fields)
            })
        }
        _ => ordered(comparison, left, right),
    }
}

/// `(a, b) < (c, d)` is `a < c or a = c and b < d`; the last field alone may be equal for `<=`.
fn ordered(comparison: Operator, left: Vec<Expr>, right: Vec<Expr>) -> Result<Expr> {
    let strict = match comparison {
        Operator::LessOrEqual => Operator::Less,
        Operator::GreaterOrEqual => Operator::Greater,
        other => other,
    };
    let last = left.len().saturating_sub(1);
    let mut result: Option<Expr> = None;
    for (index, (left, right)) in left.into_iter().zip(right).enumerate().rev() {
        let outer = if index == last { comparison } else { strict };
        let differs = operator(outer, left.clone(), right.clone())?;
        result = Some(match result {
            None => differs,
            Some(rest) => {
                let equal = operator(Operator::Equal, left, right)?;
                Expr::any(vec![differs, Expr::all([equal, rest])])
            }
        });
    }
    result.ok_or_else(|| {
        Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "cannot compare rows of zero length",
        )
    })
}
