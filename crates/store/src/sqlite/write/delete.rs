//! Deletes: what is returned is read before the rows go.

use underpin_base::{Result, Value, ValueRef};
use underpin_query::plan::{DeleteRows, Write, rows_first};
use underpin_schema::catalog::Table;
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Delete, Expr, Statement};
use underpin_sql::types::Type;
use underpin_sql::writer::sqlite;

use super::super::expression::{output, parameter, row_identity, select, stands_apart, table_item};
use super::super::routine::{Event, Triggers};
use super::super::{error, execute, violation};
use super::{Changed, Execution, limit_affected};

impl Execution<'_> {
    /// Deletes rows; returns what `returning` read of them before.
    pub(super) fn delete<R>(
        &self,
        write: &Write,
        delete: &DeleteRows,
        returning: &dyn Fn(&Changed) -> Result<Option<R>>,
    ) -> Result<(Changed, Option<R>)> {
        let triggers = Triggers::of(self, &write.table);
        if triggers.any(Event::Delete) || self.cascades_to_triggers(&write.table) {
            return self.delete_with_triggers(write, delete, &triggers, returning);
        }
        if write.returning.is_none() && !stands_apart(&delete.filter) {
            let changed = self.delete_at_once(write, delete)?;
            limit_affected(write, &changed)?;
            return Ok((changed, None));
        }
        let table = &write.table;
        let identity = output("row", row_identity(&table.name.name));
        let rows = self.query(&rows_first(select(
            vec![identity],
            vec![table_item(table)],
            Some(delete.filter.clone()),
        )))?;
        let rowids: Vec<i64> = rows
            .iter()
            .filter_map(|row| match row.first() {
                Some(Value::Int(rowid)) => Some(*rowid),
                _ => None,
            })
            .collect();
        let changed = Changed {
            affected: rowids.len() as u64,
            rowids,
            ..Changed::default()
        };
        limit_affected(write, &changed)?;
        let rows = returning(&changed)?;
        let mut template = self.template(&statement(
            table,
            Expr::compare(
                Operator::Equal,
                row_identity(&table.name.name),
                parameter(0, &Type::Int8),
            ),
        ))?;
        for rowid in &changed.rowids {
            template.bind(&self.binding, &[ValueRef::Int(*rowid)])?;
            template
                .statement
                .raw_execute()
                .map_err(|cause| self.delete_error(cause))?;
        }
        Ok((changed, rows))
    }

    fn delete_at_once(&self, write: &Write, delete: &DeleteRows) -> Result<Changed> {
        let statement = statement(&write.table, delete.filter.clone());
        self.connection.bring_statement(&statement, &self.binding)?;
        let rendered = sqlite::statement_indexed(&statement, &self.connection.word_indexes())?;
        let mut statement = execute::prepare(self.connection, &rendered, &self.binding)?;
        let affected = statement
            .raw_execute()
            .map_err(|cause| self.delete_error(cause))?;
        Ok(Changed {
            affected: affected as u64,
            ..Changed::default()
        })
    }

    /// A delete violates what points to its rows, or, through `set null` and its like, the constraints of other tables.
    pub(super) fn delete_error(&self, cause: rusqlite::Error) -> underpin_base::Error {
        match error::violated(&cause) {
            Some(error::Violated::ForeignKey) => violation::foreign_key(self),
            Some(violated) => violation::elsewhere(self, &violated),
            None => self.connection.convert(cause),
        }
    }
}

pub(super) fn statement(table: &Table, filter: Expr) -> Statement {
    Statement::Delete(Box::new(Delete {
        with: Vec::new(),
        table: table.name.clone(),
        alias: table.name.name.clone(),
        using: Vec::new(),
        filter: Some(filter),
        returning: Vec::new(),
    }))
}
