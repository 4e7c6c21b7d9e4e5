//! [`fold`]: the statements of a file, one after the other, into a catalog.
//!
//! Each kind of statement has its module. A statement changes [`Fold::catalog`] and pushes the [`Operation`]s that an engine has to
//! carry out; an error leaves the caller's catalog as it was.

mod alter_column;
mod alter_constraint;
mod alter_identity;
mod alter_table;
mod alteration;
mod block;
mod column;
mod comment;
mod constraint;
mod constraint_name;
mod copy_columns;
mod counter;
mod create_table;
mod declaration;
mod default_privileges;
mod dependency;
mod dispatch;
mod domain;
mod drop;
mod drop_table;
mod exclusion;
mod extension;
mod file_name;
mod foreign_key;
mod grant;
mod index;
mod lookup;
mod policy;
mod procedure;
mod read;
mod rename;
mod rename_relation;
mod retype;
mod role;
mod routine;
mod routine_body;
mod routine_options;
mod routine_result;
mod schema;
mod sequence;
mod session;
mod trigger;
mod truncate;
mod types;
mod uses;
mod view;
mod write;

#[cfg(test)]
mod tests;

pub use declaration::declare;

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar;
use underpin_sql::tree::RoutineId;
use underpin_sql::types::EnumType;

use super::{File, Folded, Note, Operation, Step};
use crate::catalog::{Catalog, SearchPath, Table};

/// Most statements of one file.
const STATEMENTS_MAX: usize = 100_000;

/// Folds `file` into `catalog`: reads every statement, and returns the catalog after it and what an engine has to do.
///
/// # Errors
/// PostgreSQL's own, and `migration_refused` for what cannot be translated; each with file and line.
pub fn fold(catalog: &Catalog, file: &File) -> Result<Folded> {
    fold_as(catalog, file, false)
}

/// Folds a migration of the platform, which may change the schemas that a project's may not.
pub(crate) fn fold_platform(catalog: &Catalog, file: &File) -> Result<Folded> {
    fold_as(catalog, file, true)
}

fn fold_as(catalog: &Catalog, file: &File, platform: bool) -> Result<Folded> {
    let in_file = |error: Error| error.at(&file.path, 1);
    let statements = grammar::parse(&file.text).map_err(in_file)?;
    if statements.len() > STATEMENTS_MAX {
        return Err(in_file(refused(
            format!("the file has more than {STATEMENTS_MAX} statements"),
            "Split it.",
        )));
    }
    let mut fold = Fold::new(catalog.clone(), platform);
    for parsed in &statements {
        fold.line = parsed.line;
        fold.statement(parsed)
            .map_err(|error| error.at(&file.path, parsed.line))?;
    }
    fold.finish().map_err(|(error, line)| {
        // What is found out at the end is told where the file last speaks of it.
        let named = error.message().split('"').nth(1).unwrap_or_default();
        let spoken = statements
            .iter()
            .rev()
            .find(|parsed| !named.is_empty() && parsed.text.contains(named));
        error.at(&file.path, spoken.map_or(line, |parsed| parsed.line))
    })
}

/// Folds what can be folded of `file`, passes over each statement that is refused, and returns the catalog and every refusal: what a
/// person who moves a project here wants to know at once. Nothing may be applied of it.
///
/// # Errors
/// That of the grammar, when the text cannot be read at all.
pub fn survey(catalog: &Catalog, file: &File) -> Result<Survey> {
    let statements = grammar::parse(&file.text).map_err(|error| error.at(&file.path, 1))?;
    let mut fold = Fold::new(catalog.clone(), false);
    let mut refusals = Vec::new();
    for parsed in &statements {
        fold.line = parsed.line;
        let (catalog, steps) = (fold.catalog.clone(), fold.steps.len());
        if let Err(error) = fold.statement(parsed) {
            refusals.push(error.at(&file.path, parsed.line));
            fold.catalog = catalog;
            fold.steps.truncate(steps);
        }
    }
    if let Err(error) = fold.settle_counters() {
        refusals.push(error.at(&file.path, fold.line));
    }
    if fold.routines_stale {
        fold.read_routines_again();
    }
    if let Err(error) = fold.read_the_unread() {
        refusals.push(error.at(&file.path, fold.line));
    }
    if let Err(error) = fold.settle_triggers() {
        refusals.push(error.at(&file.path, fold.line));
    }
    Ok(Survey {
        statements: statements.len(),
        refusals,
        steps: fold.steps,
        catalog: fold.catalog,
    })
}

