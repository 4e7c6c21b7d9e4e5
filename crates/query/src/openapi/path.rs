//! The paths: the root, each table and view with the methods that the caller may use, each function.

use std::sync::Arc;

use underpin_base::Name;
use underpin_schema::catalog::{Argument, Privilege, Routine};
use underpin_sql::functions::Volatility;

use super::definition::{format_name, swagger_type, typed};
use super::ordered::{Json, Object};
use super::parameter::row_filter;
use super::{
    OPENAPI_MEDIA_TYPE, Relation, Rights, columns, comment, reference, summary_and_description,
};

/// Returns the operations by path. Of overloaded functions the first is described.
pub(super) fn paths(
    rights: &Rights<'_>,
    relations: &[Relation<'_>],
    routines: &[&Arc<Routine>],
) -> Object {
    let root = Object::new()
        .with("tags", vec!["Introspection"])
        .with("summary", "OpenAPI description (this document)")
        .with("produces", vec![OPENAPI_MEDIA_TYPE, "application/json"])
        .with("responses", response("200", "OK"));
    let mut paths: Vec<(String, Json)> =
        vec![("/".to_owned(), Object::new().with("get", root).into())];
    for relation in relations {
        let path = format!("/{}", relation.name().name);
        paths.push((path, methods(rights, *relation).into()));
    }
    let mut described: Option<&Name> = None;
    for routine in routines {
        let name = &routine.name().name;
        if described != Some(name) {
            paths.push((format!("/rpc/{name}"), call(routine).into()));
        }
        described = Some(name);
    }
    paths.into_iter().collect()
}

fn response(status: &str, description: &str) -> Object {
    Object::new().with(status, Object::new().with("description", description))
}

fn methods(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let table = relation.name().name.to_string();
    let filters = columns(rights, relation, |column| row_filter(&table, column.name));
    let operation = |before: &[String], names: &[&str], responses: Object| {
        let (summary, description) = summary_and_description(comment(&relation));
        let parameters: Vec<Json> = before
            .iter()
            .map(String::as_str)
            .chain(names.iter().copied())
            .map(|name| reference("parameters", name))
            .collect();
        Object::new()
            .with("tags", vec![table.clone()])
            .with_some("summary", summary)
            .with_some("description", description)
            .with("parameters", parameters)
            .with("responses", responses)
    };
    let body = format!("body.{table}");
    let rows = Object::new()
        .with("items", reference("definitions", &table))
        .with("type", "array");
    let found = Object::new()
        .with(
            "200",
            Object::new().with("description", "OK").with("schema", rows),
        )
        .with("206", Object::new().with("description", "Partial Content"));
    let get_names = [
        "select",
        "order",
        "range",
        "rangeUnit",
        "offset",
        "limit",
        "preferCount",
    ];
    let may = |privilege| rights.may_use(relation, privilege).then_some(());
    Object::new()
        .with_some(
            "get",
            may(Privilege::Select).map(|()| operation(&filters, &get_names, found)),
        )
        .with_some(
            "post",
            may(Privilege::Insert).map(|()| {
                operation(
                    &[],
                    &[&body, "select", "preferPost"],
                    response("201", "Created"),
                )
            }),
        )
        .with_some(
            "delete",
            may(Privilege::Delete)
                .map(|()| operation(&filters, &["preferReturn"], response("204", "No Content"))),
        )
        .with_some(
            "patch",
            may(Privilege::Update).map(|()| {
                operation(
                    &filters,
                    &[&body, "preferReturn"],
                    response("204", "No Content"),
                )
            }),
        )
}

fn call(routine: &Routine) -> Object {
    let operation = |parameters: Vec<Json>| {
        let (summary, description) = summary_and_description(routine.comment.as_deref());
        Object::new()
            .with("tags", vec![format!("(rpc) {}", routine.name().name)])
            .with_some("summary", summary)
            .with_some("description", description)
            .with(
                "produces",
                vec![
                    "application/json",
                    "application/vnd.pgrst.object+json;nulls=stripped",
                    "application/vnd.pgrst.object+json",
                ],
            )
            .with("parameters", parameters)
            .with("responses", response("200", "OK"))
    };
    let arguments = Object::new()
        .with("name", "args")
        .with("required", true)
        .with("in", "body")
        .with("schema", arguments(routine));
    let post = operation(vec![
        arguments.into(),
        reference("parameters", "preferParams"),
    ]);
    let get =
        (routine.volatility != Volatility::Volatile).then(|| operation(query_parameters(routine)));
    Object::new().with_some("get", get).with("post", post)
}

/// The parameters that have a name, in their order; only they can be given.
fn named(routine: &Routine) -> impl Iterator<Item = (&Name, &Argument)> {
    routine
        .arguments
        .iter()
        .filter_map(|argument| Some((argument.name.as_ref()?, argument)))
}

/// The object of arguments that a call by `POST` takes.
fn arguments(routine: &Routine) -> Object {
    let required: Vec<String> = named(routine)
        .filter(|(_, argument)| argument.default.is_none())
        .map(|(name, _)| name.to_string())
        .collect();
    let properties: Object = named(routine)
        .map(|(name, argument)| (name.to_string(), typed(&argument.ty).into()))
        .collect();
    Object::new()
        .with_some("required", Some(required).filter(|all| !all.is_empty()))
        .with_some("description", routine.comment.as_deref())
        .with("properties", properties)
        .with("type", "object")
}

/// The parameters that a call by `GET` takes: arrays are written `{a,b}`, but for a variadic one, whose name is repeated.
fn query_parameters(routine: &Routine) -> Vec<Json> {
    let last = routine.arguments.last();
    named(routine)
        .map(|(name, argument)| {
            let parameter = Object::new()
                .with("name", &**name)
                .with("required", argument.default.is_none())
                .with("in", "query");
            let is_variadic =
                routine.variadic && last.is_some_and(|last| std::ptr::eq(last, argument));
            match (is_variadic, argument.ty.element()) {
                (true, Some(element)) => parameter
                    .with("type", "array")
                    .with("collectionFormat", "multi")
                    .with(
                        "items",
                        Object::new()
                            .with("type", swagger_type(element).unwrap_or("string"))
                            .with("format", format_name(element)),
                    ),
                _ => parameter
                    .with(
                        "type",
                        swagger_type(&argument.ty)
                            .filter(|name| *name != "array")
                            .unwrap_or("string"),
                    )
                    .with("format", format_name(&argument.ty)),
            }
            .into()
        })
        .collect()
}
