//! Functions: one path for each name, with what each of its overloads takes and returns.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::Name;
use underpin_schema::catalog::{Argument, Routine};
use underpin_sql::functions::Volatility;
use underpin_sql::types::Type;

use super::super::Relation;
use super::super::ordered::{Json, Object};
use super::relation::media;
use super::{key, operation, parameter, reference, schema, segment, with_error};

/// Returns the path of each function.
pub(super) fn paths(relations: &[Relation<'_>], routines: &[&Arc<Routine>]) -> Vec<(String, Json)> {
    let mut by_name: BTreeMap<&Name, Vec<&Routine>> = BTreeMap::new();
    for routine in routines {
        by_name
            .entry(&routine.name().name)
            .or_default()
            .push(routine);
    }
    by_name
        .into_iter()
        .map(|(name, overloads)| {
            let path = format!("/rpc/{}", segment(name));
            (path, methods(relations, name, &overloads).into())
        })
        .collect()
}

fn methods(relations: &[Relation<'_>], name: &Name, overloads: &[&Routine]) -> Object {
    let comment = overloads.iter().find_map(|one| one.comment.as_deref());
    let about = |verb: &str| {
        operation(
            format!("(rpc) {name}"),
            format!("rpc.{}.{verb}", key(name)),
            comment,
        )
    };
    let forms = overloads.iter().map(|one| arguments(one).into()).collect();
    let content = Object::new().with("application/json", media(any_of(forms)));
    let post = about("call")
        .with("parameters", parameter::named(&["prefer.call"]))
        .with("requestBody", Object::new().with("content", content))
        .with("responses", answers(relations, overloads));
    let readers: Vec<&Routine> = overloads
        .iter()
        .copied()
        .filter(|one| one.volatility != Volatility::Volatile)
        .collect();
    let get = (!readers.is_empty()).then(|| {
        about("read")
            .with("parameters", query_parameters(&readers))
            .with("responses", answers(relations, &readers))
    });
    Object::new().with_some("get", get).with("post", post)
}

/// One schema, or any of several.
fn any_of(mut schemas: Vec<Json>) -> Json {
    match (schemas.len(), schemas.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            schemas.extend(last);
            Object::new().with("anyOf", schemas).into()
        }
    }
}

/// The parameters that have a name, in their order; only they can be given.
fn named(routine: &Routine) -> impl Iterator<Item = (&Name, &Argument)> {
    routine
        .arguments
        .iter()
        .filter_map(|argument| Some((argument.name.as_ref()?, argument)))
}

/// The object of arguments of a call; a function with one nameless parameter takes the whole body.
fn arguments(routine: &Routine) -> Object {
    if let [only] = routine.arguments.as_slice()
        && only.name.is_none()
    {
        return schema::of_type(&only.ty, false);
    }
    let required: Vec<String> = named(routine)
        .filter(|(_, argument)| argument.default.is_none())
        .map(|(name, _)| name.to_string())
        .collect();
    let properties: Object = named(routine)
        .map(|(name, argument)| (name.to_string(), schema::of_type(&argument.ty, true).into()))
        .collect();
    Object::new()
        .with("type", "object")
        .with_some("required", Some(required).filter(|all| !all.is_empty()))
        .with("properties", properties)
}

/// The arguments of a call by `GET`: those of all overloads, required where every one requires them.
fn query_parameters(overloads: &[&Routine]) -> Vec<Json> {
    let mut all: BTreeMap<&Name, &Argument> = BTreeMap::new();
    for (name, argument) in overloads.iter().flat_map(|one| named(one)) {
        all.entry(name).or_insert(argument);
    }
    let is_required = |wanted: &Name| {
        overloads.iter().all(|one| {
            named(one).any(|(name, argument)| name == wanted && argument.default.is_none())
        })
    };
    all.into_iter()
        .map(|(name, argument)| {
            Object::new()
                .with("name", &**name)
                .with("in", "query")
                .with("required", is_required(name))
                .with("schema", text_of(&argument.ty))
                .into()
        })
        .collect()
}

/// The schema of an argument in a query string: arrays, rows and JSON are texts there.
fn text_of(ty: &Type) -> Object {
    match ty {
        Type::Array(_) | Type::Composite(_) | Type::Json | Type::Jsonb => {
            Object::new().with("type", "string").with(
                "x-postgresql-type",
                super::super::definition::format_name(ty),
            )
        }
        _ => schema::of_type(ty, false),
    }
}

fn answers(relations: &[Relation<'_>], overloads: &[&Routine]) -> Object {
    let returns = |one: &&&Routine| one.result.ty != Type::Void;
    let results: Vec<Json> = overloads
        .iter()
        .filter(returns)
        .map(|one| result(relations, one))
        .collect();
    let ok = (!results.is_empty()).then(|| {
        let content = Object::new().with("application/json", media(any_of(results.clone())));
        Object::new()
            .with("description", "What the function returned")
            .with("content", content)
    });
    let nothing = (results.len() < overloads.len())
        .then(|| Object::new().with("description", "The function returns nothing"));
    with_error(Object::new().with_some("200", ok).with_some("204", nothing))
}

/// Rows of a table that the caller sees are the table's; others are spelled out.
fn result(relations: &[Relation<'_>], routine: &Routine) -> Json {
    let of = &routine.result;
    let known = |relation: &&Relation<'_>| matches!(&of.ty, Type::Composite(row) if row.name == *relation.name());
    let one: Json = match relations.iter().find(known) {
        Some(relation) => reference("schemas", &key(&relation.name().name)),
        None if of.ty == Type::Record && !of.columns.is_empty() => {
            let columns = of.columns.iter();
            let members: Object = columns
                .map(|(name, ty)| (name.to_string(), schema::of_type(ty, true).into()))
                .collect();
            let row = Object::new().with("type", "object");
            row.with("properties", members).into()
        }
        None => schema::of_type(&of.ty, true).into(),
    };
    match of.set {
        true => Object::new()
            .with("type", "array")
            .with("items", one)
            .into(),
        false => one,
    }
}
