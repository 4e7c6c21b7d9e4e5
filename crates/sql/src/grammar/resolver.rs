//! [`Resolver`]: what the grammar must be told of the project to resolve names.

use underpin_base::{Name, QualifiedName};

use crate::tree::RoutineId;
use crate::types::{ColumnType, Type};

/// What names mean in a project. `schema` is absent when the text did not say; the resolver then searches its path.
pub trait Resolver {
    /// Returns the table or view of that name.
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Relation>;

    /// Returns the enum, composite type, domain, or row type of a table of that name; built-in types are not asked for.
    fn named_type(&self, schema: Option<&str>, name: &str) -> Option<NamedType>;

    /// Returns every routine of that name.
    fn routines(&self, schema: Option<&str>, name: &str) -> Vec<Routine>;
}

/// A table or view as the grammar sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// Its name, with its schema.
    pub name: QualifiedName,
    /// It is a view.
    pub is_view: bool,
    /// Its columns in order.
    pub columns: Vec<(Name, ColumnType)>,
    /// The columns of its primary key: a query that groups by them may use every column.
    pub primary_key: Vec<Name>,
    /// Its primary key and unique constraints by name, with their columns: `on conflict on constraint` names one.
    pub keys: Vec<(Name, Vec<Name>)>,
}

/// A type that a migration created, as the grammar sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedType {
    /// The type; for a domain the type beneath, with its modifier.
    pub column: ColumnType,
    /// The domain, when it is one.
    pub domain: Option<QualifiedName>,
}

/// A routine of the project as the grammar sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Routine {
    /// Which one it is.
    pub id: RoutineId,
    /// Its input parameters, as many as `id` has types.
    pub parameters: Vec<Parameter>,
    /// The last parameter is `variadic`.
    pub variadic: bool,
    /// What it returns.
    pub result: RoutineResult,
    /// Its body is one query, so that it can be used within another.
    pub is_query: bool,
}

/// A parameter of a routine.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Its type.
    pub ty: Type,
    /// Its default, as PostgreSQL's text.
    pub default: Option<String>,
}

/// What a routine returns.
#[derive(Clone, Debug, PartialEq)]
pub struct RoutineResult {
    /// The type of one result.
    pub ty: Type,
    /// It returns a set.
    pub set: bool,
    /// The columns, when a result is a row of known columns.
    pub columns: Vec<(Name, Type)>,
}
