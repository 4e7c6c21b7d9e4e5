//! Columns of a database that others made.
//!
//! | column | type |
//! |---|---|
//! | `tinyint(1)`, `bit(1)` | `bool` |
//! | `tinyint`, `smallint`, `mediumint`, `int`, `bigint` | the smallest integer that holds every value; `bigint unsigned` is `bigint` |
//! | `year`, `bit(n)` | `int2`, `int8` |
//! | `decimal(p, s)` | `numeric(p, s)` |
//! | `float`, `double` | `float4`, `float8` |
//! | `char(n)`, `varchar(n)` | `varchar(n)` |
//! | other texts, `set` | `text` |
//! | `enum` | an enumeration named after table and column |
//! | `json` | `jsonb` |
//! | `date`, `time` | `date`, `time` |
//! | `datetime`, `timestamp` | `timestamp`, `timestamptz` |
//! | `binary`, `varbinary`, `blob` | `bytea` |
//! | `uuid` | `uuid` |
//! | geometries | `json`, as GeoJSON |

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::Expr;
use underpin_sql::types::text::quote_literal;
use underpin_sql::types::{ColumnType, EnumType, Modifier, Type};
use underpin_sql::writer::mysql::{Fact, Kept};

use super::{Row, field};
use crate::catalog::{Column, Expression, Generated};

/// A column as it was found.
pub(super) struct Found {
    pub(super) column: Column,
    pub(super) fact: Fact,
}

/// Returns a column from its row; `is_document` when a check says that its text is one.
pub(super) fn column(row: &Row, is_document: bool) -> Found {
    let (ty, kept) = ty(row, is_document);
    let extra = field(row, 6).to_ascii_uppercase();
    let is_computed = extra.contains("GENERATED") && !extra.contains("DEFAULT_GENERATED");
    let counts = extra.contains("AUTO_INCREMENT") && ty.ty.is_integer();
    let omitted = omitted(row, &extra, &ty);
    let has_own_default = matches!(omitted, Omitted::Unknown);
    let column = Column {
        not_null: field(row, 4) == "NO" && !is_computed && !has_own_default && !is_zero_date(row),
        default: match omitted {
            Omitted::Constant(expression) => Some(expression),
            Omitted::Nothing | Omitted::Unknown => None,
        },
        generated: counts.then_some(Generated::IdentityByDefault),
        comment: Some(field(row, 12).to_owned()).filter(|text| !text.is_empty()),
        ..Column::plain(Name::from(field(row, 1)), ty)
    };
    let fact = Fact {
        exact: column.ty.ty == Type::Numeric,
        kept,
        given: is_computed || has_own_default,
        not_null: false,
    };
    Found { column, fact }
}

fn is_zero_date(row: &Row) -> bool {
    field(row, 5).trim_matches('\'').starts_with("0000-00-00")
}

