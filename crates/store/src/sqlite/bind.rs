//! [`Binding`]: what is bound to a statement's parameters.

use rusqlite::types::ToSqlOutput;
use rusqlite::{Statement, types};
use underpin_base::{Identity, Result, Value, ValueRef};
use underpin_query::plan::{Plan, VARIABLES};
use underpin_query::request::RequestSettings;
use underpin_sql::tree::Context;
use underpin_sql::writer::Bind;

use super::functions::SharedContext;
use crate::supplied::supplied;

/// What the parameters of one execution are bound from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    /// Who asks.
    pub(super) identity: &'a Identity,
    /// The start of the transaction, in microseconds since 1970.
    pub(super) now: i64,
    /// The identities of the rows that the write changed, as a JSON array.
    pub(super) affected: &'a str,
    /// The values of the row that is worked on, or the operands of a read.
    pub(super) row: &'a [ValueRef<'a>],
    /// The parameters and variables of the routine that runs.
    pub(super) variables: &'a [Value],
    /// What may be asked of the HTTP request.
    pub(super) asked: Option<&'a RequestSettings>,
    /// The settings that functions of the request have made, on its connection.
    pub(super) made: Option<&'a SharedContext>,
}

impl<'a> Binding<'a> {
    /// Returns a binding for statements about no row in particular.
    pub(super) fn new(identity: &'a Identity, now: i64) -> Self {
        Self {
            identity,
            now,
            affected: "[]",
            row: &[],
            variables: &[],
            asked: None,
            made: None,
        }
    }

    /// Returns the binding of a plan's statements on `connection`, whose functions may make settings.
    pub(super) fn of_plan(plan: &'a Plan, now: i64, made: Option<&'a SharedContext>) -> Self {
        Self {
            asked: plan.asked(),
            made,
            ..Self::new(plan.identity(), now)
        }
    }

    /// Returns the same binding for the row `row`.
    pub(super) fn with_row<'b>(self, row: &'b [ValueRef<'b>]) -> Binding<'b>
    where
        'a: 'b,
    {
        Binding { row, ..self }
    }

    /// Binds all of `binds` to `statement`.
    pub(super) fn apply(&self, statement: &mut Statement<'_>, binds: &[Bind]) -> Result<()> {
        for (position, bind) in (1..).zip(binds) {
            match bind {
                Bind::Value(value) => set(statement, position, value.into())?,
                Bind::Parameter(index) => set(statement, position, self.parameter(*index))?,
                Bind::Affected => set(statement, position, ValueRef::Text(self.affected))?,
                Bind::Context(Context::Now) => set(statement, position, ValueRef::Int(self.now))?,
                Bind::Context(context) => {
                    set(statement, position, (&self.context(context)?).into())?;
                }
            }
        }
        Ok(())
    }

    /// Returns a value of the row that is worked on, or a variable of the routine that runs.
    pub(super) fn parameter(&self, index: usize) -> ValueRef<'_> {
        match index.checked_sub(VARIABLES) {
            Some(variable) => self.variables.get(variable).map(ValueRef::from),
            None => self.row.get(index).copied(),
        }
        .unwrap_or(ValueRef::Null)
    }

    /// Returns what the request supplies for `context`.
    pub(super) fn context(&self, context: &Context) -> Result<Value> {
        if let Context::Setting(name) = context
            && let Some(made) = self.made.and_then(|made| made.setting(name))
        {
            return Ok(Value::text(made));
        }
        match context {
            Context::Now => Ok(Value::Int(self.now)),
            context => supplied(context, self.identity, self.asked),
        }
    }
}

/// Binds `value` to the parameter at `position`, counted from 1.
pub(super) fn set(
    statement: &mut Statement<'_>,
    position: usize,
    value: ValueRef<'_>,
) -> Result<()> {
    let value = match value {
        ValueRef::Null => types::ValueRef::Null,
        ValueRef::Int(value) => types::ValueRef::Integer(value),
        ValueRef::Float(value) => types::ValueRef::Real(value),
        ValueRef::Text(value) => types::ValueRef::Text(value.as_bytes()),
        ValueRef::Bytes(value) => types::ValueRef::Blob(value),
    };
    statement
        .raw_bind_parameter(position, ToSqlOutput::Borrowed(value))
        .map_err(|cause| super::error::convert(cause, false))
}