/// What [`survey`] found.
#[derive(Debug)]
pub struct Survey {
    /// How many statements the file has.
    pub statements: usize,
    /// Why some of them were refused, with their lines.
    pub refusals: Vec<Error>,
    /// The operations of the others.
    pub steps: Vec<Step>,
    /// The catalog after the others.
    pub catalog: Catalog,
}

/// The work on one file.
pub(super) struct Fold {
    /// The catalog so far.
    catalog: Catalog,
    /// Where names without schema are looked up.
    path: Vec<Name>,
    /// What was found to do.
    steps: Vec<Step>,
    /// What the author should know.
    notes: Vec<Note>,
    /// The line of the current statement.
    line: usize,
    /// The enumerations that were renamed or dropped, as they were.
    former_enums: BTreeMap<QualifiedName, Arc<EnumType>>,
    /// A table has changed, so that columns that count up may need a sequence.
    counters_stale: bool,
    /// Relations or types that existed have changed, so that the bodies of routines must be read again.
    routines_stale: bool,
    /// Tables or routines have changed, so that triggers must be read again.
    triggers_stale: bool,
    /// Routines whose bodies name what was not there yet, with the lines on which the bodies begin.
    unread: Vec<(RoutineId, usize)>,
    /// Triggers of this file, with their lines.
    trigger_lines: Vec<(QualifiedName, Name, usize)>,
    /// The platform's own migration, which may change the platform's schemas.
    platform: bool,
}

impl Fold {
    fn new(catalog: Catalog, platform: bool) -> Self {
        Self {
            catalog,
            path: vec![Name::from("public")],
            steps: Vec::new(),
            notes: Vec::new(),
            line: 1,
            former_enums: BTreeMap::new(),
            counters_stale: false,
            routines_stale: false,
            triggers_stale: false,
            unread: Vec::new(),
            trigger_lines: Vec::new(),
            platform,
        }
    }

    /// Returns the catalog so far with the names that a statement may leave out.
    fn search(&self) -> SearchPath<'_> {
        SearchPath {
            catalog: &self.catalog,
            path: self.path.clone(),
        }
    }

    fn push(&mut self, operation: Operation) {
        self.steps.push(Step {
            line: self.line,
            operation,
        });
    }

    fn note(&mut self, message: impl Into<String>) {
        self.notes.push(Note {
            line: self.line,
            message: message.into(),
        });
    }

    /// Puts `table` into the catalog.
    fn set_table(&mut self, table: Table) -> Arc<Table> {
        let table = Arc::new(table);
        self.counters_stale = true;
        self.triggers_stale = true;
        self.catalog
            .tables
            .insert(table.name.clone(), table.clone());
        table
    }

    fn finish(mut self) -> Result<Folded, (Error, usize)> {
        self.settle_counters().map_err(|error| (error, self.line))?;
        self.refuse_suspended_actions()?;
        if self.routines_stale {
            self.read_routines_again();
        }
        self.read_the_unread().map_err(|error| (error, self.line))?;
        self.settle_triggers().map_err(|error| (error, self.line))?;
        let mut enums = self.former_enums;
        enums.extend(self.catalog.enums.clone());
        Ok(Folded {
            enums,
            catalog: self.catalog,
            steps: self.steps,
            notes: self.notes,
        })
    }
}

/// Returns the refusal of something that cannot be translated: what, and a way out.
fn refused(message: impl Into<String>, way_out: impl Into<String>) -> Error {
    Error::new(Code::MIGRATION, message).hint(way_out)
}
