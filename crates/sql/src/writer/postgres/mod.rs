//! The tree in PostgreSQL's own SQL.
//!
//! The tree has PostgreSQL's meaning, so that each node is written as what it is. Every value is a parameter with its cast, names go
//! through [`super::quote_identifier`] alone, and what a request supplies is never part of the text. Built-in functions are called by
//! their schema, so that no function of the project can take their place; operators are written plainly, since those of extensions
//! live in schemas of their own.
//!
//! Nothing here decides what may be read or written: PostgreSQL does.

mod affected;
mod aggregate;
mod checks;
mod expression;
mod from;
mod function;
mod json;
mod membership;
mod name;
mod rows;
mod select;
mod statement;
mod type_name;
mod writer;

#[cfg(test)]
mod tests;

use underpin_base::Result;

use super::Rendered;
use crate::tree::{Expr, Select, Statement};
use crate::types::Type;

pub use affected::{AFFECTED, Affecting, Change, INSERTED, Target, affected};
pub use checks::{Checks, PROPOSED};
pub use rows::{Overriding, Rows};
pub use writer::Contexts;
use writer::Writer;

/// Returns the query in PostgreSQL's SQL; its outputs are in the query's order. A name that PostgreSQL would cut is replaced by
/// another, so that outputs are to be read by their position.
///
/// # Errors
/// `54001` for a tree that is too deep or has too many values, and an internal error for what PostgreSQL has no form for.
pub fn select(select: &Select) -> Result<Rendered> {
    select_for(select, Contexts::Database)
}

/// Returns the query in PostgreSQL's SQL, as [`select()`] does, for a database in which `contexts` know the request.
///
/// # Errors
/// Those of [`select()`].
pub fn select_for(select: &Select, contexts: Contexts) -> Result<Rendered> {
    let mut writer = Writer::new(contexts);
    writer.select(select)?;
    writer.finish()
}

/// Returns the statement in PostgreSQL's SQL.
///
/// # Errors
/// Those of [`select()`].
pub fn statement(statement: &Statement) -> Result<Rendered> {
    let mut writer = Writer::default();
    writer.statement(statement)?;
    writer.finish()
}

/// Returns the expression in PostgreSQL's SQL, a term that needs no brackets around it.
///
/// # Errors
/// Those of [`select()`].
pub fn expression(expr: &Expr) -> Result<Rendered> {
    let mut writer = Writer::default();
    writer.expression(expr)?;
    writer.finish()
}

/// Returns the insert of rows in PostgreSQL's SQL, without `returning`; [`affected`] counts and reads its rows.
///
/// # Errors
/// Those of [`select()`].
pub fn insert_rows(rows: &Rows<'_>) -> Result<Rendered> {
    let mut writer = Writer::default();
    writer.rows_insert(rows, &statement::Returning::Outputs(&[]))?;
    writer.finish()
}

/// Returns the name of a type, as casts have it: without a modifier, and in quotes where that is needed.
///
/// # Errors
/// None.
pub fn type_name(ty: &Type) -> Result<String> {
    let mut writer = Writer::default();
    writer.type_name(ty);
    writer.finish().map(|written| written.sql.to_string())
}
