//! Set operations, and the types and names of a query's output columns.

use std::collections::HashSet;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};

use super::reader::{Reader, part, unsupported};
use super::select::settle;
use crate::infer;
use crate::tree::{Body, Select, SetOperator};
use crate::types::{ColumnType, Type};

impl Reader<'_> {
    /// Reads `union`, `intersect` and `except`, whose `with` was read.
    pub(super) fn set(&mut self, node: &ast::CompoundSelect) -> Result<Body> {
        let left = self.select_within(&part(node.lhs())?, true)?;
        let right = self.open_select(&part(node.rhs())?)?;
        let (operator, quantifier, words) = match part(node.op())? {
            ast::CompoundOp::Union(it) => (SetOperator::Union, it.all_or_distinct(), "UNION"),
            ast::CompoundOp::Intersect(it) => {
                (SetOperator::Intersect, it.all_or_distinct(), "INTERSECT")
            }
            ast::CompoundOp::Except(it) => (SetOperator::Except, it.all_or_distinct(), "EXCEPT"),
        };
        let all = matches!(quantifier, Some(ast::AllOrDistinct::All(_)));
        united(operator, all, words, left, right)
    }
}

/// Returns both queries with the types that their columns have in common.
pub(super) fn united(
    operator: SetOperator,
    all: bool,
    words: &str,
    left: Select,
    right: Select,
) -> Result<Body> {
    let (first, second) = (left.columns(), right.columns());
    if first.len() != second.len() {
        return Err(Error::new(
            Code::SYNTAX,
            format!("each {words} query must have the same number of columns"),
        ));
    }
    let types = first
        .iter()
        .zip(&second)
        .map(|((_, first), (_, second))| {
            let common = infer::common_type(&[first.clone(), second.clone()], words)?;
            if !all {
                infer::equality(&common, &common).map_err(|_error| {
                    Error::new(
                        Code::UNDEFINED_FUNCTION,
                        format!("could not identify an equality operator for type {common}"),
                    )
                })?;
            }
            Ok(common)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Body::Set {
        operator,
        all,
        operands: Box::new([retyped(left, &types)?, retyped(right, &types)?]),
    })
}

/// Returns the `with` that stands before the first query of a set operation; it belongs to the whole.
pub(super) fn leading_with(node: &ast::CompoundSelect) -> Option<ast::WithClause> {
    let mut first = node.lhs()?;
    loop {
        match first {
            ast::SelectVariant::CompoundSelect(inner) => first = inner.lhs()?,
            ast::SelectVariant::Select(select) => return select.with_clause(),
            ast::SelectVariant::Values(values) => return values.with_clause(),
            ast::SelectVariant::Table(table) => return table.with_clause(),
            ast::SelectVariant::ParenSelect(paren) => return paren.with_clause(),
            ast::SelectVariant::SelectInto(_) => return None,
        }
    }
}

/// Returns the query with output columns of these types; the caller knows that they can be cast.
pub(super) fn retyped(mut select: Select, types: &[Type]) -> Result<Select> {
    select.body = match select.body {
        Body::Simple(mut simple) => {
            for (output, ty) in simple.outputs.iter_mut().zip(types) {
                let expr = std::mem::replace(&mut output.expr, crate::tree::Expr::bool(false));
                output.expr = as_type(expr, ty)?;
            }
            Body::Simple(simple)
        }
        Body::Values(rows) => Body::Values(
            rows.into_iter()
                .map(|row| {
                    row.into_iter()
                        .zip(types)
                        .map(|(value, ty)| as_type(value, ty))
                        .collect()
                })
                .collect::<Result<_>>()?,
        ),
        Body::Set {
            operator,
            all,
            operands,
        } => {
            let [left, right] = *operands;
            Body::Set {
                operator,
                all,
                operands: Box::new([retyped(left, types)?, retyped(right, types)?]),
            }
        }
    };
    Ok(select)
}

fn as_type(expr: crate::tree::Expr, ty: &Type) -> Result<crate::tree::Expr> {
    if expr.ty == *ty {
        return Ok(expr);
    }
    infer::cast(expr, &ColumnType::plain(ty.clone()))
}

/// Returns the query with its outputs of unknown type as text.
pub(super) fn settled(mut select: Select) -> Result<Select> {
    if let Body::Simple(simple) = &mut select.body {
        simple.outputs = settle(std::mem::take(&mut simple.outputs))?;
    }
    Ok(select)
}

/// Gives the output columns names that differ from each other, and returns for each the name that the text knows it by, its own
/// name and its type.
pub(super) fn distinct_names(select: &mut Select) -> Vec<(Name, Name, Type)> {
    let written = select.columns();
    let mut taken = HashSet::new();
    let names: Vec<Name> = written
        .iter()
        .map(|(name, _)| {
            let mut unique = name.clone();
            let mut number = 1;
            while !taken.insert(unique.clone()) {
                unique = Name::from(format!("{name}_{number}"));
                number += 1;
            }
            unique
        })
        .collect();
    select.name_columns(&names);
    written
        .into_iter()
        .zip(names)
        .map(|((written, ty), name)| (written, name, ty))
        .collect()
}

/// Refuses what a recursive query may not have.
pub(super) fn recursive_tail(select: &Select) -> Result<()> {
    if select.limit.is_some() || select.offset.is_some() || !select.order_by.is_empty() {
        return Err(unsupported(
            "ORDER BY, LIMIT or OFFSET in a recursive query",
        ));
    }
    Ok(())
}
