//! The catalog of a PostgreSQL database, read from the database itself.
//!
//! [`CATALOG`] is one statement that returns one JSON document; [`catalog`] makes a [`Catalog`] of it. PostgreSQL enforces policies and
//! checks and runs routines itself, so that of these the texts and signatures are kept and not what they mean: an expression that was
//! not read is a null of its type. Defaults are read where the grammar can, and so are the queries of views, from which follow the
//! relationships of their columns.
//!
//! Nothing here does I/O.

mod acl;
mod document;
mod lineage;
mod names;
pub mod platform;
mod routine;
mod table;
mod texts;
mod types;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result};

use self::document::{Document, SchemaRow, TypeRow};
use self::names::Names;
use self::table::{Rows, by_relation};
use self::types::Types;
use crate::catalog::{Bodies, Catalog, Domain, Role, Sequence, Table, View};

/// The statement that must come before [`CATALOG`] in its transaction: it says which names need no schema in the texts. Compiling the
/// statement would take longer than running it.
pub const SETTINGS: &str = "select pg_catalog.set_config('search_path', 'public', true), pg_catalog.set_config('jit', 'off', true)";

/// The statement that returns the document: one row of one column. It takes no parameters, and any role may run it.
pub const CATALOG: &str = include_str!("catalog.sql");

/// Makes the catalog of the document that [`CATALOG`] returned.
///
/// # Errors
/// An internal error when the document is not what the statement returns.
pub fn catalog(document: &str) -> Result<Catalog> {
    let document: Document = serde_json::from_str(document).map_err(Error::internal)?;
    let columns = by_relation(&document.columns, |row| row.relation);
    let types = Types::new(&document.types, &columns);
    let rows = Rows::new(&document, &columns);
    let mut catalog = Catalog {
        bodies: Bodies::Database,
        schemas: document
            .schemas
            .iter()
            .map(|row| (Name::from(row.name.as_str()), comment(row)))
            .collect(),
        enums: types::enumerations(&document.types),
        domains: document
            .types
            .iter()
            .filter(|row| row.kind == "d" && row.schema != "information_schema")
            .map(|row| domain(row, &types))
            .collect(),
        sequences: sequences(&document),
        roles: roles(&document),
        role_settings: role_settings(&document),
        extensions: names(&document.extensions),
        schema_usage: document
            .schemas
            .iter()
            .map(|row| {
                let holders = acl::holders(row.acl.as_deref(), &row.owner, 'U', false);
                (Name::from(row.name.as_str()), holders)
            })
            .collect(),
        settings_use: texts::settings_use(&document),
        reshaped: document
            .relations
            .iter()
            .filter(|row| row.reshaped)
            .map(table::name_of)
            .collect(),
        ..Catalog::default()
    };
    for relation in &document.relations {
        let name = table::name_of(relation);
        match relation.kind.as_str() {
            "v" | "m" => {
                let view = view::view(relation, &rows, &types);
                catalog.views.insert(name, Arc::new(view));
            }
            "c" => {
                let composite = types.composite(relation);
                catalog.composites.insert(name, Arc::new(composite));
            }
            _ => {
                let table = table::table(relation, &rows, &types);
                catalog.tables.insert(name, Arc::new(table));
            }
        }
    }
    for row in &document.routines {
        if let Some(routine) = routine::routine(row, &types) {
            let overloads = catalog.routines.entry(routine.name().clone());
            overloads.or_default().push(Arc::new(routine));
        }
    }
    read_texts(&mut catalog);
    Ok(catalog)
}

/// Reads what the grammar can read, now that every name is known.
fn read_texts(catalog: &mut Catalog) {
    let names = Names::new(catalog);
    let tables: Vec<Table> = catalog
        .tables
        .values()
        .filter(|table| table.columns.iter().any(|column| column.default.is_some()))
        .map(|table| {
            let mut table = Table::clone(table);
            table::read_defaults(&mut table, &names);
            table
        })
        .collect();
    let views: Vec<View> = catalog
        .views
        .values()
        .map(|view| View {
            select: view::query(view, &names),
            ..View::clone(view)
        })
        .collect();
    for table in tables {
        catalog.tables.insert(table.name.clone(), Arc::new(table));
    }
    for view in views {
        catalog.views.insert(view.name.clone(), Arc::new(view));
    }
}

/// Returns a schema's comment, unless nobody wrote it.
fn comment(row: &SchemaRow) -> Option<String> {
    let is_standard = |text: &str| row.name == "public" && text == "standard public schema";
    row.comment.clone().filter(|text| !is_standard(text))
}

fn names(texts: &[String]) -> BTreeSet<Name> {
    texts.iter().map(|text| Name::from(text.as_str())).collect()
}

fn domain(row: &TypeRow, types: &Types<'_>) -> (QualifiedName, Arc<Domain>) {
    let name = QualifiedName::new(row.schema.as_str(), row.name.as_str());
    let domain = Domain {
        base: types.find(row.oid, -1).column,
        not_null: types.domains(row.oid).any(|domain| domain.not_null),
        default: row.default.clone(),
        checks: types.checks(row.oid).collect(),
        name: name.clone(),
    };
    (name, Arc::new(domain))
}

fn sequences(document: &Document) -> BTreeMap<QualifiedName, Arc<Sequence>> {
    document
        .sequences
        .iter()
        .filter(|row| row.relation.is_none())
        .map(|row| {
            let name = QualifiedName::new(row.schema.as_str(), row.name.as_str());
            let sequence = Sequence {
                name: name.clone(),
                start: row.start,
                increment: row.increment,
                owner: None,
            };
            (name, Arc::new(sequence))
        })
        .collect()
}

/// Returns the roles but for PostgreSQL's own. A superuser has the rights of every other role.
fn roles(document: &Document) -> BTreeMap<Name, Role> {
    let own: Vec<_> = document
        .roles
        .iter()
        .filter(|row| !row.name.starts_with("pg_"))
        .collect();
    let everybody: BTreeSet<Name> = own
        .iter()
        .map(|row| Name::from(row.name.as_str()))
        .collect();
    own.iter()
        .map(|row| {
            let name = Name::from(row.name.as_str());
            let mut role = Role {
                bypass_row_security: row.bypasses || row.superuser,
                member_of: match row.superuser {
                    true => everybody.clone(),
                    false => names(&row.member_of),
                },
            };
            role.member_of.remove(&name);
            (name, role)
        })
        .collect()
}

/// Returns what `alter role … set` says; what is said for this database wins.
fn role_settings(document: &Document) -> BTreeMap<Name, BTreeMap<Name, String>> {
    let mut all: BTreeMap<Name, BTreeMap<Name, String>> = BTreeMap::new();
    for row in &document.settings {
        let of_role = all.entry(Name::from(row.role.as_str())).or_default();
        for (name, value) in row.settings.iter().filter_map(|it| it.split_once('=')) {
            of_role.insert(Name::from(name.to_lowercase()), value.to_owned());
        }
    }
    all
}
