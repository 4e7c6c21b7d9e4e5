//! [`Steps`]: the statements of a routine, each planned when its turn comes.
//!
//! What a routine writes takes the road of every write: the policies of whoever it runs as, their checks, defaults, constraints and
//! change records. Its parameters and variables are [`ExprKind::Parameter`]s from [`VARIABLES`] on, so that none can be taken for a
//! value of the row that is written; they are bound, never part of the text.

use std::sync::Arc;

use underpin_base::{Code, Error, Identity, Name, Result, Value};
use underpin_schema::catalog::{Column, Generated, PolicyCommand, Privilege, Routine, Table};
use underpin_sql::tree::{
    Assignment, Body, Conflict, ConflictAction, Cte, Delete, Expr, ExprKind, From, Insert, Output,
    RoutineId, Select, Simple, Source as Rows, Statement, Update,
};
use underpin_sql::types::Type;

use super::action::{
    Change, DeleteRows, EXCLUDED_ROW, InsertConflict, InsertRows, Merge, NEW_ROW, UpdateRows, Write,
};
use super::invoke::seen_first;
use super::read::read_of;
use super::rows_first::rows_first;
use super::secure::Rights;
use super::world::{Planner, Source, World};
use super::write::refuse_generated;
use super::{Read, instantiate};
use crate::request::Format;

/// The number of the parameter that stands for a routine's first parameter or variable.
pub const VARIABLES: usize = 1 << 16;

/// The planning of what one routine does, with the caller's rights or its owner's.
#[derive(Debug)]
pub struct Steps<'a> {
    planner: Planner<'a>,
    rights: Rights,
}

/// A statement of a routine, authorised.
#[derive(Clone, Debug)]
pub enum Step {
    /// It reads.
    Query(Box<Select>),
    /// It writes.
    Write(Box<StepWrite>),
}

/// A write of a routine.
#[derive(Clone, Debug)]
pub struct StepWrite {
    /// The write; of an insert without its rows.
    pub write: Write,
    /// Where the rows of an insert come from: values for the first columns of the insert, in their order; nothing for any other write.
    pub rows: Option<StepRows>,
}

/// Where the rows of an insert come from.
#[derive(Clone, Debug)]
pub enum StepRows {
    /// Expressions; nothing is the column's default.
    Values(Vec<Vec<Option<Expr>>>),
    /// A query.
    Query(Box<Select>),
}

impl<'a> Steps<'a> {
    /// Starts the planning for `identity`; `as_owner` tells that the routine runs past its grants and policies (`security definer`).
    ///
    /// # Errors
    /// `22023` when the identity's role does not exist.
    pub fn new(world: World<'a>, identity: &'a Identity, as_owner: bool) -> Result<Self> {
        let (planner, rights) = if as_owner {
            (Planner::of_owner(world, identity), Rights::Owner)
        } else {
            (Planner::new(world, identity)?, Rights::Caller)
        };
        Ok(Self { planner, rights })
    }

    /// Returns a routine that the routine calls.
    ///
    /// # Errors
    /// `42501` without the right to execute it.
    pub fn routine(&self, id: &RoutineId) -> Result<Arc<Routine>> {
        self.planner.routine(id)
    }

    /// Returns `expr`, whose parameters are the routine's first `count` variables, as it may be evaluated.
    ///
    /// # Errors
    /// `42501` for what it may not read; those of expanding views and routines.
    pub fn value(&mut self, expr: &Expr, count: usize) -> Result<Expr> {
        let number = self.planner.number();
        let copy = instantiate::part(expr, &[], &variables(count), number);
        self.planner
            .secure_expr(copy, self.rights)
            .map_err(within_function)
    }

    /// Returns `statement`, whose parameters are the routine's first `count` variables, as it may be executed.
    ///
    /// # Errors
    /// `42501` for what it may not do; `428C9` for a value of a generated column; `42P10` for a conflict target that is not unique.
    pub fn statement(&mut self, statement: &Statement, count: usize) -> Result<Step> {
        self.planned(statement, count).map_err(within_function)
    }

