//! Arrays: PostgreSQL's literals `{a,"b c",NULL}` in and out, and the operations on them.
//!
//! The canonical form is a JSON array of the elements' JSON; an array of several dimensions is nested. Lower bounds other than 1
//! are not kept. Arrays of `json` and `jsonb` have one dimension, since their elements may be JSON arrays themselves, and their
//! null elements are all SQL nulls.

mod canonical;
mod literal;
mod operation;

#[cfg(test)]
mod tests;

pub use super::json::Elements;
pub use operation::{
    append, cardinality, concat, contains, dimensions, fill, from_string, from_values, length,
    overlaps, positions, prepend, remove, replace, slice, subscript, texts, to_string, unnest,
};

pub(super) use canonical::{Builder, from_json};
pub(super) use literal::{input, output};
