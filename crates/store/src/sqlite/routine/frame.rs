//! [`Frame`]: one running routine.

use underpin_base::{Name, Value};
use underpin_sql::tree::Procedure;

use super::exception::Caught;
use super::step::Writing;

/// One running routine.
#[derive(Debug)]
pub(super) struct Frame<'p> {
    pub(super) procedure: &'p Procedure,
    /// The values of its variables.
    pub(super) values: Vec<Value>,
    /// The rows that it has returned so far.
    pub(super) rows: Vec<Vec<Value>>,
    /// How many rows the last statement found or changed.
    pub(super) row_count: u64,
    /// It runs past grants and policies.
    pub(super) as_owner: bool,
    pub(super) writing: Writing,
    /// The errors that are handled at this point, the innermost last.
    pub(super) caught: Vec<Caught>,
}

/// How a step ended.
#[derive(Debug, PartialEq)]
pub(super) enum Flow {
    /// The next one follows.
    Next,
    /// A loop or block is left, or its next round begins.
    Leave {
        label: Option<Name>,
        next_round: bool,
    },
    /// The routine has ended.
    Return(Returned),
}

/// What a routine ended with.
#[derive(Debug, PartialEq)]
pub(super) enum Returned {
    /// Nothing more than the rows that it has returned.
    Nothing,
    /// A row.
    Row(Vec<Value>),
    /// The row of a trigger; nothing passes over it.
    Trigger(Option<Vec<Value>>),
}

impl<'p> Frame<'p> {
    /// Returns a frame whose first variables have `values`.
    pub(super) fn new(
        procedure: &'p Procedure,
        mut values: Vec<Value>,
        as_owner: bool,
        writing: Writing,
    ) -> Self {
        values.resize(procedure.variables.len(), Value::Null);
        Self {
            procedure,
            values,
            rows: Vec::new(),
            row_count: 0,
            as_owner,
            writing,
            caught: Vec::new(),
        }
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, variable: usize, value: Value) {
        if let Some(slot) = self.values.get_mut(variable) {
            *slot = value;
        }
    }

    /// Returns a variable's value.
    pub(super) fn get(&self, variable: usize) -> Value {
        self.values.get(variable).cloned().unwrap_or_default()
    }

    /// Remembers how many rows a statement found or changed.
    pub(super) fn found(&mut self, rows: u64) {
        self.row_count = rows;
        self.set(self.procedure.found, Value::bool(rows > 0));
    }
}
