//! PostgreSQL's text in, the typed tree out.
//!
//! The text is parsed by `squawk-syntax` (lossless, with positions); this module resolves names and infers types as PostgreSQL
//! does, against a [`Resolver`] that knows the project's tables, types and routines. What is outside the tree is refused with
//! `0A000` and a sentence that names it; nothing that was written is dropped but the lock clauses of a query.

mod name;
mod nesting;
mod parse;
mod resolver;
mod type_name;

pub use name::{Path, name, path, path_ref};
pub use parse::{Parsed, line, parse};
pub use resolver::{NamedType, Parameter, Relation, Resolver, Routine, RoutineResult};
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
