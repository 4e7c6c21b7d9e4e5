//! One statement of a routine: planned, executed, its foreign keys checked.

use std::borrow::Cow;

use underpin_base::{Code, Error, Result, Value};
use underpin_query::plan::{Cell, Change, InsertRows, Step, StepRows, StepWrite, Steps, Write};
use underpin_sql::tree::{Context, Expr, ExprKind, Statement};

use super::super::expression::{output, select};
use super::super::write::Execution;
use super::super::{ffi, violation};

/// Whether a routine may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// It may.
    Allowed,
    /// The request only reads: `GET`.
    ReadOnly,
    /// The routine said that it would not: it is `stable` or `immutable`.
    NotVolatile,
}

impl Writing {
    fn permit(self, change: &Change) -> Result<()> {
        let word = match change {
            Change::Insert(_) => "INSERT",
            Change::Update(_) => "UPDATE",
            Change::Delete(_) => "DELETE",
        };
        match self {
            Self::Allowed => Ok(()),
            Self::ReadOnly => Err(Error::new(
                Code::READ_ONLY,
                format!("cannot execute {word} in a read-only transaction"),
            )),
            Self::NotVolatile => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!("{word} is not allowed in a non-volatile function"),
            )),
        }
    }
}

impl Execution<'_> {
    /// Plans and executes a statement; returns its rows, those of `returning` for a write.
    pub(super) fn statement(
        &self,
        steps: &mut Steps<'_>,
        statement: &Statement,
        variables: usize,
        writing: Writing,
    ) -> Result<Vec<Vec<Value>>> {
        match steps.statement(statement, variables)? {
            Step::Query(query) => self.query(&query),
            Step::Write(write) => self.step(&write, writing),
        }
    }

    fn step(&self, step: &StepWrite, writing: Writing) -> Result<Vec<Vec<Value>>> {
        writing.permit(&step.write.change)?;
        let write = match (&step.write.change, &step.rows) {
            (Change::Insert(insert), Some(rows)) => Cow::Owned(Write {
                change: Change::Insert(InsertRows {
                    rows: self.rows(insert, rows)?,
                    ..insert.clone()
                }),
                ..step.write.clone()
            }),
            _ => Cow::Borrowed(&step.write),
        };
        let (_, values) = self.write_of_routine(&write)?;
        // PostgreSQL checks foreign keys at the end of each statement, those that are deferred at the end of the transaction.
        if ffi::foreign_keys_violated(self.connection.raw()) && !self.has_deferred_keys() {
            return Err(violation::foreign_key(self));
        }
        Ok(values)
    }

    fn has_deferred_keys(&self) -> bool {
        let tables = self.schema.catalog.tables.values();
        tables
            .flat_map(|table| &table.foreign_keys)
            .any(|key| key.initially_deferred)
    }

    /// Returns the rows of an insert; columns that its source does not give have their defaults.
    fn rows(&self, insert: &InsertRows, rows: &StepRows) -> Result<Vec<Vec<Cell>>> {
        let width = insert.columns.len();
        let filled = |mut cells: Vec<Cell>| {
            cells.resize(width, Cell::Default);
            cells
        };
        match rows {
            StepRows::Query(query) => {
                let rows = self.query(query)?.into_iter();
                Ok(rows
                    .map(|row| filled(row.into_iter().map(Cell::Value).collect()))
                    .collect())
            }
            StepRows::Values(rows) => rows
                .iter()
                .map(|row| {
                    let mut values = self.values(row.iter().flatten())?.into_iter();
                    let cells = row.iter().map(|cell| match cell {
                        Some(_) => Cell::Value(values.next().unwrap_or_default()),
                        None => Cell::Default,
                    });
                    Ok(filled(cells.collect()))
                })
                .collect(),
        }
    }

    /// Evaluates expressions that speak of no row.
    pub(super) fn values<'e>(&self, exprs: impl Iterator<Item = &'e Expr>) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        let mut computed = Vec::new();
        let mut places = Vec::new();
        for expr in exprs {
            match self.known(expr) {
                Some(value) => values.push(value),
                None => {
                    places.push(values.len());
                    values.push(Value::Null);
                    computed.push(output(format!("value{}", places.len()), expr.clone()));
                }
            }
        }
        if computed.is_empty() {
            return Ok(values);
        }
        let row = self.query(&select(computed, Vec::new(), None))?;
        let row = row.into_iter().next().unwrap_or_default();
        for (place, value) in places.into_iter().zip(row) {
            if let Some(slot) = values.get_mut(place) {
                *slot = value;
            }
        }
        Ok(values)
    }

    /// Returns the value of an expression that no engine is needed for.
    fn known(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Constant(value) => Some(value.clone()),
            ExprKind::Parameter(index) => Some(self.binding.parameter(*index).to_value()),
            ExprKind::Context(Context::Now) => Some(Value::Int(self.binding.now)),
            _ => None,
        }
    }
}
