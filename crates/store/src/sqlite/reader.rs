//! [`Reader`]: a connection that reads, and how a plan is read with it.

use std::sync::Arc;

use underpin_base::{Error, Result, ValueRef};
use underpin_query::plan::{Action, Plan, Read};
use underpin_query::reply::{Outcome, Rows};
use underpin_sql::types::datetime::in_zone;

use super::bind::Binding;
use super::connection::{Access, Connection};
use super::execute;
use super::job::guarded;
use super::routine::Session;
use super::shared::Shared;
use super::write::Execution;

/// A connection that reads.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    shared: Arc<Shared>,
    /// The schema whose collations the connection has.
    generation: u64,
}

impl Reader {
    /// Opens a connection.
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self> {
        let schema = shared.schema();
        Ok(Self {
            connection: Connection::open(&shared.settings, Access::Read, &schema.catalog)?,
            generation: schema.generation,
            shared,
        })
    }

    /// Returns the connection.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs a read.
    pub(super) fn run(&mut self, plan: &Plan) -> Result<Outcome> {
        self.shared.is_current(plan)?;
        let read = match plan.action() {
            Action::Read(read) if plan.before().is_none() && !plan.invokes() => read,
            Action::Read(_) | Action::Call(_) => {
                return in_zone(plan.timezone(), || self.routines(plan));
            }
            Action::Write(_) => return Err(Error::internal("a write was given to a reader")),
        };
        self.follow_schema()?;
        self.connection.deadline().start(plan.timeout());
        let rows = in_zone(plan.timezone(), || self.read(plan, read));
        self.connection.deadline().clear();
        Ok(Outcome {
            rows: Some(rows?),
            ..Outcome::default()
        })
    }

    /// Runs a plan that calls routines, which may not write; their statements see one state of the database.
    fn routines(&mut self, plan: &Plan) -> Result<Outcome> {
        self.follow_schema()?;
        let schema = self.shared.schema();
        // What is invoked is looked up in this schema, by its place in that of the plan.
        self.shared.is_current(plan)?;
        let session = Session::read_only(plan);
        let now = (self.shared.settings.clock)();
        self.connection.context().set(plan.identity(), now);
        let operands: Vec<ValueRef<'_>> = plan.operands().iter().map(ValueRef::from).collect();
        let made = Some(self.connection.context());
        let execution = Execution {
            connection: &self.connection,
            schema: &schema,
            binding: Binding::of_plan(plan, now, made).with_row(&operands),
            bytes_max: self.shared.settings.answer_bytes_max,
            session: &session,
        };
        self.connection.execute("BEGIN")?;
        self.connection.deadline().start(plan.timeout());
        let outcome = guarded(|| execution.answer(plan));
        self.connection.deadline().clear();
        if !self.connection.raw().is_autocommit() {
            self.connection.execute("ROLLBACK")?;
        }
        outcome
    }

    /// Reads: one statement sees one state of the database by itself, two of them need a transaction.
    fn read(&self, plan: &Plan, read: &Read) -> Result<Rows> {
        let operands: Vec<ValueRef<'_>> = plan.operands().iter().map(ValueRef::from).collect();
        let binding =
            Binding::of_plan(plan, (self.shared.settings.clock)(), None).with_row(&operands);
        let bytes_max = self.shared.settings.answer_bytes_max;
        let run = || guarded(|| execute::read(&self.connection, read, &binding, bytes_max));
        if read.total.is_none() {
            return run();
        }
        self.connection.execute("BEGIN")?;
        let rows = run();
        // The transaction only read, so that it ends the same way whatever happened in it. SQLite ends it itself on some errors.
        if !self.connection.raw().is_autocommit() {
            self.connection.deadline().clear();
            self.connection.execute("ROLLBACK")?;
        }
        rows
    }

    fn follow_schema(&mut self) -> Result<()> {
        if self.generation != self.shared.generation() {
            let schema = self.shared.schema();
            self.connection.use_catalog(&schema.catalog)?;
            self.generation = schema.generation;
        }
        Ok(())
    }
}
