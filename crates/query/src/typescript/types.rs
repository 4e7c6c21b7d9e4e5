//! PostgreSQL's types in TypeScript's words.

use underpin_base::QualifiedName;
use underpin_sql::types::{EnumType, Type};

use super::World;
use super::layout::Shape;
use super::name::literal;

/// Returns the type of a value as JSON. What the definitions of Supabase call unknown is unknown here too, so that a program
/// means the same to both: intervals, network addresses, ranges.
pub(super) fn type_of(world: World<'_>, ty: &Type) -> Shape {
    match ty {
        Type::Bool => Shape::word("boolean"),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Float4 | Type::Float8 | Type::Numeric => {
            Shape::word("number")
        }
        Type::Text
        | Type::Varchar
        | Type::Bpchar
        | Type::Citext
        | Type::Uuid
        | Type::Date
        | Type::Time
        | Type::TimeTz
        | Type::Timestamp
        | Type::TimestampTz
        | Type::Bytea => Shape::word("string"),
        Type::Json | Type::Jsonb => Shape::word("Json"),
        Type::Void => Shape::word("undefined"),
        Type::Record => Shape::word("Record<string, unknown>"),
        Type::Array(element) => type_of(world, element).array(),
        Type::Enum(of) => enumeration(world, of),
        Type::Composite(of) => row(world, &of.name),
        _ => Shape::word("unknown"),
    }
}

/// Returns the labels of an enumeration, each a literal type.
pub(super) fn labels(of: &EnumType) -> Vec<Shape> {
    of.labels
        .iter()
        .map(|label| Shape::word(literal(label)))
        .collect()
}

/// Returns the type of an enumeration's values; one without labels has none.
pub(super) fn label(of: &EnumType) -> Shape {
    match of.labels.as_slice() {
        [] => Shape::word("never"),
        _ => Shape::Union(labels(of)),
    }
}

/// An enumeration of a described schema by its name, another by its labels.
fn enumeration(world: World<'_>, of: &EnumType) -> Shape {
    if world.schemas.contains(&of.name.schema) {
        part(world, &of.name, "Enums", "")
    } else {
        label(of)
    }
}

/// A row of a described schema by its name.
fn row(world: World<'_>, name: &QualifiedName) -> Shape {
    let catalog = world.catalog;
    if !world.schemas.contains(&name.schema) {
        Shape::word("unknown")
    } else if catalog.composites.contains_key(name) {
        part(world, name, "CompositeTypes", "")
    } else if catalog.tables.contains_key(name) {
        part(world, name, "Tables", "[\"Row\"]")
    } else if catalog.views.contains_key(name) {
        part(world, name, "Views", "[\"Row\"]")
    } else {
        Shape::word("unknown")
    }
}

fn part(world: World<'_>, name: &QualifiedName, kind: &str, rest: &str) -> Shape {
    let (schema, name) = (literal(world.shown(&name.schema)), literal(&name.name));
    Shape::word(format!("Database[{schema}][\"{kind}\"][{name}]{rest}"))
}