    fn planned(&mut self, statement: &Statement, count: usize) -> Result<Step> {
        let variables = variables(count);
        let write = match statement {
            Statement::Select(select) => {
                let number = self.planner.number();
                let copy = instantiate::select(select, &variables, number);
                let query = self.planner.secure_select(copy, self.rights)?;
                return Ok(Step::Query(Box::new(rows_first(query))));
            }
            Statement::Insert(insert) => self.insert(insert, &variables)?,
            Statement::Update(update) => self.update(update, &variables)?,
            Statement::Delete(delete) => self.delete(delete, &variables)?,
        };
        Ok(Step::Write(Box::new(write)))
    }

    fn insert(&mut self, insert: &Insert, variables: &[Expr]) -> Result<StepWrite> {
        let table = self.planner.written_table(&insert.table)?;
        let source = Source::Table(table.clone());
        self.planner.may_use(&source, Privilege::Insert)?;
        let (columns, rows) = self.inserted(insert, &table, variables)?;
        for column in &columns {
            self.planner
                .may_use_column(&source, &column.name, Privilege::Insert)?;
        }
        let returning = self.returning(&insert.returning, &insert.alias, &table, variables)?;
        let mut conditions = vec![self.planner.allowed(&table, PolicyCommand::Insert)?];
        if returning.is_some() {
            let new = Name::from(NEW_ROW);
            conditions.push(self.planner.visible(&table, PolicyCommand::Select, &new)?);
        }
        let conflict = match &insert.conflict {
            Some(conflict) => Some(self.conflict(conflict, insert, &table, variables)?),
            None => None,
        };
        let leaves_out = |position: usize| {
            matches!(&rows, StepRows::Values(rows)
                if rows.iter().any(|row| row.get(position).is_none_or(Option::is_none)))
        };
        let mut planned = InsertRows {
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            defaults: columns
                .iter()
                .enumerate()
                .map(|(position, column)| match leaves_out(position) {
                    true => self.planner.default(&table, column),
                    false => Ok(Expr::null(column.ty.ty.clone())),
                })
                .collect::<Result<_>>()?,
            rows: Vec::new(),
            more: None,
            check: Expr::all(conditions),
            conflict,
        };
        self.planner.add_defaults(&table, &mut planned)?;
        Ok(StepWrite {
            write: Write {
                table,
                change: Change::Insert(planned),
                returning,
                max_affected: None,
                view_checks: Vec::new(),
                explain: None,
            },
            rows: Some(rows),
        })
    }