/// Returns a column's type, and how its values are kept.
fn ty(row: &Row, is_document: bool) -> (ColumnType, Kept) {
    let whole = field(row, 3).to_ascii_lowercase();
    let unsigned = whole.contains("unsigned");
    let number = |place| field(row, place).parse::<u64>().ok();
    let charset = field(row, 7);
    let text = || Kept::Text {
        charset: identifier(charset),
        collation: identifier(field(row, 8)),
    };
    let plain = |ty| (ColumnType::from(ty), Kept::Ours);
    let length = number(11).and_then(|length| u32::try_from(length).ok());
    match (field(row, 2), unsigned) {
        ("tinyint", _) if whole.starts_with("tinyint(1)") => (Type::Bool.into(), Kept::Truth),
        ("bit", _) if number(9) == Some(1) => (Type::Bool.into(), Kept::Truth),
        ("bit", _) => (Type::Int8.into(), Kept::Number),
        ("year", _) => (Type::Int2.into(), Kept::Number),
        ("tinyint", _) | ("smallint", false) => plain(Type::Int2),
        ("smallint", true) | ("mediumint", _) | ("int", false) => plain(Type::Int4),
        ("int", true) | ("bigint", _) => plain(Type::Int8),
        ("decimal", _) => {
            let precision = number(9).and_then(|it| u16::try_from(it).ok());
            let scale = number(10).and_then(|it| i16::try_from(it).ok());
            let modifier = precision
                .zip(scale)
                .map(|(precision, scale)| Modifier::Precision(precision, scale));
            let ty = Type::Numeric;
            (ColumnType { ty, modifier }, Kept::Ours)
        }
        ("float", _) => plain(Type::Float4),
        ("double", _) => plain(Type::Float8),
        ("date", _) => (Type::Date.into(), Kept::Date),
        ("datetime", _) => (Type::Timestamp.into(), Kept::Date),
        ("timestamp", _) => (Type::TimestampTz.into(), Kept::Date),
        ("time", _) => plain(Type::Time),
        ("uuid", _) => plain(Type::Uuid),
        ("json", _) => plain(Type::Jsonb),
        ("longtext", _) if is_document => plain(Type::Jsonb),
        ("enum", _) => (enumeration(row, field(row, 3)).into(), Kept::Label),
        ("char" | "varchar", _) if !charset.is_empty() => {
            let modifier = length.map(Modifier::Length);
            let ty = Type::Varchar;
            (ColumnType { ty, modifier }, text())
        }
        _ if !charset.is_empty() => (Type::Text.into(), text()),
        (
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" | "geomcollection",
            _,
        ) => (Type::Json.into(), Kept::Geometry),
        ("binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob", _) => {
            plain(Type::Bytea)
        }
        // `inet6` and whatever comes: as the database prints it.
        _ => (Type::Text.into(), Kept::Printed),
    }
}

/// Returns the name of a character set or collation, which becomes part of statements as it is.
fn identifier(name: &str) -> String {
    let plain = |it: &char| it.is_ascii_alphanumeric() || *it == '_';
    name.chars().filter(plain).collect()
}

/// Returns the enumeration of a column, from `enum('a','b')`.
fn enumeration(row: &Row, text: &str) -> Type {
    let name = format!("{}_{}", field(row, 0), field(row, 1));
    let mut labels = Vec::new();
    let mut label: Option<String> = None;
    let mut rest = text.chars().skip("enum(".len()).peekable();
    while let Some(character) = rest.next() {
        match (&mut label, character) {
            (None, '\'') => label = Some(String::new()),
            (None, _) => {}
            (Some(text), '\'') if rest.peek() == Some(&'\'') => {
                rest.next();
                text.push('\'');
            }
            (Some(_), '\'') => labels.extend(label.take().map(Name::from)),
            (Some(text), character) => text.push(character),
        }
    }
    Type::Enum(Arc::new(EnumType {
        name: QualifiedName::public(name),
        labels,
    }))
}

/// What a column that is not given becomes.
enum Omitted {
    /// Null; or an error, where it must be given.
    Nothing,
    /// A value.
    Constant(Expression),
    /// What the database alone can say.
    Unknown,
}

fn omitted(row: &Row, extra: &str, ty: &ColumnType) -> Omitted {
    let Some(text) = row.get(5).and_then(Option::as_deref) else {
        return Omitted::Nothing;
    };
    if text.eq_ignore_ascii_case("null") {
        return Omitted::Nothing;
    }
    let is_number = text.parse::<f64>().is_ok();
    let quoted = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    // MySQL gives texts as they are, and says of everything else that it is no text.
    let is_bare = !extra.contains("DEFAULT_GENERATED") && !text.contains('(');
    let literal = match (quoted, is_number, is_bare) {
        (Some(text), _, _) => text.replace("''", "'"),
        (None, true, _) | (None, false, true) => text.to_owned(),
        (None, false, false) => return Omitted::Unknown,
    };
    let literal = match (&ty.ty, literal.as_str()) {
        (Type::Bool, "0") => "false".to_owned(),
        (Type::Bool, "1") => "true".to_owned(),
        _ => literal,
    };
    match constant(&literal, ty) {
        Some(expression) => Omitted::Constant(expression),
        None => Omitted::Unknown,
    }
}

/// Reads a constant of the column's type.
fn constant(text: &str, ty: &ColumnType) -> Option<Expression> {
    let value = underpin_sql::types::input_column(ty, text).ok()?;
    Some(Expression {
        text: quote_literal(text),
        expr: Expr::constant(value, ty.ty.clone()),
    })
}
