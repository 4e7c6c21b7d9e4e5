//! The description of the data API: Swagger 2.0 as PostgREST writes it, which `GET /rest/v1/` answers, and OpenAPI 3.1 at
//! [`OPENAPI_FILE`] beside the tables.
//!
//! Both are a pure function of the catalog and of who asks: what the caller may not use is not in it.

mod definition;
mod ordered;
mod parameter;
mod path;
mod three;

use underpin_base::{Error, Identity, Name, QualifiedName, Result};
use underpin_schema::catalog::Catalog;

use self::ordered::{Json, Object};
use crate::plan::{Relation, Rights, World};

/// The media type of the description.
pub const OPENAPI_MEDIA_TYPE: &str = "application/openapi+json";

/// The name of the description in OpenAPI 3.1, beside those of the tables.
pub const OPENAPI_FILE: &str = "openapi.json";

/// A form of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Swagger 2.0, at the root.
    Swagger,
    /// OpenAPI 3.1, at [`OPENAPI_FILE`].
    OpenApi,
}

impl Document {
    /// Returns the description that `path` leads to, if it leads to one. A table or view of that name in one of `schemas` keeps its
    /// path: it is what the project made, and a client has no other way to it.
    pub fn at(path: &str, catalog: &Catalog, schemas: &[Name]) -> Option<Self> {
        let is_taken = || {
            schemas.iter().any(|schema| {
                let name = QualifiedName::new(schema.clone(), OPENAPI_FILE);
                catalog.tables.contains_key(&name) || catalog.views.contains_key(&name)
            })
        };
        match path {
            "" => Some(Self::Swagger),
            OPENAPI_FILE if !is_taken() => Some(Self::OpenApi),
            _ => None,
        }
    }
}

/// Where the API is served, as clients see it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The host, with the port if it is not the scheme's own.
    pub host: &'a str,
    /// The path before the names of tables, such as `/rest/v1`.
    pub base_path: &'a str,
    /// The version of the program.
    pub version: &'a str,
}

const MEDIA_TYPES: [&str; 4] = [
    "application/json",
    "application/vnd.pgrst.object+json;nulls=stripped",
    "application/vnd.pgrst.object+json",
    "text/csv",
];

/// Returns the description of `schema` for `identity` in the form of `document`, as JSON.
///
/// # Errors
/// `22023` when the identity's role does not exist.
pub fn openapi(
    document: Document,
    world: World<'_>,
    schema: &str,
    identity: &Identity,
    site: &Site<'_>,
) -> Result<Vec<u8>> {
    let description = match document {
        Document::Swagger => self::document(world, schema, identity, site)?,
        Document::OpenApi => three::document(world, schema, identity, site)?,
    };
    serde_json::to_vec(&description).map_err(Error::internal)
}

fn document(
    world: World<'_>,
    schema: &str,
    identity: &Identity,
    site: &Site<'_>,
) -> Result<Object> {
    let rights = Rights::new(world, identity)?;
    let relations = rights.relations(schema);
    let routines = rights.routines(schema);
    let comment = world.catalog.schemas.get(schema).and_then(Option::as_deref);
    Ok(Object::new()
        .with("swagger", "2.0")
        .with("info", info(comment, site))
        .with("host", site.host)
        .with("basePath", site.base_path)
        .with("schemes", vec![site.scheme])
        .with("consumes", MEDIA_TYPES.to_vec())
        .with("produces", MEDIA_TYPES.to_vec())
        .with("paths", path::paths(&rights, &relations, &routines))
        .with(
            "definitions",
            definition::definitions(world, &rights, &relations),
        )
        .with("parameters", parameter::parameters(&rights, &relations))
        .with("externalDocs", external_docs()))
}

/// Where the dialect is explained.
fn external_docs() -> Object {
    Object::new()
        .with("description", "PostgREST Documentation")
        .with("url", "https://postgrest.org/en/v14/references/api.html")
}

/// The schema's comment gives the title in its first line and the description in the others.
fn info(comment: Option<&str>, site: &Site<'_>) -> Object {
    let (title, description) = summary_and_description(comment);
    Object::new()
        .with("title", title.unwrap_or("PostgREST API"))
        .with(
            "description",
            description.unwrap_or("The data API of this project, in the dialect of PostgREST"),
        )
        .with("version", site.version)
}

/// Splits a comment into its first line and what follows, without the empty lines between.
fn summary_and_description(comment: Option<&str>) -> (Option<&str>, Option<&str>) {
    let Some(comment) = comment else {
        return (None, None);
    };
    match comment.split_once('\n') {
        None => (Some(comment), None),
        Some((summary, rest)) => {
            let description = rest.trim_start_matches('\n');
            (
                Some(summary),
                Some(description).filter(|text| !text.is_empty()),
            )
        }
    }
}

/// A column as the description knows it.
struct Column<'a> {
    name: &'a str,
    ty: &'a underpin_sql::types::ColumnType,
    comment: Option<&'a str>,
    /// The table's own column, when the relation is a table.
    of_table: Option<&'a underpin_schema::catalog::Column>,
}

/// Calls `each` with every column of `relation` that the caller may use in any way, in their order.
fn columns<T>(
    rights: &Rights<'_>,
    relation: Relation<'_>,
    each: impl Fn(&Column<'_>) -> T,
) -> Vec<T> {
    let visible = rights.columns(relation);
    match relation {
        Relation::Table(table) => table
            .columns
            .iter()
            .filter(|column| visible.contains(&&column.name))
            .map(|column| {
                each(&Column {
                    name: &column.name,
                    ty: &column.ty,
                    comment: column.comment.as_deref(),
                    of_table: Some(column),
                })
            })
            .collect(),
        Relation::View(view) => view
            .columns
            .iter()
            .filter(|(name, _)| visible.contains(&name))
            .map(|(name, ty)| {
                each(&Column {
                    name,
                    ty: &ty.clone().into(),
                    comment: view.column_comments.get(name).map(String::as_str),
                    of_table: None,
                })
            })
            .collect(),
    }
}

fn comment<'a>(relation: &'a Relation<'_>) -> Option<&'a str> {
    match relation {
        Relation::Table(table) => table.comment.as_deref(),
        Relation::View(view) => view.comment.as_deref(),
    }
}

/// A reference to another part of the document: a JSON pointer.
fn reference(part: &str, name: &str) -> Json {
    let name = name.replace('~', "~0").replace('/', "~1");
    Object::new()
        .with("$ref", format!("#/{part}/{name}"))
        .into()
}

#[cfg(test)]
mod tests;
