//! [`Operation`]: what a statement of a migration asks of an engine, in no engine's words.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::{Expr, Procedure, RoutineId, Statement};
use underpin_sql::types::EnumType;

use crate::catalog::{Catalog, Index, Table};

/// What a migration file does.
#[derive(Clone, Debug)]
pub struct Folded {
    /// The catalog after it.
    pub catalog: Catalog,
    /// What the engine has to do, in order.
    pub steps: Vec<Step>,
    /// The enumerations that the steps may name: those of the catalog, and those that had another name or went away on the way.
    pub enums: BTreeMap<QualifiedName, Arc<EnumType>>,
    /// What the author should know: statements that were accepted and do nothing here.
    pub notes: Vec<Note>,
}

/// One statement's work.
#[derive(Clone, Debug)]
pub struct Step {
    /// The statement's line in its file.
    pub line: usize,
    /// What is to be done.
    pub operation: Operation,
}

/// A statement that was accepted although it does nothing here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The statement's line.
    pub line: usize,
    /// What the author should know.
    pub message: String,
}

/// What an engine has to do. Tables are given whole, as they are after the operation unless said otherwise.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Makes a table with its indexes.
    CreateTable(Arc<Table>),
    /// Removes a table with its indexes; the table is given as it was.
    DropTable(Arc<Table>),
    /// Makes a table anew and copies its rows.
    RebuildTable {
        /// The table as it was.
        before: Arc<Table>,
        /// The table as it will be.
        after: Arc<Table>,
        /// The value of each copied column.
        columns: Vec<Copied>,
    },
    /// Adds a column that is null in the rows that exist.
    AddColumn {
        /// The table.
        table: Arc<Table>,
        /// The new column.
        column: Name,
    },
    /// Renames a table, or moves it to another schema.
    RenameTable {
        /// Its name before.
        before: QualifiedName,
        /// The table.
        after: Arc<Table>,
    },
    /// Renames a column.
    RenameColumn {
        /// The table.
        table: Arc<Table>,
        /// The column's name before.
        before: Name,
        /// Its name after.
        after: Name,
    },
    /// Makes an index.
    CreateIndex {
        /// The table.
        table: Arc<Table>,
        /// The index.
        index: Box<Index>,
    },
    /// Removes an index.
    DropIndex {
        /// The table.
        table: Arc<Table>,
        /// The index as it was.
        index: Box<Index>,
    },
    /// Sets the value that an identity column gives next.
    RestartIdentity {
        /// The table.
        table: Arc<Table>,
        /// The next value.
        next: i64,
    },
    /// Reads or writes rows. Views and routines in the statement are those of the catalog.
    Write(Box<Statement>),
    /// Reads or writes rows where triggers run, or calls routines that are more than a query: step by step, against the catalog of that moment.
    Fire {
        /// The statement, as [`Operation::Write`] would have it.
        statement: Box<Statement>,
        /// The steps.
        procedure: Arc<Procedure>,
        /// The catalog as it is when the statement runs.
        catalog: Arc<Catalog>,
    },
    /// Defines what is kept in the catalog alone; an engine may refuse what it could never answer.
    Define(Defined),
    /// Changes the catalog alone.
    CatalogOnly,
    /// Means nothing here: `begin`, `set`, `notify`.
    Nothing,
}

/// What asks for rows whenever it is used. It is found in the catalog, unless the file has removed or renamed it again.
#[derive(Clone, Debug)]
pub enum Defined {
    /// A view.
    View(QualifiedName),
    /// A routine.
    Routine(RoutineId),
    /// A trigger of a table, by name.
    Trigger(QualifiedName, Name),
    /// The policies of a table.
    Policies(QualifiedName),
}

/// A column's value when rows are copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Copied {
    /// The column of the new table.
    pub column: Name,
    /// Its value, of the new column's type; the old row has the old table's bare name as its alias.
    pub value: Expr,
}

impl Folded {
    /// Tells whether the engine must leave foreign keys unchecked while the steps run, and check them all at the end: a table that
    /// others refer to is replaced or removed.
    pub fn suspends_foreign_keys(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(
                step.operation,
                Operation::RebuildTable { .. } | Operation::DropTable(_)
            )
        })
    }
}
