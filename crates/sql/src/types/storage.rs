//! [`Storage`]: how SQLite stores a type; the table in the module's documentation, as code.

use std::borrow::Cow;

use super::Type;

/// SQLite's storage class of a column in a `STRICT` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are SQLite's names")]
pub enum Class {
    Integer,
    /// `ANY`, for floats: infinities and NaN are text.
    Any,
    Text,
    Blob,
}

/// A storage class and the collation that makes stored values compare as PostgreSQL compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// The class.
    pub class: Class,
    /// The collation's name, when it is not `BINARY`.
    pub collation: Option<Cow<'static, str>>,
}

impl Type {
    /// Returns the collation under which canonical values of this type compare, when it is not `BINARY`.
    pub fn collation(&self) -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(match self {
            Self::Numeric => "numeric",
            Self::Bpchar => "RTRIM",
            Self::Citext => "citext",
            Self::TimeTz => "timetz",
            Self::Interval => "interval",
            Self::Range(range) => range.name(),
            Self::Multirange(range) => range.multirange_name(),
            Self::Enum(named) => return Some(Cow::Owned(format!("enum:{}", named.name))),
            _ => return None,
        }))
    }

    /// Returns how SQLite stores this type.
    pub fn storage(&self) -> Storage {
        let class = match self {
            Self::Bool
            | Self::Int2
            | Self::Int4
            | Self::Int8
            | Self::Oid
            | Self::Date
            | Self::Time
            | Self::Timestamp
            | Self::TimestampTz => Class::Integer,
            Self::Float4 | Self::Float8 => Class::Any,
            Self::Bytea => Class::Blob,
            _ => Class::Text,
        };
        Storage {
            class,
            collation: self.collation(),
        }
    }
}
