//! Identifiers: [`Name`] is one, [`QualifiedName`] is one in a schema.

use std::fmt;
use std::sync::Arc;

/// One SQL identifier, already case-folded as PostgreSQL would, never quoted; cheap to clone.
pub type Name = Arc<str>;

/// An identifier within a schema, such as `public.products`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    /// The schema, such as `public` or `auth`.
    pub schema: Name,
    /// The name within the schema.
    pub name: Name,
}

impl QualifiedName {
    /// Returns the name `name` of schema `schema`.
    pub fn new(schema: impl Into<Name>, name: impl Into<Name>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// Returns the name `name` of schema `public`.
    pub fn public(name: impl Into<Name>) -> Self {
        Self::new("public", name)
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.schema, self.name)
    }
}
