//! [`Type`]: a PostgreSQL type; [`ColumnType`]: a type with its modifier.

use std::fmt;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};

use super::range::RangeType;

/// A PostgreSQL type, without modifier; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are PostgreSQL's type names")]
pub enum Type {
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric,
    Text,
    Varchar,
    Bpchar,
    Name,
    Citext,
    Xml,
    Uuid,
    Date,
    Time,
    TimeTz,
    Timestamp,
    TimestampTz,
    Interval,
    Json,
    Jsonb,
    Bytea,
    Inet,
    Cidr,
    MacAddr,
    /// A range of numbers, dates or times.
    Range(RangeType),
    /// Several ranges that do not meet.
    Multirange(RangeType),
    TsVector,
    TsQuery,
    RegConfig,
    /// An enumeration that a migration created.
    Enum(Arc<EnumType>),
    /// A row type: of a table, or made by `create type … as (…)`.
    Composite(Arc<CompositeType>),
    /// A type that the database alone knows, such as an extension's: its values are their text.
    Opaque(Arc<OpaqueType>),
    /// An array of any dimension.
    Array(Arc<Self>),
    /// An anonymous row.
    Record,
    /// The result of a function that returns nothing.
    Void,
    /// A quoted literal or null whose type the context has not told yet.
    Unknown,
}

/// An enumeration; equal to another of the same name.
#[derive(Debug)]
pub struct EnumType {
    /// Its name.
    pub name: QualifiedName,
    /// Its labels in their declared order.
    pub labels: Vec<Name>,
}

/// A row type; equal to another of the same name.
#[derive(Debug)]
pub struct CompositeType {
    /// Its name.
    pub name: QualifiedName,
    /// Its fields in order.
    pub fields: Vec<(Name, ColumnType)>,
}

/// A type that the database alone knows, such as `geometry`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct OpaqueType {
    /// Its name.
    pub name: QualifiedName,
}

impl PartialEq for EnumType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for EnumType {}
impl std::hash::Hash for EnumType {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
impl PartialEq for CompositeType {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for CompositeType {}
impl std::hash::Hash for CompositeType {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A type as a column or a cast names it: with length or precision.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnType {
    /// The type.
    pub ty: Type,
    /// Its modifier, if one was given.
    pub modifier: Option<Modifier>,
}

/// What stands in parentheses behind a type's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// `varchar(n)`, `char(n)`: at most, or exactly, n characters.
    Length(u32),
    /// `numeric(precision, scale)`: digits in all, digits after the point.
    Precision(u16, i16),
    /// `timestamp(n)`, `time(n)`: digits of the second's fraction, 0 to 6.
    Fraction(u8),
}

impl ColumnType {
    /// Returns `ty` without a modifier.
    pub fn plain(ty: Type) -> Self {
        Self { ty, modifier: None }
    }
}

impl From<Type> for ColumnType {
    fn from(ty: Type) -> Self {
        Self::plain(ty)
    }
}

impl Type {
    /// Returns an array of this type.
    #[must_use]
    pub fn array(self) -> Self {
        Self::Array(Arc::new(self))
    }

    /// Returns the type of an array's elements.
    pub fn element(&self) -> Option<&Self> {
        match self {
            Self::Array(element) => Some(element),
            _ => None,
        }
    }

    /// Tells whether this is a number.
    pub fn is_numeric(&self) -> bool {
        self.is_integer() || matches!(self, Self::Float4 | Self::Float8 | Self::Numeric)
    }

    /// Tells whether this is a whole number.
    pub fn is_integer(&self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8 | Self::Oid)
    }

    /// Tells whether this is one of the types of character strings.
    pub fn is_text(&self) -> bool {
        matches!(
            self,
            Self::Text | Self::Varchar | Self::Bpchar | Self::Name | Self::Citext
        )
    }

    /// Tells whether this is `json` or `jsonb`.
    pub fn is_json(&self) -> bool {
        matches!(self, Self::Json | Self::Jsonb)
    }

