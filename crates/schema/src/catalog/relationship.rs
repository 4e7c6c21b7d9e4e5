//! [`Relationship`]: how one table or view leads to another; found from the foreign keys, `wire.md` §1.5.

use underpin_base::{Name, QualifiedName};

/// A way from a table or view to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// Where it starts.
    pub source: QualifiedName,
    /// Where it leads.
    pub target: QualifiedName,
    /// How many rows it leads to.
    pub cardinality: Cardinality,
    /// The constraint behind it; for a junction, that of the junction's foreign key to the source.
    pub constraint: Name,
    /// Pairs of source column and target column that are equal; empty for a junction.
    pub columns: Vec<(Name, Name)>,
    /// The table between the two, for a many-to-many relationship.
    pub junction: Option<Junction>,
    /// Source and target are the same table.
    pub is_self: bool,
}

/// How many rows of the target belong to a row of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cardinality {
    /// The foreign key is on the source.
    ManyToOne,
    /// The foreign key is on the target.
    OneToMany,
    /// The foreign key is on either, and unique. The flag tells that it is on the source.
    OneToOne {
        /// The foreign key is on the source.
        on_source: bool,
    },
    /// Two foreign keys on a junction.
    ManyToMany,
}

/// The table between the two of a many-to-many relationship.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Junction {
    /// The table.
    pub table: QualifiedName,
    /// The constraint to the source.
    pub source_constraint: Name,
    /// Pairs of source column and junction column.
    pub source_columns: Vec<(Name, Name)>,
    /// The constraint to the target.
    pub target_constraint: Name,
    /// Pairs of junction column and target column.
    pub target_columns: Vec<(Name, Name)>,
}

impl Cardinality {
    /// Tells whether at most one row of the target belongs to a row of the source.
    pub fn is_to_one(self) -> bool {
        matches!(self, Self::ManyToOne | Self::OneToOne { .. })
    }

    /// Returns PostgREST's word: `many-to-one`, ….
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ManyToOne => "many-to-one",
            Self::OneToMany => "one-to-many",
            Self::OneToOne { .. } => "one-to-one",
            Self::ManyToMany => "many-to-many",
        }
    }
}
