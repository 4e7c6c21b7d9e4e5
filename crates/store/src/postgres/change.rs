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
use underpin_sql::writer::postgres::{self, Affecting, Contexts, Rows, Target};

use super::checked::{Coming, Guard, of_update};

/// The most rows that one statement inserts.
const ROWS_MAX: usize = 5_000;

/// The statements that carry out a write, in their order; made as they are asked for.
pub(super) struct Statements<'w> {
    catalog: &'w Catalog,
    write: &'w Write,
    returning: Option<Select>,
    target: Target,
    contexts: Contexts,
    rows: Source<'w>,
}

/// A statement, and what is checked of it.
pub(super) struct Next {
    pub(super) rendered: Rendered,
    pub(super) guard: Guard,
}

/// The values of rows, each as wide as its columns; nothing is a default.
type Values<'w> = Box<dyn Iterator<Item = Result<Vec<Option<Value>>>> + Send + 'w>;

/// Where the statements come from.
enum Source<'w> {
    /// The rows of an insert, of which each statement takes some.
    Rows {
        insert: &'w InsertRows,
        columns: Vec<(Name, ColumnType)>,
        rows: std::iter::Peekable<Values<'w>>,
    },
    /// One statement.
    One(Option<(Statement, Guard)>),
}

impl<'w> Statements<'w> {
    /// Returns the statements of `write`, whose rows are read back by `returning`, for a database in which `contexts` know the request.
    pub(super) fn new(
        catalog: &'w Catalog,
        write: &'w Write,
        returning: Option<Select>,
        contexts: Contexts,
    ) -> Result<Self> {
        let is_view = catalog.views.contains_key(&write.table.name);
        Ok(Self {
            catalog,
            target: if is_view { Target::View } else { Target::Table },
            rows: Source::of(catalog, write)?,
            write,
            returning,
            contexts,
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
    pub(super) fn next(&mut self) -> Result<Option<Next>> {
        let (target, contexts) = (self.target, self.contexts);
        let returning = self.returning.as_ref();
        let written = |change, guard: Guard| -> Result<Option<Next>> {
            let affecting = Affecting {
                change,
                target,
                returning,
                checks: &guard.checks,
                contexts,
            };
            let rendered = affecting.write()?;
            Ok(Some(Next { rendered, guard }))
        };
        match &mut self.rows {
            Source::One(statement) => match statement.take() {
                None => Ok(None),
                Some((statement, guard)) => written(postgres::Change::Statement(&statement), guard),
            },
            Source::Rows {
                insert,
                columns,
                rows,
            } => {
                let some: Vec<Vec<Option<Value>>> = rows.take(ROWS_MAX).collect::<Result<_>>()?;
                if some.is_empty() {
                    return Ok(None);
                }
                let table = &self.write.table;
                let coming = Coming {
                    catalog: self.catalog,
                    table,
                    insert,
                    rows: &some,
                };
                let (guard, may_change) = coming.guard();
                let conflict = insert.conflict.as_ref();
                let conflict = conflict.map(|conflict| resolution(table, conflict, may_change));
                let conflict = conflict.transpose()?;
                let rows = Rows {
                    table: &table.name,
                    alias: &table.name.name,
                    columns,
                    rows: &some,
                    conflict: conflict.as_ref(),
                    overriding: None,
                };
                written(postgres::Change::Rows(&rows), guard)
            }
        }
    }

    /// Tells whether an insert looks for rows that exist.
    pub(super) fn resolves(&self) -> bool {
        matches!(&self.rows, Source::Rows { insert, .. } if insert.conflict.is_some())
    }
}

impl<'w> Source<'w> {
    fn of(catalog: &Catalog, write: &'w Write) -> Result<Self> {
        let table = &write.table;
        let alias = table.name.name.clone();
        Ok(match &write.change {
            Change::Insert(insert) => Self::Rows {
                columns: insert
                    .columns
                    .iter()
                    .map(|name| Ok((name.clone(), column_type(table, name)?)))
                    .collect::<Result<_>>()?,
                rows: values(insert).peekable(),
                insert,
            },
            Change::Update(update) => Self::One(assigned(update).map(|assignments| {
                let (guard, filter) = of_update(catalog, table, update);
                let statement = Statement::Update(Box::new(Update {
                    with: Vec::new(),
                    table: table.name.clone(),
                    alias,
                    assignments,
                    from: Vec::new(),
                    filter: (!filter.is_true()).then_some(filter),
                    returning: Vec::new(),
                }));
                (statement, guard)
            })),
            Change::Delete(delete) => {
                let statement = Statement::Delete(Box::new(Delete {
                    with: Vec::new(),
                    table: table.name.clone(),
                    alias,
                    using: Vec::new(),
                    filter: (!delete.filter.is_true()).then(|| delete.filter.clone()),
                    returning: Vec::new(),
                }));
                Self::One(Some((statement, Guard::default())))
            }
        })
    }
}

fn values(insert: &InsertRows) -> Values<'_> {
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

/// Returns what is done about rows that exist; those change for which `may_change` holds.
fn resolution(
    table: &Table,
    conflict: &InsertConflict,
    may_change: Option<Expr>,
) -> Result<Conflict> {
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
                filter: match (&merge.filter, may_change) {
                    (Some(filter), Some(may)) => Some(Expr::all([filter.clone(), may])),
                    (filter, may) => filter.clone().or(may),
                },
            }
        }
    };
    Ok(Conflict {
        target: conflict.target.clone(),
        action,
    })
}
