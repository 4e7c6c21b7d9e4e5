//! The execution of writes.
//!
//! Each write has a row-wise form: fetch, check, apply, one row after the other. The set-wise form is its fast case, taken when it
//! cannot be told from the other; when it fails, the row-wise form runs again and names the guilty row.
//! `with check` is evaluated before any constraint, as PostgreSQL does, so that a refused row tells nothing about the others.

mod constraint;
mod delete;
mod insert;
mod merge;
mod returning;
mod triggered;
mod update;
mod view_check;

use underpin_base::{Code, Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{Action, Change, Plan, Write};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::{Table, Timing};
use underpin_sql::tree::{Select, Statement};
use underpin_sql::writer::{Rendered, sqlite};

use super::bind::Binding;
use super::connection::Connection;
use super::execute;
use super::mirror::{self, Wanted};
use super::routine::{Event, Queued, Session, Triggers};
use crate::schema::Schema;

/// The surroundings of a write: the writer's connection, within a savepoint.
#[derive(Clone, Copy)]
pub(super) struct Execution<'a> {
    pub(super) connection: &'a Connection,
    pub(super) schema: &'a Schema,
    pub(super) binding: Binding<'a>,
    /// The largest answer, in bytes.
    pub(super) bytes_max: usize,
    /// What the routines of the request share.
    pub(super) session: &'a Session,
}

/// What a change did.
#[derive(Clone, Debug, Default)]
pub(super) struct Changed {
    /// How many rows it changed.
    pub(super) affected: u64,
    /// How many of them are new.
    inserted: u64,
    /// Their identities, in the order of the change; empty when nobody asks for them.
    rowids: Vec<i64>,
    /// The triggers that run once the statement has done its work.
    queue: Vec<Queued>,
    /// Those among them that run once for the whole statement: the table's triggers, what happened, the columns that were set.
    ends: Vec<(Triggers, Event, Vec<Name>)>,
}

impl Changed {
    /// Remembers that triggers run once after the statement.
    fn ends_with(&mut self, triggers: &Triggers, event: Event, assigned: Vec<Name>) {
        if triggers.any(event) {
            self.ends.push((triggers.clone(), event, assigned));
        }
    }
}

