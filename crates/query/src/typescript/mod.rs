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

/// Returns the definitions of `schemas`, in the order of their names.
pub fn typescript(catalog: &Catalog, relationships: &Relationships, schemas: &[Name]) -> String {
    let mut shown = schemas.to_vec();
    shown.sort_by(|one, other| name::compare(one, other));
    shown.dedup();
    let world = World {
        catalog,
        relationships,
        schemas: &shown,
    };
    let default = shown
        .iter()
        .find(|schema| &***schema == "public")
        .or(schemas.first());
    let default = name::literal(default.map_or("public", |schema| schema));
    let mut text = String::from(
        "export type Json =\n  | string\n  | number\n  | boolean\n  | null\n  | { [key: string]: Json | undefined }\n  | Json[]\n\n",
    );
    text.push_str("export type Database = ");
    database::database(world).write(&mut text, 0, "export type Database = ".len());
    text.push_str("\n\n");
    text.push_str(&DERIVED.replace("\"<default>\"", &default));
    text.push_str("\nexport const Constants = ");
    database::constants(world).write_value(&mut text, 0, "export const Constants = ".len());
    text.push_str(" as const\n");
    text
}

/// What is described.
#[derive(Clone, Copy)]
struct World<'a> {
    catalog: &'a Catalog,
    relationships: &'a Relationships,
    /// The schemas that are described, in the order of their names.
    schemas: &'a [Name],
}

/// An object that is there although nothing is in it.
fn nothing() -> Shape {
    Shape::open(vec![("[_ in never]".to_owned(), Shape::word("never"))])
}

#[cfg(test)]
mod tests;
