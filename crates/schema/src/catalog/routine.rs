//! [`Routine`]: a function that a migration created.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::functions::Volatility;
use underpin_sql::grammar::RoutineResult;
use underpin_sql::tree::{Procedure, RoutineId, Statement};
use underpin_sql::types::Type;

/// A function that a migration created.
#[derive(Clone, Debug)]
pub struct Routine {
    /// Its name and the types of its parameters.
    pub id: RoutineId,
    /// Its parameters, as many as `id` has types.
    pub arguments: Vec<Argument>,
    /// The last parameter is `variadic`.
    pub variadic: bool,
    /// What it returns.
    pub result: RoutineResult,
    /// Its `out` parameters, or the columns of `returns table`: variables of its body.
    pub outputs: Vec<(Name, Type)>,
    /// `returns trigger`: triggers call it, and nobody else.
    pub is_trigger: bool,
    /// PostgreSQL's volatility.
    pub volatility: Volatility,
    /// `strict`: null when an argument is null.
    pub strict: bool,
    /// `rows`: how many rows it is said to return.
    pub rows: Option<u64>,
    /// `security definer`: runs past the caller's grants and policies.
    pub security_definer: bool,
    /// Its body.
    pub body: RoutineBody,
    /// Where the names in its body are looked up: `set search_path`, or the path when it was created.
    pub search_path: Vec<Name>,
    /// `comment on function`.
    pub comment: Option<String>,
    /// Roles that may execute it; everybody when absent. `public` in it is everybody too.
    pub executors: Option<Vec<Name>>,
}

/// An input parameter.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name, if it has one.
    pub name: Option<Name>,
    /// Its type.
    pub ty: Type,
    /// Its default, as PostgreSQL's text.
    pub default: Option<String>,
}

/// The language of a routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are languages")]
pub enum Language {
    Sql,
    PlPgSql,
    /// Whatever the database runs by itself: of the body there is the text alone.
    Native,
}

/// A routine's body.
#[derive(Clone, Debug)]
pub struct RoutineBody {
    /// Its language.
    pub language: Language,
    /// Its text as the migration has it.
    pub text: String,
    /// Its statements when it is SQL, or the one query that says the same; parameters are [`underpin_sql::tree::ExprKind::Parameter`]. None
    /// for any other body.
    pub statements: Vec<Statement>,
    /// What it does, step by step; nothing for a trigger function, which does something else for each table.
    pub procedure: Option<Arc<Procedure>>,
}

impl Routine {
    /// Returns the name.
    pub fn name(&self) -> &QualifiedName {
        &self.id.name
    }

    /// Tells whether the database runs the body by itself, so that a statement calls it by its name.
    pub fn is_native(&self) -> bool {
        self.body.language == Language::Native
    }

    /// Returns the columns of the rows that its steps return; a value is one column of the routine's name.
    pub fn returned_columns(&self) -> Vec<(Name, Type)> {
        match (self.result.columns.as_slice(), self.outputs.as_slice()) {
            ([], []) => vec![(self.id.name.name.clone(), self.result.ty.clone())],
            ([], outputs) => outputs.to_vec(),
            (columns, _) => columns.to_vec(),
        }
    }
}
