//! Statements, and the bodies of routines written in SQL.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Result};

use super::expr::string;
use super::reader::{Clause, Reader, part, unsupported};
use super::{Resolver, Scope, located, parse};
use crate::infer;
use crate::tree::{Output, Select, Simple, Statement};

/// Reads a query or a write.
///
/// # Errors
/// PostgreSQL's own, with the line; `0A000` for every other kind of statement.
pub fn statement(node: &ast::Stmt, scope: &Scope, resolver: &dyn Resolver) -> Result<Statement> {
    let select = match node {
        ast::Stmt::Select(it) => ast::SelectVariant::Select(it.clone()),
        ast::Stmt::Values(it) => ast::SelectVariant::Values(it.clone()),
        ast::Stmt::Table(it) => ast::SelectVariant::Table(it.clone()),
        ast::Stmt::ParenSelect(it) => ast::SelectVariant::ParenSelect(it.clone()),
        ast::Stmt::CompoundSelect(it) => ast::SelectVariant::CompoundSelect(it.clone()),
        ast::Stmt::SelectInto(it) => ast::SelectVariant::SelectInto(it.clone()),
        ast::Stmt::Insert(it) => return Reader::new(scope, resolver).insert(it),
        ast::Stmt::Update(it) => return Reader::new(scope, resolver).update(it),
        ast::Stmt::Delete(it) => return Reader::new(scope, resolver).delete(it),
        other => {
            let first = other.syntax().text().to_string();
            let word = first
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_uppercase();
            return Err(located(
                unsupported(&format!("{word} as a query or write")),
                other.syntax(),
            ));
        }
    };
    query(&select, scope, resolver).map(|select| Statement::Select(Box::new(select)))
}

/// Reads a query: that of a view, for one.
///
/// # Errors
/// PostgreSQL's own, with the line.
pub fn query(node: &ast::SelectVariant, scope: &Scope, resolver: &dyn Resolver) -> Result<Select> {
    Reader::new(scope, resolver).select(node)
}

/// Reads the body of a routine in SQL from its text, as `as $$ … $$` has it.
///
/// # Errors
/// Those of [`parse`] and [`statement`].
pub fn routine_body(text: &str, scope: &Scope, resolver: &dyn Resolver) -> Result<Vec<Statement>> {
    parse(text)?
        .iter()
        .map(|parsed| statement(&parsed.statement, scope, resolver))
        .collect()
}

/// Reads the body of a routine in SQL where it is not text: `return …` or `begin atomic … end`.
///
/// # Errors
/// Those of [`statement`].
pub fn routine_body_node(
    node: &ast::RoutineBody,
    scope: &Scope,
    resolver: &dyn Resolver,
) -> Result<Vec<Statement>> {
    match node {
        ast::RoutineBody::ReturnStmt(node) => Ok(vec![returned(node, scope, resolver)?]),
        ast::RoutineBody::AtomicBody(body) => body
            .routine_body_stmts()
            .filter(|node| !matches!(node, ast::RoutineBodyStmt::Stmt(ast::Stmt::EmptyStmt(_))))
            .map(|node| match node {
                ast::RoutineBodyStmt::Stmt(node) => statement(&node, scope, resolver),
                ast::RoutineBodyStmt::ReturnStmt(node) => returned(&node, scope, resolver),
            })
            .collect(),
    }
}

fn returned(node: &ast::ReturnStmt, scope: &Scope, resolver: &dyn Resolver) -> Result<Statement> {
    let mut reader = Reader::new(scope, resolver);
    let node = part(node.expr())?;
    let expr = reader.within(Clause::Outputs, |reader| reader.expr(&node))?;
    let from = std::mem::take(&mut reader.query.row_functions);
    let select = Select::simple(Simple {
        outputs: vec![Output {
            name: "return".into(),
            expr: infer::settled(expr)?,
        }],
        from,
        ..Simple::default()
    });
    Ok(Statement::Select(Box::new(select)))
}

/// Returns the text of a string, for clauses that take nothing else.
///
/// # Errors
/// `42601` when it is another literal.
pub fn text(literal: &ast::Literal) -> Result<String> {
    string(literal).map_err(|_error| {
        located(
            Error::new(Code::SYNTAX, "syntax error: a string is expected"),
            literal.syntax(),
        )
    })
}
