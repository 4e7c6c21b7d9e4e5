//! The bodies of routines, read against the catalog so far.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::grammar::{self, Path, RoutineResult, Scope};
use underpin_sql::plpgsql::{self, Subject};
use underpin_sql::tree::{Output, Procedure, Select, Simple, Statement};
use underpin_sql::types::Type;
use underpin_sql::types::datetime::reading_later;

use super::procedure::Calls;
use super::read::{relocated, text_of};
use super::routine_options::Options;
use super::{Fold, refused, routine_result};
use crate::catalog::{Language, Routine, SearchPath};

impl Fold {
    /// Reads the body of a routine against the catalog so far.
    pub(super) fn read_body(&self, routine: &mut Routine) -> Result<()> {
        let search = SearchPath {
            catalog: &self.catalog,
            path: routine.search_path.clone(),
        };
        if routine.is_trigger && routine.body.language == Language::Sql {
            return Err(Error::new(
                Code::new("42P13"),
                "SQL functions cannot return type trigger",
            )
            .hint("Write it in `language plpgsql`."));
        }
        if routine.is_trigger {
            return plpgsql::check(&routine.body.text);
        }
        let parameters: Vec<(Option<Name>, Type)> = routine
            .arguments
            .iter()
            .map(|argument| (argument.name.clone(), argument.ty.clone()))
            .collect();
        let result = routine.result.clone();
        let subject = Subject {
            name: routine.id.name.name.clone(),
            parameters,
            outputs: routine.outputs.clone(),
            result: &result,
            trigger: None,
        };
        let (statements, procedure) = reading_later(|| self.compiled(routine, &subject, &search))?;
        routine.body.statements = statements;
        routine.body.procedure = Some(Arc::new(procedure));
        Ok(())
    }

    /// Returns the body of a routine as statements, when it is SQL or says the same, and as steps.
    fn compiled(
        &self,
        routine: &Routine,
        subject: &Subject<'_>,
        search: &SearchPath<'_>,
    ) -> Result<(Vec<Statement>, Procedure)> {
        let text = &routine.body.text;
        Ok(match routine.body.language {
            Language::Sql => {
                let name = routine.id.name.name.clone();
                let scope = Scope::routine(name, subject.parameters.clone());
                let mut statements = grammar::routine_body(text, &scope, search)?;
                routine_result::convert(&mut statements, subject.result)?;
                let procedure = plpgsql::of_statements(&statements, subject, search)?;
                // A query that reads what a write beside it returns is more than a query.
                if procedure.body.len() > statements.len() + 1 {
                    statements.clear();
                }
                (statements, procedure)
            }
            Language::PlPgSql => {
                let procedure = plpgsql::compile(text, subject, search)?;
                let query = self.as_query(&procedure, routine);
                (query.into_iter().collect(), procedure)
            }
            Language::Native => {
                return Err(Error::internal("the database runs this body by itself"));
            }
        })
    }

    /// Returns the query that says the same as a procedure, when there is one. What runs steps, or is another value each time, is asked
    /// for as often as the procedure says, and a query may say it in several places or in none.
    fn as_query(&self, procedure: &Procedure, routine: &Routine) -> Option<Statement> {
        let result = &routine.result;
        if result.set
            || !result.columns.is_empty()
            || matches!(result.ty, Type::Void | Type::Record)
        {
            return None;
        }
        let value = procedure.as_expression()?;
        if Calls::in_expr(&self.catalog, &value) || value.is_volatile() {
            return None;
        }
        let select = Select::simple(Simple {
            outputs: vec![Output {
                name: routine.id.name.name.clone(),
                expr: value,
            }],
            ..Simple::default()
        });
        Some(Statement::Select(Box::new(select)))
    }

    /// Reads the bodies that named what the file had not made yet.
    ///
    /// # Errors
    /// What is missing still, with the line.
    pub(super) fn read_the_unread(&mut self) -> Result<()> {
        for (id, first) in std::mem::take(&mut self.unread) {
            let overloads = self.catalog.routines.get(&id.name);
            let found = overloads.and_then(|all| all.iter().find(|routine| routine.id == id));
            let Some(routine) = found.cloned() else {
                continue;
            };
            let mut fresh = Routine::clone(&routine);
            self.read_body(&mut fresh)
                .map_err(|error| relocated(&error, first))?;
            self.put_routine(fresh, true)?;
        }
        Ok(())
    }
}

/// Returns the language of a new routine.
pub(super) fn language(path: &Path, options: &Options) -> Result<Language> {
    match options.language.as_str() {
        "sql" => Ok(Language::Sql),
        "plpgsql" => Ok(Language::PlPgSql),
        language @ ("plv8" | "c" | "internal" | "plpython3u" | "plperl") => Err(refused(
            format!(
                "function \"{}\" is written in {language}, which is not supported",
                path.name
            ),
            "Write it in `language sql` or `language plpgsql`.",
        )),
        language => Err(Error::new(
            Code::UNDEFINED_OBJECT,
            format!("language \"{language}\" does not exist"),
        )),
    }
}

pub(super) fn is_trigger(node: Option<&ast::RetType>) -> bool {
    matches!(
        node.and_then(ast::RetType::func_type),
        Some(ast::FuncType::Type(ty)) if text_of(&ty).eq_ignore_ascii_case("trigger")
    )
}

/// What a trigger function returns to anybody but a trigger.
pub(super) fn nothing() -> RoutineResult {
    RoutineResult {
        ty: Type::Void,
        set: false,
        columns: Vec::new(),
    }
}

/// Tells whether an error is that something is not there, which the file may still make.
pub(super) fn is_missing(error: &Error) -> bool {
    [
        Code::UNDEFINED_TABLE,
        Code::UNDEFINED_FUNCTION,
        Code::UNDEFINED_COLUMN,
        Code::UNDEFINED_OBJECT,
    ]
    .contains(error.code())
}
