//! The tree in the SQL of MariaDB and MySQL, as far as they mean what PostgreSQL means.
//!
//! What the database would answer otherwise than PostgreSQL is refused here ([`Code::FEATURE_NOT_SUPPORTED`]); the engine then has the
//! statement evaluated elsewhere, over rows that the database chose by what it does understand. So everything that is written means the
//! same, and nothing is written because it nearly does. An expression that depends on no row is [`Operand::Computed`]: the engine
//! evaluates it once and binds its value.
//!
//! Values of a row that become part of a document are written as a form that [`Built`] reads, so that what the client sees is written by
//! the same code as the columns of a top-level row. Every value is bound, names go through [`super::quote_identifier`] alone; the
//! session has `ANSI_QUOTES`, `NO_BACKSLASH_ESCAPES` and collations that compare bytes without padding.

mod built;
mod comparison;
mod dialect;
mod expression;
mod from;
mod kept;
mod select;
mod writer;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use super::Bind;
use crate::tree::{Expr, Select};
use crate::types::Type;

pub use built::{Built, Decode};
pub use dialect::Flavour;
pub use kept::Kept;
use writer::Writer;

/// A statement in the SQL of MariaDB or MySQL.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Rendered {
    /// Its text; parameters are `?`.
    pub sql: String,
    /// What is bound to the parameters, in their order.
    pub binds: Vec<(Operand, Type)>,
}

/// What is bound to one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A value in canonical form, or where it comes from.
    Bind(Bind),
    /// The value of an expression that depends on no row.
    Computed(Box<Expr>),
}

/// A query, and what its columns are.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The query.
    pub rendered: Rendered,
    /// The form of each output column.
    pub outputs: Vec<Form>,
}

/// What a column of an answer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// A value of this type, as the driver hands it over.
    Value(Type),
    /// A document.
    Document(Built),
}

/// What the writer must know of a column beside its type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// It is never null.
    pub not_null: bool,
    /// A `numeric` that is kept as `decimal`; any other is text.
    pub exact: bool,
    /// How its values are kept.
    pub kept: Kept,
    /// The database alone knows its default, or what is computed of it.
    pub given: bool,
}

/// The database that is written for.
#[derive(Clone, Debug, Default)]
pub struct Dialect {
    /// Which of the two it is.
    pub flavour: Flavour,
    /// Its tables' columns.
    pub facts: HashMap<QualifiedName, HashMap<Name, Fact>>,
    /// Others made the database, and fill it.
    pub found: bool,
}

impl Dialect {
    /// Returns what is known of a column.
    pub fn fact(&self, table: &QualifiedName, column: &Name) -> &Fact {
        static NOTHING: Fact = Fact {
            not_null: false,
            exact: false,
            kept: Kept::Ours,
            given: false,
        };
        let columns = self.facts.get(table);
        columns
            .and_then(|columns| columns.get(column))
            .unwrap_or(&NOTHING)
    }
}

/// Returns the query.
///
/// # Errors
/// `0A000` for what the database would answer otherwise than PostgreSQL, `54001` for a tree that is too deep.
pub fn select(select: &Select, dialect: &Dialect) -> Result<Query> {
    let mut writer = Writer::new(dialect);
    let outputs = writer.top(select)?;
    Ok(Query {
        rendered: writer.finish(),
        outputs,
    })
}

/// Returns the condition that the rows of `table`, under `alias`, meet all of `conditions` that the database can evaluate.
///
/// # Errors
/// Those of [`select()`] but for `0A000`.
pub fn conditions(
    table: &QualifiedName,
    alias: &Name,
    conditions: &[Expr],
    dialect: &Dialect,
) -> Result<Rendered> {
    let mut written = Rendered::default();
    for condition in conditions {
        let mut writer = Writer::new(dialect);
        writer.declare_table(alias, table);
        match writer.chosen(condition) {
            Ok(()) => {}
            Err(error) if *error.code() == Code::FEATURE_NOT_SUPPORTED => continue,
            Err(error) => return Err(error),
        }
        let one = writer.finish();
        written
            .sql
            .push_str(if written.sql.is_empty() { "" } else { " AND " });
        written.sql.push_str(&one.sql);
        written.binds.extend(one.binds);
    }
    Ok(written)
}

/// Returns the expression with its constants as literals and its columns unqualified, for a check, an index or a generated column
/// of the table `table`.
///
/// # Errors
/// Those of [`select()`].
pub fn expression_inline(expr: &Expr, table: &QualifiedName, dialect: &Dialect) -> Result<String> {
    let mut writer = Writer::inline(dialect);
    writer.declare_table(&table.name, table);
    writer.expression(expr)?;
    Ok(writer.finish().sql)
}

/// Returns the name of `table` in the database, not quoted: without its schema when that is `public`.
pub fn table_name(table: &QualifiedName) -> String {
    super::sqlite::table_name(table)
}

/// Returns the refusal of what the database cannot have.
fn unsupported(feature: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("{feature} is not supported on MySQL"),
    )
}
