//! Collations: the orders of types whose stored text does not sort as their values do.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;
use underpin_base::{QualifiedName, ValueRef};
use underpin_sql::types::{self, EnumType, RangeType, Type};
use underpin_sql::writer::sqlite::ordering_collation;

/// The types that have a collation of their own, and the elements of arrays that have one.
const TYPES: &[Type] = &[
    Type::Numeric,
    Type::Citext,
    Type::TimeTz,
    Type::Interval,
    Type::Jsonb,
    Type::TsVector,
    Type::TsQuery,
];

const ELEMENTS: &[Type] = &[
    Type::Bool,
    Type::Int2,
    Type::Int4,
    Type::Int8,
    Type::Oid,
    Type::Float4,
    Type::Float8,
    Type::Numeric,
    Type::Text,
    Type::Varchar,
    Type::Bpchar,
    Type::Name,
    Type::Citext,
    Type::Xml,
    Type::Uuid,
    Type::Date,
    Type::Time,
    Type::TimeTz,
    Type::Timestamp,
    Type::TimestampTz,
    Type::Interval,
    Type::Json,
    Type::Jsonb,
    Type::Bytea,
    Type::Inet,
    Type::Cidr,
    Type::MacAddr,
    Type::TsVector,
    Type::TsQuery,
    Type::RegConfig,
];

/// Registers the collations of the built-in types.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let ranges: Vec<Type> = RangeType::ALL
        .into_iter()
        .flat_map(|range| [Type::Range(range), Type::Multirange(range)])
        .collect();
    for ty in TYPES.iter().chain(&ranges) {
        register_type(connection, ty.clone())?;
    }
    for element in ELEMENTS.iter().chain(&ranges) {
        register_type(connection, element.clone().array())?;
    }
    Ok(())
}

/// Registers the collations of enumerations: the order in which their labels were declared.
pub(in crate::sqlite) fn register_enums<'a>(
    connection: &Connection,
    enums: impl IntoIterator<Item = (&'a QualifiedName, &'a Arc<EnumType>)>,
) -> rusqlite::Result<()> {
    for (name, enumeration) in enums {
        let places: HashMap<String, usize> = enumeration
            .labels
            .iter()
            .enumerate()
            .map(|(place, label)| (label.to_string(), place))
            .collect();
        // Every label comes before what is none, so that the order is total whatever the file holds.
        let place = move |label: &str| places.get(label).copied().unwrap_or(usize::MAX);
        connection.create_collation(&*format!("enum:{name}"), move |left: &str, right: &str| {
            place(left).cmp(&place(right)).then_with(|| left.cmp(right))
        })?;
        register_type(connection, Type::Enum(Arc::clone(enumeration)).array())?;
    }
    Ok(())
}

fn register_type(connection: &Connection, ty: Type) -> rusqlite::Result<()> {
    let Some(name) = ordering_collation(&ty) else {
        return Ok(());
    };
    connection.create_collation(&*name, move |left: &str, right: &str| -> Ordering {
        types::compare(&ty, ValueRef::Text(left), ValueRef::Text(right))
    })
}
