//! PostgreSQL's types and their canonical forms.
//!
//! # Canonical form (storage version 1)
//!
//! Each type has one canonical [`Value`], which is what SQLite stores, compares and indexes. This table is versioned: a change
//! is a migration of every database, so it is made by a new version, never by editing a row.
//!
//! | type | value | collation |
//! |---|---|---|
//! | `bool` | `Int` 0 or 1 | |
//! | `int2 int4 int8 oid` | `Int` | |
//! | `float4 float8` | `Float`; NaN and infinities as PostgreSQL's text | |
//! | `numeric` | `Text`, as PostgreSQL prints it (scale kept) | `numeric` |
//! | `text varchar name xml` | `Text` | `BINARY`: order "C" |
//! | `bpchar` | `Text`, padded to its length | `RTRIM` |
//! | `citext` | `Text` | `citext` |
//! | `uuid` | `Text`, 36 lower-case characters | |
//! | `date` | `Int`, days since 1970-01-01; infinities are the limits of i32 | |
//! | `time` | `Int`, microseconds since midnight | |
//! | `timetz` | `Text`, as PostgreSQL prints it | `timetz` |
//! | `timestamp timestamptz` | `Int`, microseconds since 1970-01-01 00:00 (UTC); infinities are the limits of i64 | |
//! | `interval` | `Text`, as PostgreSQL prints it (`IntervalStyle = postgres`) | `interval` |
//! | `json` | `Text`, as written | |
//! | `jsonb` | `Text`, canonical: no white space, keys by length then bytes, numbers as `numeric` prints them | |
//! | `bytea` | `Bytes` | |
//! | `inet cidr macaddr` | `Text`, as PostgreSQL prints it | |
//! | `tsvector tsquery` | `Text`, as PostgreSQL prints it | |
//! | `regconfig` | `Text`, the name of the text search configuration | |
//! | enums | `Text`, the label | `enum:schema.name`, the declared order |
//! | ranges | `Text`: `empty`, or the bounds' canonical values in their brackets (`[1,5)`) | the type's name |
//! | multiranges | `Text`: such ranges in order, within braces | the type's name |
//! | arrays | `Text`, a JSON array without white space of the elements' JSON form | |
//! | composites | `Text`, a JSON object of the fields' JSON form | |

pub mod array;
mod boolean;
mod bytea;
mod cast;
mod compare;
mod composite;
pub mod datetime;
mod enumeration;
mod errors;
pub mod float;
mod integer;
pub mod interval;
mod io;
pub mod json;
mod modifier;
pub mod network;
pub mod numeric;
pub mod pattern;
pub mod range;
pub mod search;
mod storage;
pub mod text;
mod transcribe;
mod r#type;
mod uuid;

pub use cast::{cast, date_to_timestamp, text as cast_text, timestamp_to_date};
pub use compare::{citext as compare_citext, compare};
pub use io::{from_json, input, input_column, output, write_json};
pub use json::write_json_string;
pub use range::RangeType;
pub use storage::{Class, Storage};
pub use transcribe::text_to_json;
pub use r#type::{ColumnType, CompositeType, EnumType, Modifier, OpaqueType, Type};

#[cfg(test)]
mod tests;

pub use underpin_base::{Value, ValueRef};
