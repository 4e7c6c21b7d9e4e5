//! The parameters that operations share: what a query may say of rows in general, and a filter for each column.

use underpin_schema::catalog::Privilege;

use super::super::ordered::{Json, Object};
use super::super::{Relation, Rights, World, columns};
use super::{key, reference};

/// Names that the dialect keeps for itself; a column of such a name has no filter.
const RESERVED: [&str; 8] = [
    "select",
    "order",
    "limit",
    "offset",
    "columns",
    "on_conflict",
    "and",
    "or",
];

/// Returns every shared parameter by its key.
pub(super) fn parameters(
    world: World<'_>,
    rights: &Rights<'_>,
    relations: &[Relation<'_>],
) -> Object {
    let mut all: Vec<(String, Json)> = of_queries();
    all.extend(of_headers(world));
    for relation in relations {
        let table = &relation.name().name;
        let filters = columns(rights, *relation, |column| {
            let words = "An operator and a value: `eq.1`, `in.(1,2)`, `not.is.null`";
            let filter = text(column.name, "query", words).with_some("description", column.comment);
            has_filter(rights, *relation, column.name)
                .then(|| (filter_key(table, column.name), filter.into()))
        });
        all.extend(filters.into_iter().flatten());
    }
    all.into_iter().collect()
}

/// Returns references to the filters of a relation's columns.
pub(super) fn filters(rights: &Rights<'_>, relation: Relation<'_>) -> Vec<Json> {
    let table = &relation.name().name;
    let keys = columns(rights, relation, |column| {
        has_filter(rights, relation, column.name).then(|| filter_key(table, column.name))
    });
    let keys = keys.into_iter().flatten();
    keys.map(|key| reference("parameters", &key)).collect()
}

/// Returns the filter that `PUT` must have on a column of the key.
pub(super) fn key_filter(column: &str) -> Object {
    text(column, "query", "`eq.` and the value that the body has").with("required", true)
}

/// Returns references to the parameters of these keys.
pub(super) fn named(keys: &[&str]) -> Vec<Json> {
    let references = keys.iter().map(|key| reference("parameters", key));
    references.collect()
}

/// Returns the references to the header that chooses a schema, if there is more than one.
pub(super) fn profile(world: World<'_>, key: &str) -> Vec<Json> {
    let several = world.settings.exposed().nth(1).is_some();
    several
        .then(|| reference("parameters", key))
        .into_iter()
        .collect()
}

/// Tells whether the caller may compare the column: it must be readable, and not have a name of the dialect's.
fn has_filter(rights: &Rights<'_>, relation: Relation<'_>, column: &str) -> bool {
    !RESERVED.contains(&column) && rights.has_column(relation, column, Privilege::Select)
}

fn filter_key(table: &str, column: &str) -> String {
    format!("{}.filter.{}", key(table), key(column))
}

fn parameter(name: &str, place: &str, schema: Object) -> Object {
    Object::new()
        .with("name", name)
        .with("in", place)
        .with("schema", schema)
}

fn text(name: &str, place: &str, description: &str) -> Object {
    let schema = Object::new()
        .with("type", "string")
        .with("description", description);
    parameter(name, place, schema)
}

fn count(name: &str, description: &str) -> Object {
    let schema = Object::new()
        .with("type", "integer")
        .with("minimum", 0)
        .with("description", description);
    parameter(name, "query", schema)
}

fn of_queries() -> Vec<(String, Json)> {
    let parameters = [
        (
            "select",
            text(
                "select",
                "query",
                "Columns and related rows: `id,title,maker(name)`",
            ),
        ),
        (
            "order",
            text(
                "order",
                "query",
                "Columns to order by: `price.desc.nullslast,id`",
            ),
        ),
        ("limit", count("limit", "The most rows")),
        ("offset", count("offset", "How many rows are passed over")),
        (
            "and",
            text(
                "and",
                "query",
                "Conditions that all hold: `(a.eq.1,b.gt.2)`",
            ),
        ),
        (
            "or",
            text(
                "or",
                "query",
                "Conditions of which one holds: `(a.eq.1,b.gt.2)`",
            ),
        ),
        (
            "columns",
            text(
                "columns",
                "query",
                "The columns to write; other members are passed over",
            ),
        ),
        (
            "on_conflict",
            text(
                "on_conflict",
                "query",
                "The unique columns by which a row is known to be there",
            ),
        ),
    ];
    let named = parameters.into_iter();
    named.map(|(key, it)| (key.to_owned(), it.into())).collect()
}

fn of_headers(world: World<'_>) -> Vec<(String, Json)> {
    let prefer = |words: &str| text("Prefer", "header", words);
    let mut parameters = vec![
        (
            "range",
            text("Range", "header", "The first and the last row: `0-9`"),
        ),
        (
            "prefer.read",
            prefer("`count=exact|planned|estimated`, `handling=strict|lenient`"),
        ),
        (
            "prefer.insert",
            prefer(
                "`return=minimal|headers-only|representation`, `resolution=merge-duplicates|ignore-duplicates`, `missing=default`, `count=exact`, `handling=strict|lenient`",
            ),
        ),
        (
            "prefer.change",
            prefer(
                "`return=minimal|headers-only|representation`, `count=exact`, `handling=strict, max-affected=1`",
            ),
        ),
        (
            "prefer.call",
            prefer("`count=exact|planned|estimated`, `handling=strict|lenient`"),
        ),
    ];
    let exposed: Vec<String> = world.settings.exposed().map(ToString::to_string).collect();
    if exposed.len() > 1 {
        let profile = |header: &str| {
            // What is described here is one source's, which must be named.
            let (schemas, description) = match &world.settings.exposed_as {
                Some(name) => (vec![name.to_string()], "The source that this describes"),
                None => (exposed.clone(), "The schema; the first unless given"),
            };
            let schema = Object::new().with("type", "string").with("enum", schemas);
            parameter(header, "header", schema).with("description", description)
        };
        parameters.push(("profile.accept", profile("Accept-Profile")));
        parameters.push(("profile.content", profile("Content-Profile")));
    }
    let named = parameters.into_iter();
    named.map(|(key, it)| (key.to_owned(), it.into())).collect()
}
