//! Identifiers: folded to lower case unless quoted, with `U&` escapes decoded, as PostgreSQL reads them.

use squawk_syntax::SyntaxNode;
use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

/// Longest identifier, in bytes; PostgreSQL cuts off what is beyond.
const LENGTH_MAX: usize = 63;

/// Returns the identifier that a name node of any kind holds.
///
/// # Errors
/// `42601` when there is none.
pub fn name(node: Option<&impl AstNode>) -> Result<Name> {
    node.map(|node| name_node(node.syntax()))
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Error::new(Code::SYNTAX, "an identifier is missing"))
}

/// Returns the identifier of an untyped name node.
pub(super) fn name_node(node: &SyntaxNode) -> Name {
    cut(&ast::normalize_name_node(node))
}

fn cut(name: &str) -> Name {
    let mut end = name.len().min(LENGTH_MAX);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    Name::from(name.get(..end).unwrap_or(name))
}

/// A name with the schema that was written before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The schema, when one was written.
    pub schema: Option<Name>,
    /// The name.
    pub name: Name,
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(schema) = &self.schema {
            write!(formatter, "{schema}.")?;
        }
        formatter.write_str(&self.name)
    }
}

/// Returns the name that a path refers to.
///
/// # Errors
/// `42601` when a part is missing, `0A000` when a database is named.
pub fn path_ref(path: Option<&ast::PathRef>) -> Result<Path> {
    let missing = || Error::new(Code::SYNTAX, "an identifier is missing");
    let path = path.ok_or_else(missing)?;
    let name = name(path.segment().as_ref())?;
    Ok(Path {
        schema: schema(path.qualifier(), &name)?,
        name,
    })
}

/// Returns the name that a path gives to something new.
///
/// # Errors
/// Those of [`path_ref`].
pub fn path(path: Option<&ast::Path>) -> Result<Path> {
    let missing = || Error::new(Code::SYNTAX, "an identifier is missing");
    let path = path.ok_or_else(missing)?;
    let name = name(path.segment().as_ref())?;
    Ok(Path {
        schema: schema(path.qualifier(), &name)?,
        name,
    })
}

fn schema(qualifier: Option<ast::PathRef>, of: &str) -> Result<Option<Name>> {
    let Some(qualifier) = qualifier else {
        return Ok(None);
    };
    if qualifier.qualifier().is_some() {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            format!("cross-database references are not implemented: \"{of}\""),
        ));
    }
    name(qualifier.segment().as_ref()).map(Some)
}