    /// Returns the type of the built-in name `name` (PostgreSQL's names and SQL's aliases, lower case, without modifier or
    /// brackets), or nothing when it is not one of ours.
    pub fn built_in(name: &str) -> Option<Self> {
        Some(match name {
            "bool" | "boolean" => Self::Bool,
            "int2" | "smallint" | "smallserial" | "serial2" => Self::Int2,
            "int4" | "int" | "integer" | "serial" | "serial4" => Self::Int4,
            "int8" | "bigint" | "bigserial" | "serial8" => Self::Int8,
            "oid" | "regclass" | "regtype" | "regproc" => Self::Oid,
            "float4" | "real" => Self::Float4,
            "float8" | "double precision" | "float" => Self::Float8,
            "numeric" | "decimal" | "dec" => Self::Numeric,
            "text" => Self::Text,
            "varchar" | "character varying" | "char varying" => Self::Varchar,
            "bpchar" | "char" | "character" => Self::Bpchar,
            "name" => Self::Name,
            "citext" => Self::Citext,
            "xml" => Self::Xml,
            "uuid" => Self::Uuid,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timetz" | "time with time zone" => Self::TimeTz,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz,
            "interval" => Self::Interval,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "bytea" => Self::Bytea,
            "inet" => Self::Inet,
            "cidr" => Self::Cidr,
            "macaddr" => Self::MacAddr,
            "tsvector" => Self::TsVector,
            "tsquery" => Self::TsQuery,
            "regconfig" => Self::RegConfig,
            "record" => Self::Record,
            "void" => Self::Void,
            "unknown" => Self::Unknown,
            _ => {
                return RangeType::named(name)
                    .map(Self::Range)
                    .or_else(|| RangeType::of_multirange(name).map(Self::Multirange));
            }
        })
    }
}

/// Prints the type as PostgreSQL's `format_type` does: `integer`, `timestamp with time zone`, `text[]`.
impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Oid => "oid",
            Self::Float4 => "real",
            Self::Float8 => "double precision",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Varchar => "character varying",
            Self::Bpchar => "character",
            Self::Name => "name",
            Self::Citext => "citext",
            Self::Xml => "xml",
            Self::Uuid => "uuid",
            Self::Date => "date",
            Self::Time => "time without time zone",
            Self::TimeTz => "time with time zone",
            Self::Timestamp => "timestamp without time zone",
            Self::TimestampTz => "timestamp with time zone",
            Self::Interval => "interval",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Bytea => "bytea",
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::MacAddr => "macaddr",
            Self::Range(range) => range.name(),
            Self::Multirange(range) => range.multirange_name(),
            Self::TsVector => "tsvector",
            Self::TsQuery => "tsquery",
            Self::RegConfig => "regconfig",
            Self::Record => "record",
            Self::Void => "void",
            Self::Unknown => "unknown",
            Self::Enum(named) => return write_named(formatter, &named.name),
            Self::Composite(named) => return write_named(formatter, &named.name),
            Self::Opaque(named) => return write_named(formatter, &named.name),
            Self::Array(element) => return write!(formatter, "{element}[]"),
        };
        formatter.write_str(name)
    }
}

fn write_named(formatter: &mut fmt::Formatter<'_>, name: &QualifiedName) -> fmt::Result {
    if &*name.schema == "public" {
        formatter.write_str(&name.name)
    } else {
        write!(formatter, "{name}")
    }
}

/// Prints the type with its modifier: `numeric(10,2)`, `character varying(20)`.
impl fmt::Display for ColumnType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.modifier, &self.ty) {
            (None, ty) => write!(formatter, "{ty}"),
            (Some(Modifier::Length(length)), Type::Array(element)) => {
                write!(formatter, "{element}({length})[]")
            }
            (Some(Modifier::Length(length)), ty) => write!(formatter, "{ty}({length})"),
            (Some(Modifier::Precision(precision, scale)), Type::Array(element)) => {
                write!(formatter, "{element}({precision},{scale})[]")
            }
            (Some(Modifier::Precision(precision, scale)), ty) => {
                write!(formatter, "{ty}({precision},{scale})")
            }
            (Some(Modifier::Fraction(digits)), ty) => {
                let printed = ty.to_string();
                match printed.split_once(' ') {
                    Some((first, rest)) => write!(formatter, "{first}({digits}) {rest}"),
                    None => write!(formatter, "{printed}({digits})"),
                }
            }
        }
    }
}
