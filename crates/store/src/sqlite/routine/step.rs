//! Statements and expressions of a routine: planned once, executed with its variables.

use std::borrow::Cow;

use underpin_base::{Code, Error, Result, Value};
use underpin_query::plan::{Cell, Change, InsertRows, Step, StepRows, StepWrite, Steps, Write};
use underpin_sql::tree::{Context, Expr, ExprKind, Statement};

use super::super::bind::Binding;
use super::super::execute;
use super::super::expression::{output, select};
use super::super::write::Execution;
use super::super::{ffi, violation};
use super::frame::Frame;

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

/// What a statement of a routine did.
#[derive(Debug)]
pub(super) struct Done {
    /// The rows that it returns.
    pub(super) rows: Vec<Vec<Value>>,
    /// How many it found or changed.
    pub(super) count: u64,
    /// It was a write.
    pub(super) wrote: bool,
}

impl Execution<'_> {
    /// Returns this execution with the variables of `frame`.
    fn within<'f>(&'f self, frame: &'f Frame<'_>) -> Execution<'f> {
        let binding = Binding {
            variables: &frame.values,
            row: &[],
            ..self.binding
        };
        Execution { binding, ..*self }
    }

    fn steps<'s>(&'s self, frame: &Frame<'_>) -> Result<Steps<'s>> {
        let world = self.session.world(self.schema);
        Steps::new(world, self.binding.identity, frame.as_owner)
    }

    /// Executes a statement of the routine; of a query no more than `rows_max` rows are read.
    pub(super) fn statement(
        &self,
        frame: &Frame<'_>,
        statement: &Statement,
        rows_max: usize,
    ) -> Result<Done> {
        let planned = self.session.planned(statement, frame.as_owner, || {
            self.steps(frame)?.statement(statement, frame.values.len())
        })?;
        let execution = self.within(frame);
        match &planned.step {
            Step::Query(query) => {
                self.connection.bring_select(query, &execution.binding)?;
                let rendered = planned.rendered(query)?;
                let mut statement =
                    execute::prepare(self.connection, rendered, &execution.binding)?;
                let rows = execute::some(self.connection, &mut statement, rows_max)?;
                Ok(Done {
                    count: rows.len() as u64,
                    rows,
                    wrote: false,
                })
            }
            Step::Write(write) => execution.write_step(write, frame.writing),
        }
    }

    fn write_step(&self, step: &StepWrite, writing: Writing) -> Result<Done> {
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
        let (changed, rows) = self.write_of_routine(&write)?;
        // PostgreSQL checks foreign keys at the end of each statement, those that are deferred at the end of the transaction.
        if ffi::foreign_keys_violated(self.connection.raw()) && !self.has_deferred_keys() {
            return Err(violation::foreign_key(self));
        }
        Ok(Done {
            rows,
            count: changed.affected,
            wrote: true,
        })
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

    /// Evaluates expressions that speak of no row and were authorised.
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

    /// Evaluates an expression of the routine.
    pub(super) fn value(&self, frame: &Frame<'_>, expr: &Expr) -> Result<Value> {
        match &expr.kind {
            ExprKind::Constant(value) => return Ok(value.clone()),
            ExprKind::Parameter(index) => return Ok(frame.get(*index)),
            ExprKind::Context(Context::Now) => return Ok(Value::Int(self.binding.now)),
            ExprKind::IsNull { operand, negated } => {
                if let ExprKind::Parameter(index) = operand.kind {
                    let is_null = frame.values.get(index).is_none_or(Value::is_null);
                    return Ok(Value::bool(is_null != *negated));
                }
            }
            _ => {}
        }
        let planned = self.session.planned(expr, frame.as_owner, || {
            let value = self.steps(frame)?.value(expr, frame.values.len())?;
            let query = select(vec![output("value", value)], Vec::new(), None);
            Ok(Step::Query(Box::new(query)))
        })?;
        let Step::Query(query) = &planned.step else {
            return Err(Error::internal("an expression is no query"));
        };
        let execution = self.within(frame);
        self.connection.bring_select(query, &execution.binding)?;
        let rendered = planned.rendered(query)?;
        let mut statement = execute::prepare(self.connection, rendered, &execution.binding)?;
        let row = execute::first(self.connection, &mut statement)?;
        Ok(row.into_iter().next().unwrap_or_default())
    }

    /// Tells whether a condition of the routine is true.
    pub(super) fn holds(&self, frame: &Frame<'_>, condition: &Expr) -> Result<bool> {
        Ok(self.value(frame, condition)? == Value::Int(1))
    }
}
