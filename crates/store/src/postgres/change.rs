//! Writes as PostgreSQL's statements: one that changes, counts and reads what it changed.

use underpin_base::{Error, Name, Result, Value};
use underpin_query::plan::{
    Cell, Change, EXCLUDED_ROW, InsertConflict, InsertRows, UpdateRows, Write,
};
use underpin_schema::catalog::{Catalog, Table};
use underpin_sql::tree::{
    Assignment, Conflict, ConflictAction, Delete, Expr, Select, Statement, Update,
};
use underpin_sql::types::{ColumnType, Type};
use underpin_sql::writer::Rendered;
use underpin_sql::writer::postgres::{self, Rows, Target};

/// The most rows that one statement inserts.
const ROWS_MAX: usize = 5_000;

/// The statements that carry out a write, in their order; made as they are asked for.
pub(super) struct Statements<'w> {
    write: &'w Write,
    returning: Option<Select>,
    target: Target,
    rows: Source<'w>,
}

/// Where the statements come from.
enum Source<'w> {
    /// The rows of an insert, of which each statement takes some.
    Rows {
        insert: &'w InsertRows,
        columns: Vec<(Name, ColumnType)>,
        conflict: Option<Conflict>,
        rows: std::iter::Peekable<Box<dyn Iterator<Item = Result<Vec<Option<Value>>>> + Send + 'w>>,
    },
    /// One statement.
    One(Option<Statement>),
}

impl<'w> Statements<'w> {
    /// Returns the statements of `write`, whose rows are read back by `returning`.
    pub(super) fn new(
        catalog: &Catalog,
        write: &'w Write,
        returning: Option<Select>,
    ) -> Result<Self> {
        let is_view = catalog.views.contains_key(&write.table.name);
        Ok(Self {
            target: if is_view { Target::View } else { Target::Table },
            rows: Source::of(write)?,
            write,
            returning,
        })
    }

    /// Tells whether another statement comes after those that were asked for.
    pub(super) fn has_more(&mut self) -> bool {
        match &mut self.rows {
            Source::Rows { rows, .. } => rows.peek().is_some(),
            Source::One(statement) => statement.is_some(),
        }
    }

    /// Returns the next statement; nothing after the last.
    ///
    /// # Errors
    /// What is wrong with rows that are read as they are inserted; `54001` for a tree that is too deep.
    pub(super) fn next(&mut self) -> Result<Option<Rendered>> {
        let returning = self.returning.as_ref();
        let rendered = match &mut self.rows {
            Source::One(statement) => match statement.take() {
                None => return Ok(None),
                Some(statement) => postgres::affected(
                    postgres::Change::Statement(&statement),
                    self.target,
                    returning,
                )?,
            },
            Source::Rows {
                columns,
                conflict,
                rows,
                ..
            } => {
                let some: Vec<Vec<Option<Value>>> = rows.take(ROWS_MAX).collect::<Result<_>>()?;
                if some.is_empty() {
                    return Ok(None);
                }
                let rows = Rows {
                    table: &self.write.table.name,
                    alias: &self.write.table.name.name,
                    columns,
                    rows: &some,
                    conflict: conflict.as_ref(),
                    overriding: None,
                };
                postgres::affected(postgres::Change::Rows(&rows), self.target, returning)?
            }
        };
        Ok(Some(rendered))
    }

    /// Tells whether an insert looks for rows that exist.
    pub(super) fn resolves(&self) -> bool {
        matches!(&self.rows, Source::Rows { insert, .. } if insert.conflict.is_some())
    }
}

impl<'w> Source<'w> {
    fn of(write: &'w Write) -> Result<Self> {
        let table = &write.table;
        let alias = table.name.name.clone();
        Ok(match &write.change {
            Change::Insert(insert) => Self::Rows {
                columns: insert
                    .columns
                    .iter()
                    .map(|name| Ok((name.clone(), column_type(table, name)?)))
                    .collect::<Result<_>>()?,
                conflict: match &insert.conflict {
                    Some(conflict) => Some(resolution(table, conflict)?),
                    None => None,
                },
                rows: values(insert).peekable(),
                insert,
            },
            Change::Update(update) => Self::One(assigned(update).map(|assignments| {
                Statement::Update(Box::new(Update {
                    with: Vec::new(),
                    table: table.name.clone(),
                    alias,
                    assignments,
                    from: Vec::new(),
                    filter: (!update.filter.is_true()).then(|| update.filter.clone()),
                    returning: Vec::new(),
                }))
            })),
            Change::Delete(delete) => Self::One(Some(Statement::Delete(Box::new(Delete {
                with: Vec::new(),
                table: table.name.clone(),
                alias,
                using: Vec::new(),
                filter: (!delete.filter.is_true()).then(|| delete.filter.clone()),
                returning: Vec::new(),
            })))),
        })
    }
}

fn values(insert: &InsertRows) -> Box<dyn Iterator<Item = Result<Vec<Option<Value>>>> + Send + '_> {
    Box::new(insert.every_row().map(|row| {
        let cells = row?;
        let value = |cell: &Cell| match cell {
            Cell::Value(value) => Some(value.clone()),
            Cell::Default => None,
        };
        Ok(cells.iter().map(value).collect())
    }))
}

fn column_type(table: &Table, name: &Name) -> Result<ColumnType> {
    match table.column(name) {
        Some(column) => Ok(column.ty.clone()),
        None => Err(Error::internal(format!(
            "{} has no column {name}",
            table.name
        ))),
    }
}

/// Returns what an update sets; nothing when it sets nothing, and so changes no row.
fn assigned(update: &UpdateRows) -> Option<Vec<Assignment>> {
    let values = update.assignments.iter().map(|(column, value)| Assignment {
        column: column.clone(),
        value: Some(value.clone()),
    });
    let defaults = update.defaults.iter().map(|column| Assignment {
        column: column.clone(),
        value: None,
    });
    let assignments: Vec<Assignment> = values.chain(defaults).collect();
    (!assignments.is_empty()).then_some(assignments)
}

fn resolution(table: &Table, conflict: &InsertConflict) -> Result<Conflict> {
    let action = match &conflict.merge {
        None => ConflictAction::Nothing,
        Some(merge) => {
            let excluded = Name::from(EXCLUDED_ROW);
            let taken = |column: &Name| -> Result<Assignment> {
                let ty: Type = column_type(table, column)?.ty;
                Ok(Assignment {
                    column: column.clone(),
                    value: Some(Expr::column(&excluded, column, ty)),
                })
            };
            ConflictAction::Update {
                assignments: merge.columns.iter().map(taken).collect::<Result<_>>()?,
                filter: merge.filter.clone(),
            }
        }
    };
    Ok(Conflict {
        target: conflict.target.clone(),
        action,
    })
}
