//! Elements and slices of arrays.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::reader::{Reader, part, unsupported};
use crate::functions::Operator;
use crate::infer;
use crate::tree::{Case, Expr, ExprKind, From, OrderBy, Output, Select, Simple};
use crate::types::{ColumnType, Type};

impl Reader<'_> {
    /// Reads `array[position]`, and the same of `jsonb`.
    pub(super) fn subscript(&mut self, index: &ast::IndexExpr) -> Result<Expr> {
        let base = self.expr(&part(index.base())?)?;
        let position = self.expr(&part(index.index())?)?;
        if base.ty == Type::Jsonb {
            return infer::operator(Operator::JsonGet, base, position);
        }
        let element = element(&base)?;
        let position = infer::assign(position, &ColumnType::plain(Type::Int4))?;
        // Of `a[1][2]`, the first takes a row of the array, which is an array still.
        let is_inner = index
            .syntax()
            .parent()
            .and_then(ast::IndexExpr::cast)
            .is_some_and(|outer| {
                outer
                    .base()
                    .is_some_and(|base| base.syntax() == index.syntax())
            });
        let ty = if is_inner { base.ty.clone() } else { element };
        Ok(Expr {
            kind: ExprKind::Subscript(Box::new([base, position])),
            ty,
        })
    }

    /// Reads `array[lower:upper]` as the array of those elements, by their numbers. An array of several dimensions is refused where
    /// its slice is sliced again; its first dimension alone is never what is meant.
    pub(super) fn slice(&mut self, slice: &ast::SliceExpr) -> Result<Expr> {
        let base = part(slice.base())?;
        if matches!(base, ast::Expr::SliceExpr(_) | ast::Expr::IndexExpr(_)) {
            return Err(unsupported("a slice of an array of several dimensions"));
        }
        let array = self.expr(&base)?;
        let element = element(&array)?;
        let mut bound = |node: Option<ast::Expr>| -> Result<Option<Expr>> {
            let Some(node) = node else {
                return Ok(None);
            };
            let bound = self.expr(&node)?;
            infer::assign(bound, &ColumnType::plain(Type::Int8)).map(Some)
        };
        let (lower, upper) = (bound(slice.start())?, bound(slice.end())?);
        let alias = self.alias("slice");
        let (value, number) = (Name::from("value"), Name::from("number"));
        let position = Expr::column(&alias, &number, Type::Int8);
        let mut conditions = Vec::new();
        let mut missing = vec![array.clone().is_null(false)];
        for (operator, bound) in [
            (Operator::GreaterOrEqual, lower),
            (Operator::LessOrEqual, upper),
        ] {
            if let Some(bound) = bound {
                if !matches!(bound.kind, ExprKind::Constant(_)) {
                    missing.push(bound.clone().is_null(false));
                }
                conditions.push(infer::operator(operator, position.clone(), bound)?);
            }
        }
        let ty = array.ty.clone();
        let unnest = infer::resolve("unnest", vec![array])?
            .ok_or_else(|| unsupported("a slice of an array"))?;
        let select = Select {
            order_by: vec![OrderBy {
                expr: position,
                descending: false,
                nulls_first: false,
            }],
            ..Select::simple(Simple {
                outputs: vec![Output {
                    name: value.clone(),
                    expr: Expr::column(&alias, &value, element.clone()),
                }],
                from: vec![From::Function {
                    function: unnest.function,
                    arguments: unnest.arguments,
                    alias,
                    columns: vec![(value, element), (number, Type::Int8)],
                    ordinality: true,
                }],
                filter: Some(Expr::all(conditions)),
                ..Simple::default()
            })
        };
        let elements = Expr {
            kind: ExprKind::ArraySelect(Box::new(select)),
            ty: ty.clone(),
        };
        Ok(Expr {
            kind: ExprKind::Case(Box::new(Case {
                branches: vec![(Expr::any(missing), Expr::null(ty.clone()))],
                otherwise: Some(elements),
            })),
            ty,
        })
    }
}

fn element(array: &Expr) -> Result<Type> {
    array.ty.element().cloned().ok_or_else(|| {
        Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "cannot subscript type {} because it does not support subscripting",
                array.ty
            ),
        )
    })
}
