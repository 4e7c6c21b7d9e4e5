//! Inserts, updates and deletes.

use underpin_base::{Error, Name, QualifiedName, Result};

use super::table_name;
use super::writer::{Relation, Writer, unsupported};
use crate::tree::{
    Assignment, Conflict, ConflictAction, Delete, Expr, From, Insert, Output, Select, Simple,
    Source, Statement, Update,
};
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `statement`.
    pub(super) fn statement(&mut self, statement: &Statement) -> Result<()> {
        match statement {
            Statement::Select(select) => self.select(select),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
        }
    }

    fn insert(&mut self, insert: &Insert) -> Result<()> {
        self.with(&insert.with)?;
        self.push("INSERT INTO ");
        self.table(&insert.table, &insert.alias);
        if !insert.columns.is_empty() {
            self.push(" ");
            self.names(&insert.columns);
        }
        match &insert.source {
            Source::Default => self.push(" DEFAULT VALUES"),
            Source::Values(rows) => {
                self.push(" VALUES ");
                self.list(rows, |writer, row| {
                    writer.push("(");
                    writer.list(row, |writer, value| writer.assigned(value.as_ref()))?;
                    writer.push(")");
                    Ok(())
                })?;
            }
            // Without `WHERE`, SQLite would read `ON CONFLICT` as the condition of a join.
            Source::Select(select) if insert.conflict.is_some() => {
                self.subquery(" SELECT * FROM (", select, ") WHERE 1")?;
            }
            Source::Select(select) => self.subquery(" ", select, "")?,
        }
        if let Some(conflict) = &insert.conflict {
            self.conflict(conflict)?;
        }
        self.returning(&insert.table, &insert.alias, &insert.returning)
    }

    fn conflict(&mut self, conflict: &Conflict) -> Result<()> {
        self.push(" ON CONFLICT");
        if !conflict.target.is_empty() {
            self.push(" ");
            self.names(&conflict.target);
        }
        match &conflict.action {
            ConflictAction::Nothing => self.push(" DO NOTHING"),
            ConflictAction::Update {
                assignments,
                filter,
            } => {
                self.push(" DO UPDATE SET ");
                self.assignments(assignments)?;
                self.filter(filter.as_ref())?;
            }
        }
        Ok(())
    }

    fn update(&mut self, update: &Update) -> Result<()> {
        self.with(&update.with)?;
        self.declare_items(&update.from);
        self.push("UPDATE ");
        self.table(&update.table, &update.alias);
        self.push(" SET ");
        self.assignments(&update.assignments)?;
        self.item_list(&update.from, &[])?;
        self.filter(update.filter.as_ref())?;
        self.returning(&update.table, &update.alias, &update.returning)
    }

    fn delete(&mut self, delete: &Delete) -> Result<()> {
        self.with(&delete.with)?;
        self.push("DELETE FROM ");
        if delete.using.is_empty() {
            self.table(&delete.table, &delete.alias);
            self.filter(delete.filter.as_ref())?;
        } else {
            self.identifier(&table_name(&delete.table));
            let mut from = vec![From::Table {
                table: delete.table.clone(),
                alias: delete.alias.clone(),
            }];
            from.extend(delete.using.iter().cloned());
            let select = Select::simple(Simple {
                outputs: vec![Output {
                    name: Name::from("rowid"),
                    expr: Expr {
                        kind: crate::tree::ExprKind::RowId(delete.alias.clone()),
                        ty: crate::types::Type::Int8,
                    },
                }],
                from,
                filter: delete.filter.clone(),
                ..Simple::default()
            });
            self.subquery(" WHERE rowid IN (", &select, ")")?;
        }
        self.returning(&delete.table, &delete.alias, &delete.returning)
    }

    fn filter(&mut self, filter: Option<&Expr>) -> Result<()> {
        match filter {
            Some(filter) => {
                self.push(" WHERE ");
                self.condition(filter)
            }
            None => Ok(()),
        }
    }

    fn names(&mut self, names: &[Name]) {
        self.push("(");
        for (index, name) in names.iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.identifier(name);
        }
        self.push(")");
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Result<()> {
        self.list(assignments, |writer, assignment| {
            writer.identifier(&assignment.column);
            writer.push(" = ");
            writer.assigned(assignment.value.as_ref())
        })
    }

    fn assigned(&mut self, value: Option<&Expr>) -> Result<()> {
        match value {
            Some(value) => self.expression(value),
            None => Err(Error::internal("a default reached the writer")),
        }
    }

    /// Writes `returning`, where SQLite knows the row by the table's name only.
    fn returning(&mut self, table: &QualifiedName, alias: &Name, outputs: &[Output]) -> Result<()> {
        if outputs.is_empty() {
            return Ok(());
        }
        self.relations
            .insert(alias.clone(), Relation::Renamed(table_name(table)));
        self.push(" RETURNING ");
        self.list(outputs, |writer, output| {
            let has_aggregate = matches!(
                output.expr.kind,
                crate::tree::ExprKind::Aggregate { .. } | crate::tree::ExprKind::Window(_)
            );
            if has_aggregate {
                return Err(unsupported("an aggregate in returning"));
            }
            writer.around("", &output.expr, " AS ")?;
            writer.identifier(&output.name);
            Ok(())
        })
    }
}