    /// Returns the columns that an insert gives values for, and where these come from. A generated column may be given as `default` alone.
    fn inserted<'t>(
        &mut self,
        insert: &Insert,
        table: &'t Table,
        variables: &[Expr],
    ) -> Result<(Vec<&'t Column>, StepRows)> {
        let columns: Vec<&Column> = insert
            .columns
            .iter()
            .filter_map(|name| table.column(name))
            .collect();
        let rows = match &insert.source {
            Rows::Default => return Ok((Vec::new(), StepRows::Values(vec![Vec::new()]))),
            Rows::Select(select) => {
                for column in &columns {
                    refuse_generated(column, Privilege::Insert)?;
                }
                let number = self.planner.number();
                let mut select = Select::clone(select);
                select.with.splice(..0, insert.with.iter().cloned());
                let copy = instantiate::select(&select, variables, number);
                let query = self.planner.secure_select(copy, self.rights)?;
                return Ok((columns, StepRows::Query(Box::new(rows_first(query)))));
            }
            Rows::Values(rows) => rows,
        };
        if !insert.with.is_empty() {
            return self.inserted_beside(insert, columns, rows, variables);
        }
        let is_kept = |column: &Column| {
            !matches!(
                column.generated,
                Some(Generated::Stored(_) | Generated::IdentityAlways)
            )
        };
        for (position, column) in columns.iter().enumerate() {
            let given = |row: &Vec<Option<Expr>>| row.get(position).is_some_and(Option::is_some);
            if rows.iter().any(given) {
                refuse_generated(column, Privilege::Insert)?;
            }
        }
        let mut planned = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = Vec::with_capacity(row.len());
            for (cell, _) in row.iter().zip(&columns).filter(|(_, it)| is_kept(it)) {
                cells.push(match cell {
                    Some(expr) => Some(self.part(expr, &[], variables)?),
                    None => None,
                });
            }
            planned.push(cells);
        }
        let columns = columns.into_iter().filter(|it| is_kept(it)).collect();
        Ok((columns, StepRows::Values(planned)))
    }

    /// Returns the rows of an insert of values that a `with` stands before.
    fn inserted_beside<'t>(
        &mut self,
        insert: &Insert,
        columns: Vec<&'t Column>,
        rows: &[Vec<Option<Expr>>],
        variables: &[Expr],
    ) -> Result<(Vec<&'t Column>, StepRows)> {
        for column in &columns {
            refuse_generated(column, Privilege::Insert)?;
        }
        let values = rows
            .iter()
            .map(|row| row.iter().cloned().collect::<Option<Vec<Expr>>>())
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                Error::new(
                    Code::FEATURE_NOT_SUPPORTED,
                    "DEFAULT in the values of an insert with WITH is not supported in functions",
                )
                .hint("Leave the column out.")
            })?;
        let mut select = Select::simple(Simple::default());
        select.body = Body::Values(values);
        select.with.clone_from(&insert.with);
        let number = self.planner.number();
        let copy = instantiate::select(&select, variables, number);
        let query = self.planner.secure_select(copy, self.rights)?;
        Ok((columns, StepRows::Query(Box::new(rows_first(query)))))
    }

    fn conflict(
        &mut self,
        conflict: &Conflict,
        insert: &Insert,
        table: &Table,
        variables: &[Expr],
    ) -> Result<InsertConflict> {
        let target = conflict.target.clone();
        if !target.is_empty() && !table.is_unique(&target) {
            return Err(Error::new(
                Code::INVALID_COLUMN_REFERENCE,
                "there is no unique or exclusion constraint matching the ON CONFLICT specification",
            ));
        }
        let ConflictAction::Update {
            assignments,
            filter,
        } = &conflict.action
        else {
            return Ok(InsertConflict {
                target,
                merge: None,
            });
        };
        let row = table.name.name.clone();
        let excluded = Name::from(EXCLUDED_ROW);
        let rows = [(&*insert.alias, &row), (EXCLUDED_ROW, &excluded)];
        let assignments = self.assignments(assignments, table, &rows, variables)?;
        let filter = match filter {
            Some(filter) => Some(self.part(filter, &rows, variables)?),
            None => None,
        };
        let read: Vec<&Expr> = assignments
            .iter()
            .map(|(_, value)| value)
            .chain(&filter)
            .collect();
        self.may_read(table, &row, &read)?;
        let new = Name::from(NEW_ROW);
        let using = [
            self.planner.visible(table, PolicyCommand::Update, &row)?,
            self.planner.visible(table, PolicyCommand::Select, &row)?,
        ];
        let check = [
            self.planner.allowed(table, PolicyCommand::Update)?,
            self.planner.visible(table, PolicyCommand::Select, &new)?,
        ];
        let merge = Merge {
            columns: Vec::new(),
            assignments,
            filter,
            using: Expr::all(using),
            check: Expr::all(check),
        };
        Ok(InsertConflict {
            target,
            merge: Some(Box::new(merge)),
        })
    }

    fn update(&mut self, update: &Update, variables: &[Expr]) -> Result<StepWrite> {
        let table = self.planner.written_table(&update.table)?;
        let source = Source::Table(table.clone());
        self.planner.may_use(&source, Privilege::Update)?;
        let beside = Beside {
            with: &update.with,
            from: &update.from,
            filter: update.filter.as_ref(),
        };
        let row = table.name.name.clone();
        let rows = [(&*update.alias, &row)];
        let mut assignments = Vec::new();
        for assignment in &update.assignments {
            let beside = Assignment {
                column: assignment.column.clone(),
                value: assignment.value.clone().map(|value| beside.first(value)),
            };
            assignments.extend(self.assignments(&[beside], &table, &rows, variables)?);
        }
        let condition = beside.exists();
        let filter = match &condition {
            Some(filter) => self.part(filter, &rows, variables)?,
            None => Expr::bool(true),
        };
        let returning = self.returning(&update.returning, &update.alias, &table, variables)?;
        let values: Vec<&Expr> = assignments
            .iter()
            .map(|(_, value)| value)
            .chain([&filter])
            .collect();
        let reads = self.may_read(&table, &row, &values)? || returning.is_some();
        let filter = self.affected(&table, &row, filter, PolicyCommand::Update, reads)?;
        let mut check = vec![self.planner.allowed(&table, PolicyCommand::Update)?];
        if reads {
            let new = Name::from(NEW_ROW);
            check.push(self.planner.visible(&table, PolicyCommand::Select, &new)?);
        }
        let change = Change::Update(UpdateRows {
            defaults: Vec::new(),
            assignments,
            filter,
            check: Expr::all(check),
        });
        Ok(StepWrite {
            write: Write {
                table,
                change,
                returning,
                max_affected: None,
                view_checks: Vec::new(),
                explain: None,
            },
            rows: None,
        })
    }

    fn delete(&mut self, delete: &Delete, variables: &[Expr]) -> Result<StepWrite> {
        let table = self.planner.written_table(&delete.table)?;
        self.planner
            .may_use(&Source::Table(table.clone()), Privilege::Delete)?;
        let row = table.name.name.clone();
        let beside = Beside {
            with: &delete.with,
            from: &delete.using,
            filter: delete.filter.as_ref(),
        };
        let condition = beside.exists();
        let filter = match &condition {
            Some(filter) => self.part(filter, &[(&*delete.alias, &row)], variables)?,
            None => Expr::bool(true),
        };
        let returning = self.returning(&delete.returning, &delete.alias, &table, variables)?;
        let reads = self.may_read(&table, &row, &[&filter])? || returning.is_some();
        let filter = self.affected(&table, &row, filter, PolicyCommand::Delete, reads)?;
        Ok(StepWrite {
            write: Write {
                table,
                change: Change::Delete(DeleteRows { filter }),
                returning,
                max_affected: None,
                view_checks: Vec::new(),
                explain: None,
            },
            rows: None,
        })
    }

    fn affected(
        &mut self,
        table: &Table,
        row: &Name,
        filter: Expr,
        command: PolicyCommand,
        reads: bool,
    ) -> Result<Expr> {
        let mut visible = vec![self.planner.visible(table, command, row)?];
        if reads {
            visible.push(self.planner.visible(table, PolicyCommand::Select, row)?);
        }
        Ok(seen_first(Expr::all(visible), filter))
    }

    /// Returns the new values of an update or a merge; `default` is the column's default.
    fn assignments(
        &mut self,
        assignments: &[Assignment],
        table: &Table,
        rows: &[(&str, &Name)],
        variables: &[Expr],
    ) -> Result<Vec<(Name, Expr)>> {
        let source = Source::Table(Arc::new(table.clone()));
        let mut planned = Vec::new();
        for assignment in assignments {
            let name = &assignment.column;
            self.planner
                .may_use_column(&source, name, Privilege::Update)?;
            let Some(column) = table.column(name) else {
                return Err(Error::internal(format!(
                    "{} has no column {name}",
                    table.name
                )));
            };
            let value = match &assignment.value {
                Some(value) => {
                    refuse_generated(column, Privilege::Update)?;
                    self.part(value, rows, variables)?
                }
                None if matches!(column.generated, Some(Generated::Stored(_))) => continue,
                None => self.planner.default(table, column)?,
            };
            planned.push((name.clone(), value));
        }
        Ok(planned)
    }

    fn part(&mut self, expr: &Expr, rows: &[(&str, &Name)], variables: &[Expr]) -> Result<Expr> {
        let number = self.planner.number();
        let copy = instantiate::part(expr, rows, variables, number);
        self.planner.secure_expr(copy, self.rights)
    }

    fn returning(
        &mut self,
        outputs: &[Output],
        alias: &Name,
        table: &Table,
        variables: &[Expr],
    ) -> Result<Option<Read>> {
        if outputs.is_empty() {
            return Ok(None);
        }
        let row = self.planner.alias(&table.name.name);
        let mut planned = Vec::new();
        for output in outputs {
            let expr = self.part(&output.expr, &[(&**alias, &row)], variables)?;
            self.may_read(table, &row, &[&expr])?;
            planned.push(Output {
                name: output.name.clone(),
                expr,
            });
        }
        let select = Select::simple(Simple {
            outputs: planned,
            from: vec![From::Affected {
                table: table.name.clone(),
                alias: row,
            }],
            ..Simple::default()
        });
        let format = Format::Array { strip_nulls: false };
        Ok(Some(read_of(select, None, format, false)))
    }

    /// Refuses expressions that read columns of `table`'s row `row` which may not be read; tells whether they read any.
    fn may_read(&self, table: &Table, row: &Name, exprs: &[&Expr]) -> Result<bool> {
        let mut columns: Vec<Name> = Vec::new();
        for expr in exprs {
            expr.any_part(&mut |part| {
                if let ExprKind::Column { relation, name } = &part.kind
                    && relation == row
                {
                    columns.push(name.clone());
                }
                false
            });
        }
        if self.planner.is_owner {
            return Ok(!columns.is_empty());
        }
        let source = Source::Table(Arc::new(table.clone()));
        for column in &columns {
            self.planner
                .may_use_column(&source, column, Privilege::Select)?;
        }
        Ok(!columns.is_empty())
    }
}

