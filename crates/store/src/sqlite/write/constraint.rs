//! What a row that is proposed for an upsert must satisfy before anybody looks whether it is in another's way.
//!
//! SQLite looks at a row's constraints when it is written. PostgreSQL looks at `not null` and `check` before it asks for a conflict, so
//! that a row which could never be inserted is refused even where another would have taken over its values.

use underpin_base::{Name, Result, Value, ValueRef};
use underpin_query::plan::InsertRows;
use underpin_schema::catalog::Table;
use underpin_sql::tree::{Expr, Statement};
use underpin_sql::types::Type;

use super::super::error::Violated;
use super::super::execute;
use super::super::expression::{generator, output, parameter, replace_columns, select};
use super::super::violation::{self, Row};
use super::{Execution, Template};

/// The constraints of a table's row by itself.
pub(super) struct Constraints<'c> {
    /// The query of all checks; nothing when there are none, or when no conflict is looked for.
    checks: Option<Template<'c>>,
}

impl<'c> Constraints<'c> {
    /// Prepares the checks of an insert's rows.
    pub(super) fn new(
        execution: &'c Execution<'_>,
        table: &Table,
        insert: &InsertRows,
    ) -> Result<Self> {
        if insert.conflict.is_none() || table.checks.is_empty() {
            return Ok(Self { checks: None });
        }
        let given = |name: &Name, ty: &Type| match insert.columns.iter().position(|it| it == name) {
            Some(index) => parameter(index, ty),
            None => Expr::null(ty.clone()),
        };
        let bare = &table.name.name;
        let value = |name: &Name, ty: &Type| match generator(table, name) {
            Some(generator) => replace_columns(generator.clone(), bare, &given),
            None => given(name, ty),
        };
        let outputs = table
            .checks
            .iter()
            .map(|check| {
                let expr = replace_columns(check.expression.expr.clone(), bare, &value);
                output(check.name.clone(), expr)
            })
            .collect();
        let query = select(outputs, Vec::new(), None);
        let checks = execution.template(&Statement::Select(Box::new(query)))?;
        Ok(Self {
            checks: Some(checks),
        })
    }

    /// Refuses a row of `columns` that lacks a value, or that a check is false of.
    ///
    /// # Errors
    /// `23502`, `23514`.
    pub(super) fn require(
        &mut self,
        execution: &Execution<'_>,
        table: &Table,
        columns: &[Name],
        values: &[ValueRef<'_>],
    ) -> Result<()> {
        let row = Row::new(columns, values);
        for column in table.columns.iter().filter(|column| column.not_null) {
            let missing = row.get(&column.name).unwrap_or(ValueRef::Null) == ValueRef::Null;
            if missing && column.generated.is_none() {
                return Err(violation::no_value(execution, table, &column.name, &row));
            }
        }
        let Some(checks) = &mut self.checks else {
            return Ok(());
        };
        checks.bind(&execution.binding, values)?;
        let answers = execute::first(execution.connection, &mut checks.statement)?;
        for (check, answer) in table.checks.iter().zip(answers) {
            if answer == Value::Int(0) {
                let violated = Violated::Check(check.name.to_string());
                return Err(violation::of_proposed_row(
                    execution, table, &violated, &row,
                ));
            }
        }
        Ok(())
    }
}
