//! [`Rendered`]: a statement's text and what is bound to it.

use std::sync::Arc;

use underpin_base::Value;

use crate::tree::Context;
use crate::types::Type;

/// A statement in an engine's dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Its text; parameters are `?1`, `?2`, … in SQLite, `$1`, `$2`, … in PostgreSQL.
    pub sql: Arc<str>,
    /// What is bound to the parameters, in their order.
    pub binds: Vec<Bind>,
    /// The type of each, for an engine to which values are given as text; none in SQLite.
    pub types: Vec<Type>,
}

/// What is bound to one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// A value in canonical form.
    Value(Value),
    /// What the request supplies; the engine takes it from the plan's identity and clock.
    Context(Context),
    /// A value that the engine supplies for each row that it works on: [`crate::tree::ExprKind::Parameter`].
    Parameter(usize),
    /// The row identities that the write before changed ([`crate::tree::From::Affected`]), as a JSON array.
    Affected,
}
