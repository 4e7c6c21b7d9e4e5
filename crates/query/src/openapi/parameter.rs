//! The parameters that the operations share: the reserved ones, and of each relation its body and its columns' filters.

use super::ordered::{Json, Object};
use super::{Relation, Rights, columns, reference};

const RETURN: [&str; 3] = [
    "return=representation",
    "return=minimal",
    "return=headers-only",
];
const RESOLUTION: [&str; 2] = [
    "resolution=ignore-duplicates",
    "resolution=merge-duplicates",
];
const COUNT: [&str; 3] = ["count=exact", "count=planned", "count=estimated"];

/// Returns the shared parameters by name.
pub(super) fn parameters(rights: &Rights<'_>, relations: &[Relation<'_>]) -> Object {
    let mut parameters: Vec<(String, Json)> = reserved()
        .into_iter()
        .map(|(name, parameter)| (name.to_owned(), parameter.into()))
        .collect();
    for relation in relations {
        let table = &relation.name().name;
        parameters.push((format!("body.{table}"), body(table).into()));
        parameters.extend(columns(rights, *relation, |column| {
            let filter = Object::new()
                .with("name", column.name)
                .with_some("description", column.comment)
                .with("required", false)
                .with("in", "query")
                .with("type", "string");
            (row_filter(table, column.name), filter.into())
        }));
    }
    parameters.into_iter().collect()
}

/// Returns the name of the parameter that filters `column` of `table`.
pub(super) fn row_filter(table: &str, column: &str) -> String {
    format!("rowFilter.{table}.{column}")
}

fn reserved() -> [(&'static str, Object); 11] {
    let post = [RETURN.as_slice(), RESOLUTION.as_slice()].concat();
    let range_unit = text("Range-Unit", "Limiting and Pagination", "header");
    [
        ("preferParams", prefer(&[])),
        ("preferReturn", prefer(&RETURN)),
        ("preferCount", prefer(&COUNT)),
        ("preferPost", prefer(&post)),
        ("select", text("select", "Filtering Columns", "query")),
        ("on_conflict", text("on_conflict", "On Conflict", "query")),
        ("order", text("order", "Ordering", "query")),
        ("range", text("Range", "Limiting and Pagination", "header")),
        ("rangeUnit", range_unit.with("default", "items")),
        ("offset", text("offset", "Limiting and Pagination", "query")),
        ("limit", text("limit", "Limiting and Pagination", "query")),
    ]
}

fn text(name: &str, description: &str, place: &str) -> Object {
    Object::new()
        .with("name", name)
        .with("description", description)
        .with("required", false)
        .with("in", place)
        .with("type", "string")
}

fn prefer(values: &[&str]) -> Object {
    let values = (!values.is_empty()).then(|| values.to_vec());
    text("Prefer", "Preference", "header").with_some("enum", values)
}

fn body(table: &str) -> Object {
    Object::new()
        .with("name", table)
        .with("description", table)
        .with("required", false)
        .with("in", "body")
        .with("schema", reference("definitions", table))
}
