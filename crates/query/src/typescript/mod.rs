//! The TypeScript definitions of a database, in the shape that `supabase gen types typescript` gives.
//!
//! They are a pure function of the catalog, for no role in particular: what a caller may not use is in them too, as it is there.
//! Names stand in the order of the alphabet, so that a migration changes the lines of what it changes and no others.

mod database;
mod layout;
mod name;
mod relation;
mod routine;
mod types;

use underpin_base::Name;
use underpin_schema::catalog::{Catalog, Relationships};

use self::layout::Shape;

/// The version of PostgREST whose dialect the types of the client are told: it decides which of its methods they allow.
pub const POSTGREST_VERSION: &str = "14.12";

/// The types that are derived from `Database`; the default schema is put in.
const DERIVED: &str = include_str!("derived.ts");

/// A database that is described.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// Its tables, views, types and routines.
    pub catalog: &'a Catalog,
    /// How they lead to each other.
    pub relationships: &'a Relationships,
    /// The schemas that are described.
    pub schemas: &'a [Name],
    /// The name under which requests know the only one of them, when that is another.
    pub exposed_as: Option<&'a Name>,
}

/// Returns the definitions of the schemas of `databases`, of each in the order of their names.
pub fn typescript(databases: &[Described<'_>]) -> String {
    let shown: Vec<Vec<Name>> = databases.iter().map(sorted).collect();
    let worlds: Vec<World<'_>> = databases
        .iter()
        .zip(&shown)
        .map(|(database, schemas)| World {
            catalog: database.catalog,
            relationships: database.relationships,
            schemas,
            exposed_as: database.exposed_as,
        })
        .collect();
    let first = databases.first().and_then(|it| it.schemas.first());
    let default = shown
        .first()
        .and_then(|schemas| schemas.iter().find(|schema| &***schema == "public"))
        .or(first);
    let default = name::literal(default.map_or("public", |schema| schema));
    let mut text = String::from(
        "export type Json =\n  | string\n  | number\n  | boolean\n  | null\n  | { [key: string]: Json | undefined }\n  | Json[]\n\n",
    );
    text.push_str("export type Database = ");
    database::database(&worlds).write(&mut text, 0, "export type Database = ".len());
    text.push_str("\n\n");
    text.push_str(&DERIVED.replace("\"<default>\"", &default));
    text.push_str("\nexport const Constants = ");
    database::constants(&worlds).write_value(&mut text, 0, "export const Constants = ".len());
    text.push_str(" as const\n");
    text
}

fn sorted(database: &Described<'_>) -> Vec<Name> {
    let mut schemas = database.schemas.to_vec();
    schemas.sort_by(|one, other| name::compare(one, other));
    schemas.dedup();
    schemas
}

/// What is described.
#[derive(Clone, Copy)]
struct World<'a> {
    catalog: &'a Catalog,
    relationships: &'a Relationships,
    /// The schemas that are described, in the order of their names.
    schemas: &'a [Name],
    /// The name of the only one of them, as requests know it.
    exposed_as: Option<&'a Name>,
}

impl World<'_> {
    /// Returns the name by which requests know a schema.
    fn shown<'b>(&'b self, schema: &'b Name) -> &'b Name {
        self.exposed_as.unwrap_or(schema)
    }
}

/// An object that is there although nothing is in it.
fn nothing() -> Shape {
    Shape::open(vec![("[_ in never]".to_owned(), Shape::word("never"))])
}

#[cfg(test)]
mod tests;
