//! What is written, by table; and what it means to PostgreSQL itself, where one is installed.

mod checks;
mod cluster;
mod corpus;
mod embeds;
mod known;
mod meaning;
mod project;
mod text;
mod writes;

use underpin_base::{Error, Result};

use crate::grammar::{self, Resolver, Scope};
use crate::tree::Statement;

/// Reads one statement.
fn read(text: &str, resolver: &dyn Resolver) -> Result<Statement> {
    let parsed = grammar::parse(text)?;
    let [parsed] = parsed.as_slice() else {
        return Err(Error::internal("not one statement"));
    };
    grammar::statement(&parsed.statement, &Scope::default(), resolver)
}
