//! The definitions: one for each table and view, with the types of its columns.

use underpin_base::QualifiedName;
use underpin_schema::catalog::{Cardinality, Relationship};
use underpin_sql::types::{ColumnType, Modifier, Type};

use super::ordered::{Json, Object};
use super::{Column, Relation, Rights, World, columns, comment};

/// Returns the definitions by the relations' names.
pub(super) fn definitions(
    world: World<'_>,
    rights: &Rights<'_>,
    relations: &[Relation<'_>],
) -> Object {
    relations
        .iter()
        .map(|relation| {
            let name = relation.name().name.to_string();
            (name, definition(world, rights, *relation).into())
        })
        .collect()
}

fn definition(world: World<'_>, rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let required = columns(rights, relation, |column| {
        column
            .of_table
            .filter(|of_table| of_table.not_null)
            .map(|_| column.name.to_owned())
    });
    let required: Vec<String> = required.into_iter().flatten().collect();
    let properties: Object = columns(rights, relation, |column| {
        (
            column.name.to_owned(),
            property(world, relation, column).into(),
        )
    })
    .into_iter()
    .collect();
    Object::new()
        .with_some("description", comment(&relation))
        .with_some("required", Some(required).filter(|all| !all.is_empty()))
        .with("properties", properties)
        .with("type", "object")
}

fn property(world: World<'_>, relation: Relation<'_>, column: &Column<'_>) -> Object {
    let text = column
        .of_table
        .and_then(|of_table| of_table.default.as_ref());
    let default = text.and_then(|default| default_value(&default.text, &column.ty.ty));
    typed(&column.ty.ty)
        .with_some("default", default)
        .with_some("description", description(world, relation, column))
        .with_some(
            "maxLength",
            column.of_table.and_then(|_| max_length(column.ty)),
        )
        .with_some("enum", labels(&column.ty.ty))
}

/// Returns an object with `format`, `type` and `items` of a type.
pub(super) fn typed(ty: &Type) -> Object {
    let items = ty
        .element()
        .map(|element| Object::new().with_some("type", swagger_type(element)));
    Object::new()
        .with("format", format_name(ty))
        .with_some("type", swagger_type(ty))
        .with_some("items", items)
}

/// PostgreSQL's name of a type, with its schema unless it is built in.
pub(super) fn format_name(ty: &Type) -> String {
    match ty {
        Type::Enum(named) => named.name.to_string(),
        Type::Composite(named) => named.name.to_string(),
        Type::Array(element) => format!("{}[]", format_name(element)),
        _ => ty.to_string(),
    }
}

/// Swagger's name of a type; nothing for JSON, which may be anything.
pub(super) fn swagger_type(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Bool => Some("boolean"),
        Type::Int2 | Type::Int4 | Type::Int8 => Some("integer"),
        Type::Numeric | Type::Float4 | Type::Float8 => Some("number"),
        Type::Json | Type::Jsonb => None,
        Type::Array(_) => Some("array"),
        _ => Some("string"),
    }
}

pub(super) fn max_length(ty: &ColumnType) -> Option<u32> {
    match (&ty.ty, ty.modifier) {
        (Type::Varchar | Type::Bpchar, Some(Modifier::Length(length))) => Some(length),
        _ => None,
    }
}

pub(super) fn labels(ty: &Type) -> Option<Vec<String>> {
    match ty {
        Type::Enum(named) => Some(named.labels.iter().map(ToString::to_string).collect()),
        _ => None,
    }
}

/// Returns a default as a JSON value: of a text type the literal or, if it is none, the expression; of the others only what is JSON itself.
///
/// The formats of `uuid` and `date` are JSON Schema's too, of which an expression is not one.
pub(super) fn default_value(text: &str, ty: &Type) -> Option<Json> {
    match swagger_type(ty)? {
        "string" if matches!(ty, Type::Uuid | Type::Date) => None,
        "string" => Some(literal(text).unwrap_or_else(|| text.to_owned()).into()),
        "array" => None,
        _ => serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .filter(|value| value.is_number() || value.is_boolean())
            .map(Json::from),
    }
}

/// Returns the text of `'…'` or `'…'::type`.
pub(super) fn literal(text: &str) -> Option<String> {
    let mut rest = text.trim().strip_prefix('\'')?;
    let mut literal = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        literal.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
            None if after.is_empty() || after.starts_with("::") => return Some(literal),
            None => return None,
        }
    }
}

/// Returns the column's comment, and notes on the keys that it belongs to, in the form that PostgREST's readers look for.
pub(super) fn description(
    world: World<'_>,
    relation: Relation<'_>,
    column: &Column<'_>,
) -> Option<String> {
    let mut notes = Vec::new();
    let primary_key = match relation {
        Relation::Table(table) => table.primary_key_columns(),
        Relation::View(view) => world.relationships.shown_key(&view.name),
    };
    if primary_key.iter().any(|key| &**key == column.name) {
        notes.push("This is a Primary Key.<pk/>".to_owned());
    }
    if let Some((table, column)) = foreign_key(world, relation.name(), column.name) {
        notes.push(format!(
            "This is a Foreign Key to `{table}.{column}`.<fk table='{table}' column='{column}'/>"
        ));
    }
    if notes.is_empty() {
        return column.comment.map(str::to_owned);
    }
    let before = column
        .comment
        .map_or_else(String::new, |comment| format!("{comment}\n\n"));
    Some(format!("{before}Note:\n{}", notes.join("\n")))
}

/// Returns the table and column of the same schema that a column alone refers to; a table rather than a view.
fn foreign_key(world: World<'_>, source: &QualifiedName, column: &str) -> Option<(String, String)> {
    let refers = |relationship: &&Relationship| {
        matches!(
            relationship.cardinality,
            Cardinality::ManyToOne | Cardinality::OneToOne { on_source: true }
        ) && relationship.target.schema == source.schema
            && matches!(relationship.columns.as_slice(), [(from, _)] if &**from == column)
    };
    let relationships = world.relationships.from(source);
    let of_table = relationships
        .iter()
        .filter(refers)
        .find(|relationship| world.catalog.tables.contains_key(&relationship.target));
    let found = of_table.or_else(|| relationships.iter().find(refers))?;
    let (_, referenced) = found.columns.first()?;
    Some((found.target.name.to_string(), referenced.to_string()))
}
