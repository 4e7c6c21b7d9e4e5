//! The description in OpenAPI 3.1: what Swagger 2.0 cannot say is in it too, such as what may be null, what a new row needs, what a
//! function returns and what an error looks like.
//!
//! Names become keys of components by [`key`], which loses nothing, and segments of paths by percent-encoding.

mod call;
mod parameter;
mod relation;
mod schema;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use underpin_base::{Identity, Result};

use super::ordered::{Json, Object};
use super::{OPENAPI_MEDIA_TYPE, Rights, Site, World, comment, info, summary_and_description};

/// What a segment of a path may have as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

pub(super) fn document(
    world: World<'_>,
    schema: &str,
    identity: &Identity,
    site: &Site<'_>,
) -> Result<Object> {
    let rights = Rights::new(world, identity)?;
    let relations = rights.relations(schema);
    let routines = rights.routines(schema);
    let text = world.catalog.schemas.get(schema).and_then(Option::as_deref);
    let url = format!("{}://{}{}", site.scheme, site.host, site.base_path);
    let paths: Object = std::iter::once(("/".to_owned(), root().into()))
        .chain(relation::paths(&rights, &relations))
        .chain(call::paths(&relations, &routines))
        .collect();
    Ok(Object::new()
        .with("openapi", "3.1.0")
        .with("info", info(text, site))
        .with("externalDocs", super::external_docs())
        .with("servers", vec![Object::new().with("url", url)])
        .with("security", security())
        .with("tags", tags(&relations))
        .with("paths", paths)
        .with("components", components(world, &rights, &relations)))
}

fn components(world: World<'_>, rights: &Rights<'_>, relations: &[super::Relation<'_>]) -> Object {
    Object::new()
        .with("schemas", relation::schemas(world, rights, relations))
        .with(
            "parameters",
            parameter::parameters(world, rights, relations),
        )
        .with("responses", responses())
        .with("securitySchemes", security_schemes())
}

/// The description of the same API for the readers of the older form.
fn root() -> Object {
    let content = Object::new().with(OPENAPI_MEDIA_TYPE, Object::new());
    let ok = Object::new()
        .with("description", "OK")
        .with("content", content);
    let get = Object::new()
        .with("tags", vec!["Introspection"])
        .with("summary", "The description of this API in Swagger 2.0")
        .with("operationId", "description")
        .with("responses", Object::new().with("200", ok));
    Object::new().with("get", get)
}

fn tags(relations: &[super::Relation<'_>]) -> Vec<Object> {
    relations
        .iter()
        .map(|relation| {
            Object::new()
                .with("name", relation.name().name.to_string())
                .with_some("description", comment(relation))
        })
        .collect()
}

/// A visitor needs nothing, an application its key, a user the application's key and a token.
fn security() -> Vec<Object> {
    let nothing = || Json::List(Vec::new());
    let key = || Object::new().with("apikey", nothing());
    vec![
        Object::new(),
        key(),
        key().with("bearer", nothing()),
        Object::new().with("bearer", nothing()),
    ]
}

fn security_schemes() -> Object {
    let apikey = Object::new()
        .with("type", "apiKey")
        .with("in", "header")
        .with("name", "apikey")
        .with(
            "description",
            "The publishable key, or the secret key on a server",
        );
    let bearer = Object::new()
        .with("type", "http")
        .with("scheme", "bearer")
        .with("bearerFormat", "JWT")
        .with("description", "A user's token");
    Object::new().with("apikey", apikey).with("bearer", bearer)
}

/// The answer to whatever goes wrong.
fn responses() -> Object {
    let content = Object::new().with(
        "application/json",
        Object::new().with("schema", reference("schemas", "error.body")),
    );
    let error = Object::new()
        .with(
            "description",
            "What went wrong, in PostgreSQL's or PostgREST's code and words",
        )
        .with("content", content);
    Object::new().with("error", error)
}

/// Returns the key of a component that is about `name`: a full stop is not in it, so that what follows one is ours.
fn key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || "_-".contains(character) {
            key.push(character);
        } else {
            key.push_str(&format!(".u{:x}.", u32::from(character)));
        }
    }
    key
}

fn segment(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

fn reference(part: &str, key: &str) -> Json {
    super::reference(&format!("components/{part}"), key)
}

/// Returns an operation about `tag`, with the words of a comment.
fn operation(tag: String, id: String, comment: Option<&str>) -> Object {
    let (summary, description) = summary_and_description(comment);
    Object::new()
        .with("tags", vec![tag])
        .with("operationId", id)
        .with_some("summary", summary)
        .with_some("description", description)
}

/// Returns the answers of an operation: those given, and the error for all others.
fn with_error(answers: Object) -> Object {
    answers.with("default", reference("responses", "error"))
}
