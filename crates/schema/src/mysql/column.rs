//! Columns: the database's type for each of PostgreSQL's.
//!
//! | type | column |
//! |---|---|
//! | `bool` | `boolean` |
//! | `int2 int4 int8 oid` | `smallint`, `int`, `bigint` |
//! | `float4 float8` | `float`, `double`; no NaN and no infinities |
//! | `numeric(p, s)` | `decimal(p, s)` as far as there is one |
//! | `numeric` | text, since its scale belongs to each value |
//! | `varchar(n)` | `varchar(n)` up to 255 characters, or in a key |
//! | other texts, JSON, arrays, enums, ranges, … | `longtext` in canonical form; in a key `varchar` of what fits into it |
//! | `uuid` | `char(36)` |
//! | `date` | `date`, years 0 to 9999 |
//! | `time` | `time(6)` |
//! | `timestamp timestamptz` | `datetime(6)`, in UTC; years 0 to 9999 |
//! | `bytea` | `longblob`; in a key `varbinary` |
//!
//! Texts compare by their bytes, without padding.

use underpin_base::Result;
use underpin_sql::tree::ExprKind;
use underpin_sql::types::{ColumnType, Modifier, Type, Value};
use underpin_sql::writer::mysql::{Dialect, Flavour};

use super::{held, quoted};
use crate::catalog::{Column, Generated, Table};
use crate::sqlite::identity_column;

/// The most characters that the texts of one key have together.
const KEY_CHARACTERS_MAX: usize = 700;

/// The longest `varchar(n)` that is kept as one although it is in no key: a row has room for 65,535 bytes of such columns.
const VARCHAR_MAX: u32 = 255;

/// Tells whether a `numeric` column is kept as `decimal`.
pub fn is_exact(ty: &ColumnType, flavour: Flavour) -> bool {
    match (&ty.ty, ty.modifier) {
        (Type::Numeric, Some(Modifier::Precision(precision, scale))) => {
            precision <= 65
                && (0..=flavour.scale_max()).contains(&scale)
                && u16::try_from(scale).is_ok_and(|scale| scale <= precision)
        }
        _ => false,
    }
}

/// Returns a column's definition.
pub(super) fn definition(table: &Table, column: &Column, dialect: &Dialect) -> Result<String> {
    let mut sql = format!(
        "{} {}",
        quoted(&column.name),
        sql_type(table, column, dialect)
    );
    let is_key = table.primary_key_columns().contains(&column.name);
    if let Some(Generated::Stored(expression)) = &column.generated
        && let Some(expression) = held(table, &expression.expr, dialect)
    {
        sql.push_str(&format!(" GENERATED ALWAYS AS ({expression}) STORED"));
        return Ok(sql);
    }
    sql.push_str(if column.not_null || is_key {
        " NOT NULL"
    } else {
        " NULL"
    });
    if identity_column(table).is_some_and(|identity| identity.name == column.name) {
        sql.push_str(" AUTO_INCREMENT");
    } else if let Some(default) = &column.default
        && let ExprKind::Constant(value) = &default.expr.kind
        && let Some(value) = literal(value, &column.ty.ty)
    {
        sql.push_str(&format!(" DEFAULT ({value})"));
    }
    Ok(sql)
}

/// Returns a constant that other programs may have as a default, too.
fn literal(value: &Value, ty: &Type) -> Option<String> {
    match value {
        Value::Int(value) if ty.is_integer() || *ty == Type::Bool => Some(value.to_string()),
        Value::Text(text)
            if ty.is_text() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            Some(format!("'{text}'"))
        }
        _ => None,
    }
}

/// Returns the database's type.
fn sql_type(table: &Table, column: &Column, dialect: &Dialect) -> String {
    let collation = dialect.flavour.collation();
    let text = |length: Option<usize>| match length {
        Some(length) => format!("VARCHAR({length}) CHARACTER SET utf8mb4 COLLATE {collation}"),
        None => format!("LONGTEXT CHARACTER SET utf8mb4 COLLATE {collation}"),
    };
    let in_key = key_length(table, &column.name);
    match (&column.ty.ty, column.ty.modifier) {
        (Type::Bool, _) => "BOOLEAN".to_owned(),
        (Type::Int2, _) => "SMALLINT".to_owned(),
        (Type::Int4, _) => "INT".to_owned(),
        (Type::Int8 | Type::Oid, _) => "BIGINT".to_owned(),
        (Type::Float4, _) => "FLOAT".to_owned(),
        (Type::Float8, _) => "DOUBLE".to_owned(),
        (Type::Numeric, Some(Modifier::Precision(precision, scale)))
            if is_exact(&column.ty, dialect.flavour) =>
        {
            format!("DECIMAL({precision},{scale})")
        }
        (Type::Uuid, _) => "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin".to_owned(),
        (Type::Date, _) => "DATE".to_owned(),
        (Type::Time, _) => "TIME(6)".to_owned(),
        (Type::Timestamp | Type::TimestampTz, _) => "DATETIME(6)".to_owned(),
        (Type::Bytea, _) => match in_key {
            Some(length) => format!("VARBINARY({})", length * 4),
            None => "LONGBLOB".to_owned(),
        },
        (Type::Varchar | Type::Bpchar, Some(Modifier::Length(length))) if length <= VARCHAR_MAX => {
            text(usize::try_from(length).ok())
        }
        _ => text(in_key),
    }
}

/// Returns how many characters a text has in the smallest of the keys that it is in; nothing when it is in none.
pub(super) fn key_length(table: &Table, column: &str) -> Option<usize> {
    let primary = table.primary_key.iter().chain(&table.uniques);
    let keys = primary.map(|key| key.columns.iter().collect::<Vec<_>>());
    let foreign = table
        .foreign_keys
        .iter()
        .map(|key| key.columns.iter().collect());
    let unique = table
        .indexes
        .iter()
        .filter(|index| index.unique)
        .map(|index| {
            index
                .keys
                .iter()
                .filter_map(|key| key.column.as_ref())
                .collect()
        });
    keys.chain(foreign)
        .chain(unique)
        .filter(|key: &Vec<&underpin_base::Name>| key.iter().any(|name| ***name == *column))
        .map(|key| KEY_CHARACTERS_MAX / key.len().max(1))
        .min()
}
