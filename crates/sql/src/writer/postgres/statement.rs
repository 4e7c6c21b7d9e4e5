//! Inserts, updates and deletes.

use underpin_base::{Error, Name, QualifiedName, Result};

use super::affected::{COUNT_MERGED, Marker};
use super::writer::Writer;
use crate::tree::{
    Assignment, Conflict, ConflictAction, Cte, Delete, Expr, Insert, Output, Source, Statement,
    Update,
};
use crate::writer::text::Text as _;

/// What a write returns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Returning<'a> {
    /// These outputs.
    Outputs(&'a [Output]),
    /// These columns of its rows, and whether each was inserted anew.
    Affected(&'a [Name], Marker),
}

impl Writer {
    /// Writes `statement`.
    pub(super) fn statement(&mut self, statement: &Statement) -> Result<()> {
        match statement {
            Statement::Select(select) => self.select(select),
            Statement::Insert(insert) => self.write(
                &insert.with,
                statement,
                &Returning::Outputs(&insert.returning),
            ),
            Statement::Update(update) => self.write(
                &update.with,
                statement,
                &Returning::Outputs(&update.returning),
            ),
            Statement::Delete(delete) => self.write(
                &delete.with,
                statement,
                &Returning::Outputs(&delete.returning),
            ),
        }
    }

    fn write(
        &mut self,
        with: &[Cte],
        statement: &Statement,
        returning: &Returning<'_>,
    ) -> Result<()> {
        let outer = std::mem::replace(&mut self.grouped, false);
        let result = self.nested(|writer| {
            writer.with(with)?;
            writer.bare_write(statement, returning)
        });
        self.grouped = outer;
        result
    }

    /// Writes an insert, update or delete without its `with`, which returns `returning` instead of its own outputs.
    pub(super) fn bare_write(
        &mut self,
        statement: &Statement,
        returning: &Returning<'_>,
    ) -> Result<()> {
        match statement {
            Statement::Select(_) => Err(Error::internal("a query is no write")),
            Statement::Insert(insert) => self.insert(insert, returning),
            Statement::Update(update) => self.update(update, returning),
            Statement::Delete(delete) => self.delete(delete, returning),
        }
    }

    fn insert(&mut self, insert: &Insert, returning: &Returning<'_>) -> Result<()> {
        self.insert_into(&insert.table, &insert.alias, insert.columns.iter());
        match &insert.source {
            Source::Default => self.push(" default values"),
            Source::Values(rows) if insert.columns.is_empty() => self.default_rows(rows.len()),
            Source::Values(rows) => {
                self.push(" values ");
                self.list(rows, |writer, row| {
                    writer.push("(");
                    writer.list(row, |writer, value| writer.assigned(value.as_ref()))?;
                    writer.push(")");
                    Ok(())
                })?;
            }
            Source::Select(select) => self.subquery(" ", select, "")?,
        }
        self.conflict(insert.conflict.as_ref(), returning)?;
        self.returning(&insert.alias, returning)
    }

    /// Writes `insert into table as alias (columns)`.
    pub(super) fn insert_into<'a>(
        &mut self,
        table: &QualifiedName,
        alias: &Name,
        columns: impl ExactSizeIterator<Item = &'a Name>,
    ) {
        self.push("insert into ");
        self.qualified(table);
        self.as_alias(alias);
        if columns.len() > 0 {
            self.push(" ");
            self.column_names(columns);
        }
    }

    /// Writes the source of rows that are nothing but defaults.
    pub(super) fn default_rows(&mut self, count: usize) {
        if count == 1 {
            self.push(" default values");
        } else {
            self.push(&format!(
                " select from pg_catalog.generate_series(1, {count})"
            ));
        }
    }

    /// Writes ` on conflict …`.
    pub(super) fn conflict(
        &mut self,
        conflict: Option<&Conflict>,
        returning: &Returning<'_>,
    ) -> Result<()> {
        let Some(conflict) = conflict else {
            return Ok(());
        };
        self.push(" on conflict");
        if !conflict.target.is_empty() {
            self.push(" ");
            self.column_names(&conflict.target);
        }
        match &conflict.action {
            ConflictAction::Nothing => self.push(" do nothing"),
            ConflictAction::Update {
                assignments,
                filter,
            } => {
                self.push(" do update set ");
                self.assignments(assignments)?;
                self.filter(filter.as_ref())?;
                if matches!(returning, Returning::Affected(_, Marker::Counted)) {
                    self.push(if filter.is_some() { " and " } else { " where " });
                    self.push(COUNT_MERGED);
                }
            }
        }
        Ok(())
    }

    fn update(&mut self, update: &Update, returning: &Returning<'_>) -> Result<()> {
        self.push("update ");
        self.qualified(&update.table);
        self.as_alias(&update.alias);
        self.push(" set ");
        self.assignments(&update.assignments)?;
        self.item_list(" from ", &update.from)?;
        self.filter(update.filter.as_ref())?;
        self.returning(&update.alias, returning)
    }

    fn delete(&mut self, delete: &Delete, returning: &Returning<'_>) -> Result<()> {
        self.push("delete from ");
        self.qualified(&delete.table);
        self.as_alias(&delete.alias);
        self.item_list(" using ", &delete.using)?;
        self.filter(delete.filter.as_ref())?;
        self.returning(&delete.alias, returning)
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Result<()> {
        self.list(assignments, |writer, assignment| {
            writer.column_name(&assignment.column);
            writer.push(" = ");
            writer.assigned(assignment.value.as_ref())
        })
    }

    fn assigned(&mut self, value: Option<&Expr>) -> Result<()> {
        match value {
            Some(value) => self.expression(value),
            None => {
                self.push("default");
                Ok(())
            }
        }
    }

    /// Writes ` returning …` when there is something to return.
    pub(super) fn returning(&mut self, alias: &Name, returning: &Returning<'_>) -> Result<()> {
        match returning {
            Returning::Outputs([]) => Ok(()),
            Returning::Outputs(outputs) => {
                self.push(" returning ");
                self.outputs(outputs)
            }
            Returning::Affected(columns, marker) => {
                self.push(" returning ");
                for column in *columns {
                    self.alias(alias);
                    self.push(".");
                    self.column_name(column);
                    self.push(", ");
                }
                self.marker(alias, *marker);
                Ok(())
            }
        }
    }
}