impl Execution<'_> {
    /// Runs `plan`.
    ///
    /// # Errors
    /// PostgreSQL's: `23…` for a violated constraint, `42501` for a row that policies refuse, `PGRST124` past `max-affected`.
    pub(super) fn run(&self, plan: &Plan) -> Result<Outcome> {
        match plan.action() {
            Action::Read(read) => Ok(Outcome {
                rows: Some(execute::read(
                    self.connection,
                    read,
                    &self.binding,
                    self.bytes_max,
                )?),
                ..Outcome::default()
            }),
            Action::Write(write) => {
                if let Some(form) = write.explain {
                    return Ok(Outcome {
                        rows: Some(self.explain_write(write, form)?),
                        ..Outcome::default()
                    });
                }
                let (changed, rows) =
                    self.write(write, &|changed| self.returning(write, changed))?;
                Ok(Outcome {
                    rows,
                    affected: changed.affected,
                    inserted: changed.inserted,
                    resolved: matches!(&write.change, Change::Insert(insert) if insert.conflict.is_some()),
                    ..Outcome::default()
                })
            }
            Action::Call(call) => self.call(call),
        }
    }

    /// Carries out a write; returns what `returning` read of the changed rows.
    pub(super) fn write<R>(
        &self,
        write: &Write,
        returning: &dyn Fn(&Changed) -> Result<Option<R>>,
    ) -> Result<(Changed, Option<R>)> {
        self.connection.writes(&write.table, &self.binding)?;
        let keep =
            write.returning.is_some() || !write.view_checks.is_empty() || self.reshapes(write);
        let (mut changed, rows) = match &write.change {
            Change::Insert(insert) => {
                self.with_returning(write, self.insert(write, insert, keep)?, returning)?
            }
            Change::Update(update) => {
                self.with_returning(write, self.update(write, update, keep)?, returning)?
            }
            Change::Delete(delete) => self.delete(write, delete, returning)?,
        };
        self.carry()?;
        // What is returned is what the statement wrote; triggers that run after it may change it again.
        self.run_queue(std::mem::take(&mut changed.queue))?;
        for (triggers, event, assigned) in std::mem::take(&mut changed.ends) {
            self.statement_triggers(&write.table, &triggers, event, Timing::After, &assigned)?;
        }
        Ok((changed, rows))
    }

    fn with_returning<R>(
        &self,
        write: &Write,
        changed: Changed,
        returning: &dyn Fn(&Changed) -> Result<Option<R>>,
    ) -> Result<(Changed, Option<R>)> {
        limit_affected(write, &changed)?;
        self.carry()?;
        self.check_reshaped(write, &changed)?;
        let rows = returning(&changed)?;
        Ok((changed, rows))
    }

    /// Tells whether the database whose rows these are may make others of those that are written.
    fn reshapes(&self, write: &Write) -> bool {
        self.schema.catalog.reshaped.contains(&write.table.name)
    }

    /// Checks the rows of a write once more as they are after another database has made of them what it makes of rows: its triggers may
    /// not give anybody a row that the policies deny him.
    fn check_reshaped(&self, write: &Write, changed: &Changed) -> Result<()> {
        if !self.reshapes(write) {
            return Ok(());
        }
        let checks = match &write.change {
            Change::Insert(insert) => {
                let merge = insert.conflict.as_ref().and_then(|it| it.merge.as_ref());
                vec![Some(&insert.check), merge.map(|merge| &merge.check)]
            }
            Change::Update(update) => vec![Some(&update.check)],
            Change::Delete(_) => Vec::new(),
        };
        for check in checks.into_iter().flatten().filter(|it| !it.is_true()) {
            let mut template = self.kept_check(&write.table, check)?;
            for rowid in &changed.rowids {
                self.require(&write.table, &mut template, &[ValueRef::Int(*rowid)])?;
            }
        }
        Ok(())
    }

    /// Carries out a write of a routine; returns the values of its `returning`.
    pub(super) fn write_of_routine(&self, write: &Write) -> Result<(Changed, Vec<Vec<Value>>)> {
        let (changed, values) =
            self.write(write, &|changed| self.returned_values(write, changed))?;
        Ok((changed, values.unwrap_or_default()))
    }

    /// Renders and executes a query and returns its rows.
    pub(super) fn query(&self, select: &Select) -> Result<Vec<Vec<Value>>> {
        self.connection.bring_select(select, &self.binding)?;
        let rendered = sqlite::select_indexed(select, &self.connection.word_indexes())?;
        let mut statement = execute::prepare(self.connection, &rendered, &self.binding)?;
        execute::all(self.connection, &mut statement)
    }

    /// Renders a statement that is executed once for each row.
    fn template(&self, asked: &Statement) -> Result<Template<'_>> {
        let rendered = sqlite::statement_indexed(asked, &self.connection.word_indexes())?;
        let statement = self.connection.prepare(&rendered.sql)?;
        let wanted = match self.connection.is_mirror() {
            true => mirror::of_statement(asked),
            false => Vec::new(),
        };
        Ok(Template {
            connection: self.connection,
            rendered,
            statement,
            wanted,
        })
    }
}

/// A statement that is executed once for each row, with the row's values as its parameters.
struct Template<'c> {
    connection: &'c Connection,
    rendered: Rendered,
    statement: rusqlite::CachedStatement<'c>,
    /// What it looks at, when that must be brought from another database.
    wanted: Vec<Wanted>,
}

impl Template<'_> {
    fn bind(&mut self, binding: &Binding<'_>, row: &[ValueRef<'_>]) -> Result<()> {
        let binding = binding.with_row(row);
        self.connection.bring(&self.wanted, &binding)?;
        binding.apply(&mut self.statement, &self.rendered.binds)
    }
}

/// Returns the error of a row that `with check` refuses.
fn refused(table: &Table) -> Error {
    Error::new(
        Code::PRIVILEGE,
        format!(
            "new row violates row-level security policy for table \"{}\"",
            table.name.name
        ),
    )
}

/// Refuses a write that changed more rows than the request allows.
fn limit_affected(write: &Write, changed: &Changed) -> Result<()> {
    match write.max_affected {
        Some(most) if changed.affected > most => Err(Error::new(
            Code::MAX_AFFECTED,
            "Query result exceeds max-affected preference constraint",
        )
        .details(format!("The query affects {} rows", changed.affected))),
        _ => Ok(()),
    }
}
