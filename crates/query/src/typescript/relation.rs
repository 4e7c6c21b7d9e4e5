//! Tables and views: what is read, what may be written, and where they lead.

use underpin_base::{Name, QualifiedName};
use underpin_schema::catalog::{Cardinality, Column, Generated, Table, View};
use underpin_sql::types::Type;

use super::layout::Shape;
use super::{World, name, routine, types};

/// Returns the type of a table.
pub(super) fn table(world: World<'_>, table: &Table) -> Shape {
    let mut row = row_of_table(world, table);
    row.extend(routine::computed(world, &table.name));
    Shape::open(vec![
        ("Row".to_owned(), Shape::open(row)),
        (
            "Insert".to_owned(),
            written(world, table, |column| is_optional(world, column)),
        ),
        ("Update".to_owned(), written(world, table, |_| true)),
        (
            "Relationships".to_owned(),
            relationships(world, &table.name),
        ),
    ])
}

/// Returns the type of a view; it may be written to when it shows the rows of one table.
pub(super) fn view(world: World<'_>, view: &View) -> Shape {
    let mut row = row_of_view(world, view);
    row.extend(routine::computed(world, &view.name));
    let mut members = vec![("Row".to_owned(), Shape::open(row))];
    if let Some(written) = written_through(world, view) {
        let form: Vec<_> = by_name(&view.columns, |(column, _)| column)
            .into_iter()
            .map(|(column, ty)| {
                let shape = if written.contains(&column) {
                    types::type_of(world, ty).or_null()
                } else {
                    Shape::word("never")
                };
                (format!("{}?", name::key(column)), shape)
            })
            .collect();
        members.push(("Insert".to_owned(), Shape::open(form.clone())));
        members.push(("Update".to_owned(), Shape::open(form)));
    }
    members.push(("Relationships".to_owned(), relationships(world, &view.name)));
    Shape::open(members)
}

/// Returns the columns of `view` that can be written; nothing when no row can be written through it.
fn written_through<'v>(world: World<'_>, view: &'v View) -> Option<Vec<&'v Name>> {
    let (_, behind) = world.catalog.behind(view)?;
    let shown = view.columns.iter().zip(behind);
    let written: Vec<&Name> = shown
        .filter_map(|((name, _), column)| column.map(|_| name))
        .collect();
    Some(written).filter(|written| !written.is_empty())
}

/// Returns the columns of the table or view `name`.
pub(super) fn row(world: World<'_>, name: &QualifiedName) -> Option<Vec<(String, Shape)>> {
    if let Some(table) = world.catalog.tables.get(name) {
        return Some(row_of_table(world, table));
    }
    let view = world.catalog.views.get(name)?;
    Some(row_of_view(world, view))
}

fn row_of_table(world: World<'_>, table: &Table) -> Vec<(String, Shape)> {
    by_name(&table.columns, |column| &column.name)
        .into_iter()
        .map(|column| (name::key(&column.name), shape(world, column)))
        .collect()
}

/// PostgreSQL does not know whether a view's column can be null, and so each may be.
fn row_of_view(world: World<'_>, view: &View) -> Vec<(String, Shape)> {
    by_name(&view.columns, |(column, _): &(Name, Type)| column)
        .into_iter()
        .map(|(column, ty)| (name::key(column), types::type_of(world, ty).or_null()))
        .collect()
}

fn written(world: World<'_>, table: &Table, is_optional: impl Fn(&Column) -> bool) -> Shape {
    let members = by_name(&table.columns, |column| &column.name)
        .into_iter()
        .map(|column| {
            let key = name::key(&column.name);
            if matches!(column.generated, Some(Generated::IdentityAlways)) {
                (format!("{key}?"), Shape::word("never"))
            } else if is_optional(column) {
                (format!("{key}?"), shape(world, column))
            } else {
                (key, shape(world, column))
            }
        })
        .collect();
    Shape::open(members)
}

fn shape(world: World<'_>, column: &Column) -> Shape {
    let shape = types::type_of(world, &column.ty.ty);
    if is_nullable(world, column) {
        shape.or_null()
    } else {
        shape
    }
}

fn is_nullable(world: World<'_>, column: &Column) -> bool {
    let domain = column
        .domain
        .as_ref()
        .and_then(|domain| world.catalog.domains.get(domain));
    !column.not_null && !domain.is_some_and(|domain| domain.not_null)
}

/// Tells whether a new row need not say the column.
fn is_optional(world: World<'_>, column: &Column) -> bool {
    is_nullable(world, column) || column.default.is_some() || column.generated.is_some()
}

fn by_name<T>(all: &[T], of: impl Fn(&T) -> &Name) -> Vec<&T> {
    let mut sorted: Vec<&T> = all.iter().collect();
    sorted.sort_by(|one, other| name::compare(of(one), of(other)));
    sorted
}

/// Returns the foreign keys of a table or view to others of its schema.
fn relationships(world: World<'_>, source: &QualifiedName) -> Shape {
    let mut found: Vec<_> = world
        .relationships
        .from(source)
        .iter()
        .filter(|one| one.target.schema == source.schema)
        .filter_map(|one| match one.cardinality {
            Cardinality::ManyToOne => Some((one, false)),
            Cardinality::OneToOne { on_source: true } => Some((one, true)),
            _ => None,
        })
        .collect();
    found.sort_by(|(one, _), (other, _)| {
        name::compare(&one.constraint, &other.constraint)
            .then_with(|| name::compare(&one.target.name, &other.target.name))
            .then_with(|| one.columns.cmp(&other.columns))
    });
    let words = |names: Vec<&Name>| {
        let words = names
            .into_iter()
            .map(|name| Shape::word(name::literal(name)));
        Shape::Tuple(words.collect())
    };
    let entries = found.into_iter().map(|(one, is_one_to_one)| {
        let (from, to) = one.columns.iter().map(|(from, to)| (from, to)).unzip();
        Shape::open(vec![
            (
                "foreignKeyName".to_owned(),
                Shape::word(name::literal(&one.constraint)),
            ),
            ("columns".to_owned(), words(from)),
            (
                "isOneToOne".to_owned(),
                Shape::word(is_one_to_one.to_string()),
            ),
            (
                "referencedRelation".to_owned(),
                Shape::word(name::literal(&one.target.name)),
            ),
            ("referencedColumns".to_owned(), words(to)),
        ])
    });
    Shape::Tuple(entries.collect())
}
