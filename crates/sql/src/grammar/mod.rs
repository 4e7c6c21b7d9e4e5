//! PostgreSQL's text in, the typed tree out.
//!
//! The text is parsed by `squawk-syntax` (lossless, with positions); this module resolves names and infers types as PostgreSQL
//! does, against a [`Resolver`] that knows the project's tables, types and routines. What is outside the tree is refused with
//! `0A000` and a sentence that names it; nothing that was written is dropped but the lock clauses of a query.

mod aggregate;
mod call;
mod column;
mod cte;
mod expr;
mod from;
mod group;
mod join;
mod name;
mod nesting;
mod order;
mod output;
mod parse;
mod precedence;
mod predicate;
mod reader;
mod resolver;
mod row_function;
mod scope;
mod select;
mod set;
mod special;
mod statement;
mod subscript;
#[cfg(test)]
pub(crate) mod tests;
mod type_name;
mod write;

pub use expr::{expression, expression_text};
pub use name::{Path, name, path, path_ref};
pub use parse::{Parsed, line, parse};
pub use resolver::{NamedType, Parameter, Relation, Resolver, Routine, RoutineResult};
pub use scope::{RowVariable, Scope};
pub use statement::{query, routine_body, routine_body_node, statement, text};
pub use type_name::{TypeName, column_type, column_type_text};

use squawk_syntax::SyntaxNode;
use underpin_base::Error;

/// Adds the line of `node` to an error that has none.
fn located(error: Error, node: &SyntaxNode) -> Error {
    if error.location().is_some() {
        return error;
    }
    error.at("", line(node))
}
