//! Types and expressions of a statement, read by the grammar against the catalog so far.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Details, Error, Result};
use underpin_sql::grammar::{self, Scope, TypeName};
use underpin_sql::infer;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::ColumnType;

use super::Fold;
use crate::catalog::{Expression, Table};

impl Fold {
    /// Reads the name of a type.
    pub(super) fn column_type(&self, node: Option<&ast::Type>) -> Result<TypeName> {
        let node = node.ok_or_else(missing)?;
        grammar::column_type(node, &self.search())
    }

    /// Reads a condition over the row of `table`; `clause` is PostgreSQL's word for where it stands.
    pub(super) fn condition(
        &self,
        table: &Table,
        node: Option<&ast::Expr>,
        clause: &str,
    ) -> Result<Expression> {
        let node = node.ok_or_else(missing)?;
        let expr = grammar::expression(node, &self.row_scope(table), &self.search())?;
        Ok(Expression {
            text: text_of(node),
            expr: infer::condition(expr, clause).map_err(|error| located(error, node))?,
        })
    }

    /// Reads an expression over the row of `table`.
    pub(super) fn row_expression(
        &self,
        table: &Table,
        node: Option<&ast::Expr>,
    ) -> Result<Expression> {
        let node = node.ok_or_else(missing)?;
        Ok(Expression {
            text: text_of(node),
            expr: grammar::expression(node, &self.row_scope(table), &self.search())?,
        })
    }

    /// Reads an expression over the row of `table` from its text.
    pub(super) fn row_expression_text(&self, table: &Table, text: &str) -> Result<Expression> {
        Ok(Expression {
            text: text.to_owned(),
            expr: grammar::expression_text(text, &self.row_scope(table), &self.search())
                .map_err(|error| relocated(&error, self.line))?,
        })
    }

    /// Reads a default for a column of type `ty`; no column can be named in it.
    pub(super) fn default_expression(
        &self,
        node: Option<&ast::Expr>,
        ty: &ColumnType,
    ) -> Result<Expression> {
        let node = node.ok_or_else(missing)?;
        let expr = grammar::expression(node, &Scope::default(), &self.search())?;
        Ok(Expression {
            text: text_of(node),
            expr: assigned_default(expr, ty).map_err(|error| located(error, node))?,
        })
    }

    /// Reads a default from its text.
    pub(super) fn default_text(&self, text: &str, ty: &ColumnType) -> Result<Expression> {
        let expr = grammar::expression_text(text, &Scope::default(), &self.search())
            .map_err(|error| relocated(&error, self.line))?;
        Ok(Expression {
            text: text.to_owned(),
            expr: assigned_default(expr, ty)?,
        })
    }

    /// Returns the scope in which the row of `table` has the table's bare name.
    pub(super) fn row_scope(&self, table: &Table) -> Scope {
        Scope::relation(
            table.name.name.clone(),
            table
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.ty.clone()))
                .collect(),
        )
    }
}

/// Converts a default to the type of its column.
fn assigned_default(expr: Expr, ty: &ColumnType) -> Result<Expr> {
    let subquery = expr.any_part(&mut |part| {
        matches!(
            part.kind,
            ExprKind::Scalar(_) | ExprKind::Exists(_) | ExprKind::ArraySelect(_)
        )
    });
    if subquery {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "cannot use subquery in DEFAULT expression",
        ));
    }
    infer::assign(expr, ty)
}

/// Adds the line of `node` to an error that has none.
fn located(error: Error, node: &ast::Expr) -> Error {
    match error.location() {
        Some(_) => error,
        None => error.at("", grammar::line(node.syntax())),
    }
}

/// Returns a node's text as the migration has it.
pub(super) fn text_of(node: &impl AstNode) -> String {
    node.syntax().text().to_string().trim().to_owned()
}

/// Returns the error for a part that the grammar could not find.
pub(super) fn missing() -> Error {
    Error::new(
        Code::SYNTAX,
        "syntax error: a part of the statement is missing",
    )
}

/// Returns the text of a string literal.
pub(super) fn string(node: Option<&ast::Literal>) -> Result<String> {
    node.and_then(ast::Literal::string_value)
        .ok_or_else(missing)
}

/// Returns an error whose line counts within a part of a file as one of the file: the part begins at line `first`.
pub(super) fn relocated(error: &Error, first: usize) -> Error {
    let within = error.location().map_or(1, |location| location.line);
    let mut moved = Error::new(error.code().clone(), error.message());
    moved = match error.get_details() {
        Some(Details::Text(details)) => moved.details(details.as_str()),
        Some(Details::Json(details)) => moved.details_json(details.clone()),
        None => moved,
    };
    if let Some(hint) = error.get_hint() {
        moved = moved.hint(hint);
    }
    moved.at("", first + within - 1)
}
