//! Writes and calls: one batch when nothing has to be looked at before the commit, a transaction of two otherwise.

use underpin_base::{Code, Error, Result};
use underpin_query::plan::{Call, Change, Plan, Read, Write};
use underpin_query::reply::{Outcome, not_single};
use underpin_query::request::Format;
use underpin_schema::catalog::Table;
use underpin_sql::types::Type;

use super::answer::RowWriter;
use super::change::{Next, Statements};
use super::checked::Guard;
use super::client::{Answer, Connection, Query, Transaction};
use super::engine::Database;
use super::prelude::{self, Access};
use super::read::{no_rows, said};
use super::{render, total};

/// How often a transaction is run again that another one stood in the way of. Nothing of it has happened.
const RETRIES_MAX: u32 = 3;

/// The columns of a write's answer that stand before those of its checks: how many rows it changed, and how many of them are new.
const COUNTS: usize = 2;

impl Database {
    /// Carries out a write.
    pub(super) async fn write(&self, plan: &Plan, write: &Write) -> Result<Outcome> {
        let mut left = RETRIES_MAX;
        loop {
            match self.write_once(plan, write).await {
                Err(error) if left > 0 && stood_in_the_way(&error) => left -= 1,
                outcome => return outcome,
            }
        }
    }

    async fn write_once(&self, plan: &Plan, write: &Write) -> Result<Outcome> {
        let schema = self.schema();
        let read = write.returning.as_ref();
        let returning = read.map(render::answered).transpose()?;
        let mut statements = Statements::new(&schema.catalog, write, returning, self.contexts())?;
        let resolved = statements.resolves();
        let Some(first) = statements.next()? else {
            // Without a value or a row nothing changes.
            let rows = read.map(|read| no_rows(read, self));
            if let (Some(read), Some(rows)) = (read, &rows) {
                is_single(read, rows.count)?;
            }
            return Ok(Outcome {
                rows,
                resolved,
                ..Outcome::default()
            });
        };
        if let Some(form) = write.explain {
            return self
                .explain(plan, &first.rendered, form, Access::Write)
                .await;
        }
        let mut connection = self.connection(plan).await?;
        let written = self
            .write_on(&mut connection, plan, write, statements, first)
            .await;
        undo(&mut connection).await;
        written
    }

    /// Carries out the statements of a write, of which `first` is the first.
    async fn write_on(
        &self,
        connection: &mut Connection,
        plan: &Plan,
        write: &Write,
        mut statements: Statements<'_>,
        first: Next,
    ) -> Result<Outcome> {
        let read = write.returning.as_ref();
        let resolved = statements.resolves();
        let is_single_row = read.is_some_and(|it| matches!(it.format, Format::Object { .. }));
        let is_looked_at = plan.rollback()
            || is_single_row
            || write.max_affected.is_some()
            || statements.has_more()
            || returns_many(write)
            || first.guard.takes_back()
            || first.guard.width() > 0 && plan.before().is_some();
        let mut changed = Changed::new(self, read);
        let mut queries = match is_looked_at {
            true => vec![Query::new("begin", Vec::new())],
            false => Vec::new(),
        };
        queries.extend(self.opening(plan, Access::Write));
        let mut next = Some(first);
        let mut response = None;
        let mut answers = Vec::new();
        while let Some(statement) = next.take() {
            if queries.is_empty() {
                // What the statement before has counted is not this one's.
                queries.push(prelude::count_anew());
            }
            let main = queries.len();
            queries.push(render::query(&statement.rendered, plan)?);
            changed.begin(&statement.guard);
            if !statements.has_more() && self.asks_response(plan) {
                response = Some(queries.len());
                queries.push(prelude::response());
            }
            answers = connection
                .stream(&queries, main, |row| changed.row(row))
                .await?;
            changed.count(&statement.guard, &write.table)?;
            queries.clear();
            next = statements.next()?;
        }
        let (affected, inserted) = (changed.affected, changed.inserted);
        if write.max_affected.is_some_and(|most| affected > most) {
            return Err(too_many(affected));
        }
        let rows = changed.body.map(|body| body.finish(None));
        if let (Some(read), Some(rows)) = (read, &rows) {
            is_single(read, rows.count)?;
        }
        let response = said(&answers, response)?;
        if is_looked_at {
            end(connection, plan).await?;
        }
        Ok(Outcome {
            rows,
            affected,
            inserted,
            resolved,
            response,
            ..Outcome::default()
        })
    }

    /// Calls a routine that may write, or returns nothing.
    pub(super) async fn call(&self, plan: &Plan, call: &Call) -> Result<Outcome> {
        let Some(read) = &call.answer else {
            return Err(Error::internal("a call asks for nothing"));
        };
        let access = match call.read_only {
            true => Access::Read,
            false => Access::Write,
        };
        if let Format::Plan(form) = read.format {
            return self
                .explain(plan, render::written(read, self.contexts())?, form, access)
                .await;
        }
        let mut left = RETRIES_MAX;
        loop {
            match self.call_once(plan, call, read, access).await {
                Err(error) if left > 0 && stood_in_the_way(&error) => left -= 1,
                outcome => return outcome,
            }
        }
    }

