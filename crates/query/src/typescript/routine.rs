//! Functions: their arguments and results, one signature for each overload, and those that compute a column of a row.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_schema::catalog::{Argument, Routine};
use underpin_sql::types::Type;

use super::database::sorted;
use super::layout::Shape;
use super::{World, name, relation, types};

/// Returns the functions of `schema` that can be called.
pub(super) fn routines(world: World<'_>, schema: &Name) -> Vec<(String, Shape)> {
    sorted(world.catalog.routines.iter(), schema)
        .into_iter()
        .filter_map(|(name, overloads)| {
            let mut callable: Vec<&Routine> = overloads
                .iter()
                .map(Arc::as_ref)
                .filter(|routine| is_callable(routine))
                .collect();
            callable.sort_by(|one, other| name::compare(&declared(one), &declared(other)));
            let mut signatures: Vec<Shape> = callable
                .iter()
                .map(|routine| signature(world, routine, &callable))
                .collect();
            let shape = match signatures.len() {
                0 => return None,
                1 => signatures.remove(0),
                _ => Shape::Union(signatures),
            };
            Some((name::key(name), shape))
        })
        .collect()
}

/// Returns the columns that functions compute of a row of `relation`: those whose only parameter is the row, without a name.
pub(super) fn computed(world: World<'_>, relation: &QualifiedName) -> Vec<(String, Shape)> {
    sorted(world.catalog.routines.iter(), &relation.schema)
        .into_iter()
        .flat_map(|(name, overloads)| overloads.iter().map(move |routine| (name, routine)))
        .filter(|(_, routine)| {
            matches!(routine.arguments.as_slice(), [Argument { name: None, ty: Type::Composite(row), .. }] if row.name == *relation)
        })
        .map(|(name, routine)| (name::key(name), result(world, routine).or_null()))
        .collect()
}

/// Tells whether a request can name every argument, or gives the only one as its body.
fn is_callable(routine: &Routine) -> bool {
    let is_body = |ty: &Type| matches!(ty, Type::Json | Type::Jsonb | Type::Text);
    match routine.arguments.as_slice() {
        _ if routine.is_trigger => false,
        [only] if only.name.is_none() => is_body(&only.ty) || is_row(&only.ty),
        all => all.iter().all(|argument| {
            argument.name.is_some() || (argument.default.is_some() && is_body(&argument.ty))
        }),
    }
}

fn is_row(ty: &Type) -> bool {
    matches!(ty, Type::Composite(_))
}

/// The arguments as a declaration has them; by these, overloads are ordered.
fn declared(routine: &Routine) -> String {
    let arguments: Vec<String> = routine
        .arguments
        .iter()
        .map(|argument| match &argument.name {
            Some(name) => format!("{name} {}", argument.ty),
            None => argument.ty.to_string(),
        })
        .collect();
    arguments.join(", ")
}

fn signature(world: World<'_>, routine: &Routine, overloads: &[&Routine]) -> Shape {
    let returns = match refusal(routine, overloads) {
        Some(why) => Shape::Refusal(why),
        None if has_many(routine) => result(world, routine).array(),
        None => result(world, routine),
    };
    let mut members = vec![
        ("Args".to_owned(), arguments(world, routine)),
        ("Returns".to_owned(), returns),
    ];
    if let Type::Composite(of) = &routine.result.ty {
        members.push(("SetofOptions".to_owned(), relation_of(routine, &of.name)));
    }
    Shape::closed(members)
}

fn arguments(world: World<'_>, routine: &Routine) -> Shape {
    if routine.arguments.is_empty() {
        return Shape::word("never");
    }
    let label = |argument: &Argument| argument.name.as_deref().unwrap_or_default().to_owned();
    let mut arguments: Vec<&Argument> = routine.arguments.iter().collect();
    arguments.sort_by(|one, other| name::compare(&label(one), &label(other)));
    let members = arguments.into_iter().map(|argument| {
        let optional = if argument.default.is_some() { "?" } else { "" };
        let key = format!("{}{optional}", name::key(&label(argument)));
        (key, types::type_of(world, &argument.ty))
    });
    Shape::closed(members.collect())
}

/// One result: the columns of `returns table`, those of a table or view of the same schema, or a type.
fn result(world: World<'_>, routine: &Routine) -> Shape {
    match &routine.result.ty {
        Type::Record if !routine.result.columns.is_empty() => {
            let mut columns: Vec<_> = routine.result.columns.iter().collect();
            columns.sort_by(|(one, _), (other, _)| name::compare(one, other));
            let members = columns
                .into_iter()
                .map(|(column, ty)| (name::key(column), types::type_of(world, ty)));
            Shape::open(members.collect())
        }
        Type::Composite(of) if of.name.schema == routine.name().schema => {
            match relation::row(world, &of.name) {
                Some(row) => Shape::open(row),
                None => types::type_of(world, &routine.result.ty),
            }
        }
        other => types::type_of(world, other),
    }
}

/// From which rows to which a function leads: what lets a client select columns of its result, or embed it.
fn relation_of(routine: &Routine, to: &QualifiedName) -> Shape {
    let from = match routine.arguments.as_slice() {
        [
            Argument {
                ty: Type::Composite(row),
                ..
            },
        ] => name::literal(&row.name.name),
        _ => name::literal("*"),
    };
    Shape::open(vec![
        ("from".to_owned(), Shape::word(from)),
        ("to".to_owned(), Shape::word(name::literal(&to.name))),
        (
            "isOneToOne".to_owned(),
            Shape::word((!has_many(routine)).to_string()),
        ),
        (
            "isSetofReturn".to_owned(),
            Shape::word(routine.result.set.to_string()),
        ),
    ])
}

/// Tells whether a function returns more than one row: a set that is not declared to be of one (`rows 1`).
fn has_many(routine: &Routine) -> bool {
    routine.result.set && routine.rows.is_none_or(|rows| rows > 1)
}

/// Returns why no request can call the function, if none can.
fn refusal(routine: &Routine, overloads: &[&Routine]) -> Option<String> {
    let function = routine.name();
    if let [only] = routine.arguments.as_slice()
        && only.name.is_none()
        && is_row(&only.ty)
        && !is_row(&routine.result.ty)
    {
        return Some(format!(
            "the function {function} with parameter or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache"
        ));
    }
    let others = overloads
        .iter()
        .filter(|other| other.id != routine.id && is_confused(routine, other));
    let mut candidates: Vec<String> = others.map(|other| candidate(other)).collect();
    if candidates.is_empty() {
        return None;
    }
    candidates.push(candidate(routine));
    candidates.sort();
    Some(format!(
        "Could not choose the best candidate function between: {}. Try renaming the parameters or the function itself in the database so function overloading can be resolved",
        candidates.join(", ")
    ))
}

/// Tells whether a request cannot say which of two overloads it means.
fn is_confused(one: &Routine, other: &Routine) -> bool {
    match (one.arguments.as_slice(), other.arguments.as_slice()) {
        ([], [unnamed]) => unnamed.name.is_none() && unnamed.default.is_some(),
        ([first], [second]) => {
            first.name.is_some() && first.name == second.name && first.ty != second.ty
        }
        _ => false,
    }
}

fn candidate(routine: &Routine) -> String {
    let arguments: Vec<String> = routine
        .arguments
        .iter()
        .map(|argument| {
            let name = argument.name.as_deref().unwrap_or_default();
            format!("{name} => {}", argument.ty)
        })
        .collect();
    format!("{}({})", routine.name(), arguments.join(", "))
}
