//! PostgreSQL's types as JSON Schema.

use underpin_sql::types::{ColumnType, Type};

use super::super::definition::{format_name, labels, max_length};
use super::super::ordered::{Json, Object};

/// Returns the schema of a value of a column.
pub(super) fn of_column(ty: &ColumnType, nullable: bool) -> Object {
    of_type(&ty.ty, nullable).with_some("maxLength", max_length(ty))
}

/// Returns the schema of a value.
pub(super) fn of_type(ty: &Type, nullable: bool) -> Object {
    let items = ty.element().map(|element| of_type(element, true));
    Object::new()
        .with_some("type", json_type(ty).map(|name| types(name, nullable)))
        .with_some("format", format(ty))
        .with_some("enum", enumeration(ty, nullable))
        .with_some("items", items)
        .with_some("properties", fields(ty))
        .with("x-postgresql-type", format_name(ty))
}

fn types(name: &str, nullable: bool) -> Json {
    match nullable {
        true => vec![name, "null"].into(),
        false => name.into(),
    }
}

/// Returns JSON's name of a type; nothing for what may be anything.
pub(super) fn json_type(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Bool => Some("boolean"),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => Some("integer"),
        Type::Numeric | Type::Float4 | Type::Float8 => Some("number"),
        Type::Json | Type::Jsonb | Type::Unknown => None,
        Type::Array(_) => Some("array"),
        Type::Composite(_) | Type::Record => Some("object"),
        Type::Void => Some("null"),
        _ => Some("string"),
    }
}

/// The registered formats, where PostgreSQL's text is always of it.
fn format(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Int2 => Some("int16"),
        Type::Int4 => Some("int32"),
        Type::Int8 => Some("int64"),
        Type::Float4 => Some("float"),
        Type::Float8 => Some("double"),
        Type::Uuid => Some("uuid"),
        Type::Date => Some("date"),
        Type::TimestampTz => Some("date-time"),
        _ => None,
    }
}

fn enumeration(ty: &Type, nullable: bool) -> Option<Json> {
    let labels = labels(ty)?;
    let mut values: Vec<Json> = labels.into_iter().map(Json::from).collect();
    if nullable {
        values.push(serde_json::Value::Null.into());
    }
    Some(Json::List(values))
}

fn fields(ty: &Type) -> Option<Object> {
    match ty {
        Type::Composite(of) => Some(
            of.fields
                .iter()
                .map(|(name, field)| (name.to_string(), of_column(field, true).into()))
                .collect(),
        ),
        _ => None,
    }
}