/// Returns an error as a statement of PostgreSQL raises it, where the request itself has the data API's words.
fn within_function(error: Error) -> Error {
    if *error.code() != Code::TABLE_NOT_FOUND {
        return error;
    }
    let name = error.message().split('\'').nth(1).unwrap_or_default();
    let name = name.strip_prefix("public.").unwrap_or(name);
    Error::new(
        Code::UNDEFINED_TABLE,
        format!("relation \"{name}\" does not exist"),
    )
}

/// Returns the parameters that stand for a routine's variables.
fn variables(count: usize) -> Vec<Expr> {
    (0..count)
        .map(|index| Expr {
            kind: ExprKind::Parameter(VARIABLES + index),
            // The type of a parameter is that of the expression which it replaces; see `instantiate`.
            ty: Type::Unknown,
        })
        .collect()
}

/// What stands beside the row that is written: `with`, `from` or `using`, and the condition on both.
struct Beside<'s> {
    with: &'s [Cte],
    from: &'s [From],
    filter: Option<&'s Expr>,
}

impl Beside<'_> {
    fn is_nothing(&self) -> bool {
        self.with.is_empty() && self.from.is_empty()
    }

    /// Returns the value that `value` has beside the first of the rows that meet the condition.
    fn first(&self, value: Expr) -> Expr {
        if self.is_nothing() {
            return value;
        }
        let ty = value.ty.clone();
        let mut select = self.select(value);
        select.limit = Some(Expr::constant(Value::Int(1), Type::Int8));
        Expr {
            kind: ExprKind::Scalar(Box::new(select)),
            ty,
        }
    }

    /// Returns the condition that one of the rows meets the condition.
    fn exists(&self) -> Option<Expr> {
        if self.is_nothing() {
            return self.filter.cloned();
        }
        Some(Expr {
            kind: ExprKind::Exists(Box::new(self.select(Expr::bool(true)))),
            ty: Type::Bool,
        })
    }

    fn select(&self, value: Expr) -> Select {
        Select {
            with: self.with.to_vec(),
            ..Select::simple(Simple {
                outputs: vec![Output {
                    name: Name::from("value"),
                    expr: value,
                }],
                from: self.from.to_vec(),
                filter: self.filter.cloned(),
                ..Simple::default()
            })
        }
    }
}
