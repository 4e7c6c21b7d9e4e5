//! [`template`]: what a project's rules for a database could be, to begin with.

use underpin_base::QualifiedName;
use underpin_sql::types::text::quote_ident;

use super::guess::{Guess, guesses};
use crate::catalog::{Catalog, Table};

/// Most tables of which there is an example.
const EXAMPLES_MAX: usize = 200;

const HEAD: &str = "\
-- Who may do what with the tables of the database. Nothing of this is run in it: the rules become part of each request's statement.
--
-- A table without row level security answers the secret key alone. To open one, take the dashes away and say which rows are whose:
-- `auth.uid()` is who asks, `auth.jwt() ->> 'sub'` the same as text for keys that are no uuid.
";

const VIEWS: &str = "
-- Views and functions are the database's: it runs them past these rules, so that they are closed until they are granted.
";

const RELATIONSHIPS: &str = "
-- These columns look as if they refer to other tables. Without the dashes they can be embedded; the database checks nothing.
";

/// Returns a file of rules for the schemas `schemas` of `catalog`, all of it commented out.
pub fn template(catalog: &Catalog, schemas: &[&str]) -> String {
    let mut text = String::from(HEAD);
    let is_served = |name: &QualifiedName| schemas.contains(&&*name.schema) && is_plain(name);
    let tables = catalog.tables.values().filter(|it| is_served(&it.name));
    for table in tables.take(EXAMPLES_MAX) {
        text.push_str(&example(table));
    }
    let views = catalog.views.keys().filter(|it| is_served(it));
    let views: Vec<String> = views.take(EXAMPLES_MAX).map(shown).collect();
    if !views.is_empty() {
        text.push_str(VIEWS);
        for view in views {
            text.push_str(&format!(
                "-- grant select on {view} to anon, authenticated;\n"
            ));
        }
    }
    let guesses: Vec<Guess> = guesses(catalog)
        .into_iter()
        .filter(|guess| is_served(&guess.table) && is_served(&guess.references))
        .filter(|guess| !has_control(&guess.column) && !has_control(&guess.key))
        .collect();
    if !guesses.is_empty() {
        text.push_str(RELATIONSHIPS);
        for guess in guesses {
            text.push_str(&format!("-- {};\n", guess.declaration()));
        }
    }
    text
}

impl Guess {
    /// Returns the statement that declares the relationship.
    pub fn declaration(&self) -> String {
        format!(
            "alter table {} add foreign key ({}) references {} ({}) not valid",
            shown(&self.table),
            quote_ident(&self.column),
            shown(&self.references),
            quote_ident(&self.key)
        )
    }
}

fn example(table: &Table) -> String {
    let name = shown(&table.name);
    format!(
        "
-- alter table {name} enable row level security;
-- create policy \"everybody reads\" on {name} for select to anon, authenticated using (true);
"
    )
}

/// Returns a name as a statement has it; that of schema `public` without the schema.
fn shown(name: &QualifiedName) -> String {
    match &*name.schema {
        "public" => quote_ident(&name.name).to_string(),
        schema => format!("{}.{}", quote_ident(schema), quote_ident(&name.name)),
    }
}

/// Tells whether a name can stand in a comment: one with a line break would end it.
fn is_plain(name: &QualifiedName) -> bool {
    !has_control(&name.schema) && !has_control(&name.name)
}

fn has_control(name: &str) -> bool {
    name.chars().any(char::is_control)
}
