//! The tree in SQLite's dialect.
//!
//! [`select`] and [`statement`] bind every value; [`expression_inline`] writes constants as literals, for what becomes part of
//! the schema. Names go through [`super::quote_identifier`] alone, and what a request supplies is never part of the text.
//!
//! Where SQLite's own operator or function means what PostgreSQL's means it is written as it is; everything else is a call of
//! a function that the store registers on each connection: `pg_…` has PostgreSQL's meaning, `underpin_…` is machinery of the
//! writer. Functions that must know the types of their arguments get them as [`type_code`]s in a first argument.

mod aggregate;
mod candidates;
mod cast;
mod code;
mod collation;
mod expression;
mod from;
mod json;
mod lateral;
mod literal;
mod membership;
mod narrowing;
mod operator;
mod postings;
mod row_numbers;
mod select;
mod statement;
mod writer;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use underpin_base::{QualifiedName, Result};

use super::Rendered;
use crate::tree::{Expr, Select, Statement};

pub use candidates::{WordIndex, WordIndexes};
pub use code::{
    column_type_code, read_column_type, read_invoked, read_types, type_code, types_code,
};
pub use collation::ordering_collation;
pub use json::read_shape;
pub use operator::operator_function;
use writer::Writer;

/// Returns the query in SQLite's dialect; its outputs are in the query's order.
///
/// # Errors
/// `0A000` for what SQLite cannot do, `54001` for a tree that is too deep, and an internal error for what the planner should have
/// replaced (views, routines, parameters).
pub fn select(select: &Select) -> Result<Rendered> {
    let mut writer = Writer::new();
    writer.select(select)?;
    Ok(writer.finish())
}

/// [`select()`] that finds rows by their words where `indexes` has the words.
///
/// # Errors
/// Those of [`select()`].
pub fn select_indexed(select: &Select, indexes: &Arc<WordIndexes>) -> Result<Rendered> {
    let mut writer = Writer::indexed(indexes);
    writer.select(select)?;
    Ok(writer.finish())
}

/// [`statement()`] that finds rows by their words where `indexes` has the words.
///
/// # Errors
/// Those of [`statement()`].
pub fn statement_indexed(statement: &Statement, indexes: &Arc<WordIndexes>) -> Result<Rendered> {
    let mut writer = Writer::indexed(indexes);
    writer.statement(statement)?;
    Ok(writer.finish())
}

/// Returns the statement in SQLite's dialect.
///
/// # Errors
/// Those of [`select()`]; a `default` that was not replaced by its expression is an internal error.
pub fn statement(statement: &Statement) -> Result<Rendered> {
    let mut writer = Writer::new();
    writer.statement(statement)?;
    Ok(writer.finish())
}

/// Returns the expression with its constants as literals and its columns unqualified, for a check, an index or a generated
/// column of the one table that its columns belong to.
///
/// # Errors
/// Those of [`select()`], and `0A000` for a subquery.
pub fn expression_inline(expr: &Expr) -> Result<String> {
    let mut writer = Writer::inline();
    writer.expression(expr)?;
    Ok(writer.sql)
}

/// Returns the expression as [`expression_inline`] does, with its columns those of `row`: `new` or `old` in a trigger.
///
/// # Errors
/// Those of [`expression_inline`].
pub fn expression_of_row(expr: &Expr, row: &'static str) -> Result<String> {
    let mut writer = Writer::of_row(row);
    writer.expression(expr)?;
    Ok(writer.sql)
}

/// Returns the name of `table` in the file, not quoted: without its schema when that is `public`.
pub fn table_name(table: &QualifiedName) -> String {
    if &*table.schema == "public" {
        table.name.as_ref().to_owned()
    } else {
        table.to_string()
    }
}
