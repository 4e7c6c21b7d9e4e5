//! The type `Database`, and the constants beside it.

use underpin_base::{Name, QualifiedName};

use super::layout::Shape;
use super::{POSTGREST_VERSION, World, name, nothing, relation, routine, types};

/// Returns the type of the whole database.
pub(super) fn database(worlds: &[World<'_>]) -> Shape {
    let version = Shape::word(name::literal(POSTGREST_VERSION));
    let mut members = vec![(
        // A comment is a part of the key that it stands before.
        "// Tells createClient which methods this server has.\n  __InternalSupabase".to_owned(),
        Shape::open(vec![("PostgrestVersion".to_owned(), version)]),
    )];
    for world in worlds {
        for schema in world.schemas {
            let key = name::key(world.shown(schema));
            members.push((key, of_schema(*world, schema)));
        }
    }
    Shape::open(members)
}

/// Returns the labels of every enumeration, as values.
pub(super) fn constants(worlds: &[World<'_>]) -> Shape {
    let of_schema = |world: &World<'_>, schema: &Name| {
        let enums = sorted(world.catalog.enums.iter(), schema)
            .into_iter()
            .map(|(name, of)| (name::key(name), Shape::Tuple(types::labels(of))))
            .collect();
        Shape::open(vec![("Enums".to_owned(), Shape::open(enums))])
    };
    let of_world = |world: &World<'_>| {
        let schemas = world.schemas.iter();
        let shapes =
            schemas.map(|schema| (name::key(world.shown(schema)), of_schema(world, schema)));
        shapes.collect::<Vec<_>>()
    };
    Shape::open(worlds.iter().flat_map(of_world).collect())
}

fn of_schema(world: World<'_>, schema: &Name) -> Shape {
    let catalog = world.catalog;
    let tables = sorted(catalog.tables.iter(), schema)
        .into_iter()
        .map(|(name, table)| (name::key(name), relation::table(world, table)))
        .collect();
    let views = sorted(catalog.views.iter(), schema)
        .into_iter()
        .map(|(name, view)| (name::key(name), relation::view(world, view)))
        .collect();
    let enums = sorted(catalog.enums.iter(), schema)
        .into_iter()
        .map(|(name, of)| (name::key(name), types::label(of)))
        .collect();
    let composites = sorted(catalog.composites.iter(), schema)
        .into_iter()
        .map(|(name, of)| {
            let fields = of.fields.iter().map(|(field, ty)| {
                let shape = types::type_of(world, &ty.ty).or_null();
                (name::key(field), shape)
            });
            (name::key(name), Shape::open(fields.collect()))
        })
        .collect();
    Shape::open(vec![
        ("Tables".to_owned(), section(tables)),
        ("Views".to_owned(), section(views)),
        (
            "Functions".to_owned(),
            section(routine::routines(world, schema)),
        ),
        ("Enums".to_owned(), section(enums)),
        ("CompositeTypes".to_owned(), section(composites)),
    ])
}

fn section(members: Vec<(String, Shape)>) -> Shape {
    if members.is_empty() {
        nothing()
    } else {
        Shape::open(members)
    }
}

/// Returns what of `all` is in `schema`, in the order of the names.
pub(super) fn sorted<'a, T: 'a>(
    all: impl Iterator<Item = (&'a QualifiedName, &'a T)>,
    schema: &Name,
) -> Vec<(&'a Name, &'a T)> {
    let mut found: Vec<_> = all
        .filter(|(name, _)| name.schema == *schema)
        .map(|(name, value)| (&name.name, value))
        .collect();
    found.sort_by(|(one, _), (other, _)| name::compare(one, other));
    found
}
