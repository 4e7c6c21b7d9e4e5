//! PostgreSQL's text in, the typed tree out.
//!
//! The text is parsed by `squawk-syntax` (lossless, with positions); this module resolves names and infers types as PostgreSQL
//! does, against a [`Resolver`] that knows the project's tables, types and routines.

mod resolver;

pub use resolver::{NamedType, Parameter, Relation, Resolver, Routine, RoutineResult};