    async fn call_once(
        &self,
        plan: &Plan,
        call: &Call,
        read: &Read,
        access: Access,
    ) -> Result<Outcome> {
        let mut connection = self.connection(plan).await?;
        let called = self
            .call_on(&mut connection, plan, call, read, access)
            .await;
        undo(&mut connection).await;
        called
    }

    async fn call_on(
        &self,
        connection: &mut Connection,
        plan: &Plan,
        call: &Call,
        read: &Read,
        access: Access,
    ) -> Result<Outcome> {
        let is_void = call.routine.result.ty == Type::Void;
        let is_single_row = matches!(read.format, Format::Object { .. }) && !is_void;
        let is_looked_at = plan.rollback() || is_single_row || call.max_affected.is_some();
        let main = render::query(render::written(read, self.contexts())?, plan)?;
        let mut batch = self.batch(plan, read, main, access)?;
        let mut shift = 0;
        if is_looked_at {
            batch.queries.insert(0, Query::new("begin", Vec::new()));
            shift = 1;
        }
        let columns = render::columns(read);
        let bytes_max = self.settings.answer_bytes_max;
        let mut body = RowWriter::new(read, &columns, self.folder(), bytes_max);
        let answers = connection
            .stream(&batch.queries, batch.main + shift, |row| body.row(row))
            .await?;
        let total = total::told(read, &answers, batch.total.map(|index| index + shift))?;
        let rows = body.finish(total);
        if call.max_affected.is_some_and(|most| rows.count > most) {
            return Err(too_many(rows.count));
        }
        if !is_void {
            is_single(read, rows.count)?;
        }
        let response = said(&answers, batch.response.map(|index| index + shift))?;
        if is_looked_at {
            end(connection, plan).await?;
        }
        Ok(Outcome {
            rows: (!is_void).then_some(rows),
            is_void,
            response,
            ..Outcome::default()
        })
    }
}

/// What a write changed, as its answers tell it.
struct Changed<'a> {
    body: Option<RowWriter<'a>>,
    affected: u64,
    inserted: u64,
    /// The numbers of the statement whose rows are coming: each of them has them.
    numbers: Vec<u64>,
    /// The column that tells whether there is a row.
    found: usize,
}

impl<'a> Changed<'a> {
    fn new(database: &'a Database, read: Option<&Read>) -> Self {
        let folder = database.folder();
        let bytes_max = database.settings.answer_bytes_max;
        let body = read.map(|read| RowWriter::new(read, &render::columns(read), folder, bytes_max));
        Self {
            body,
            affected: 0,
            inserted: 0,
            numbers: Vec::new(),
            found: COUNTS,
        }
    }

    /// Begins with the rows of a statement.
    fn begin(&mut self, guard: &Guard) {
        self.found = COUNTS + guard.width();
        self.numbers.clear();
        self.body = self.body.take().map(|body| body.after(self.found + 1));
    }

    fn row(&mut self, row: &super::client::Row) -> Result<()> {
        if self.numbers.is_empty() {
            for index in 0..self.found {
                let number = row.get(index)?.unwrap_or_default().parse();
                let number = number.map_err(|_| Error::internal("a count is no number"))?;
                self.numbers.push(number);
            }
        }
        match &mut self.body {
            Some(body) if row.get(self.found)?.is_some() => body.row(row),
            _ => Ok(()),
        }
    }

    /// Adds the counts of a statement whose rows have all come, unless its checks refuse it.
    fn count(&mut self, guard: &Guard, table: &Table) -> Result<()> {
        let [affected, inserted, checks @ ..] = self.numbers.as_slice() else {
            return Err(Error::internal("a write tells no counts"));
        };
        guard.judge(table, checks, *affected)?;
        self.affected += affected;
        self.inserted += inserted;
        Ok(())
    }
}

/// Ends a transaction that did what it should.
async fn end(connection: &mut Connection, plan: &Plan) -> Result<Vec<Answer>> {
    let word = if plan.rollback() {
        "rollback"
    } else {
        "commit"
    };
    connection.batch(&[Query::new(word, Vec::new())]).await
}

/// The most rows of an insert whose return cannot be too large to be answered.
const FEW_ROWS: usize = 100;

/// Tells whether so many rows may be returned that writing the answer may fail, which must undo the change.
fn returns_many(write: &Write) -> bool {
    let few = matches!(&write.change, Change::Insert(insert) if insert.more.is_none() && insert.rows.len() <= FEW_ROWS);
    write.returning.is_some() && !few
}

/// Rolls back what did not end as it should, so that the connection is the next one's. One that cannot is closed.
async fn undo(connection: &mut Connection) {
    if connection.transaction() != Transaction::None {
        let rollback = [Query::new("rollback", Vec::new())];
        drop(connection.batch(&rollback).await);
    }
}

/// Tells whether another transaction stood in the way: this one was undone, and may do better the next time.
fn stood_in_the_way(error: &Error) -> bool {
    matches!(error.code().as_str(), "40001" | "40P01")
}

fn is_single(read: &Read, count: u64) -> Result<()> {
    match read.format {
        Format::Object { .. } if count != 1 => Err(not_single(count)),
        _ => Ok(()),
    }
}

fn too_many(count: u64) -> Error {
    Error::new(
        Code::MAX_AFFECTED,
        "Query result exceeds max-affected preference constraint",
    )
    .details(format!("The query affects {count} rows"))
}
