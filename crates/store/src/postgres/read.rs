//! Reads: one batch, settings and all, on a connection that is shared when the answer is short.

use std::time::Duration;

use underpin_base::Result;
use underpin_query::plan::{Plan, Read};
use underpin_query::reply::{Outcome, Response, Rows};
use underpin_query::request::Format;

use super::answer::RowWriter;
use super::client::{Answer, Pooled, Query};
use super::engine::Database;
use super::prelude::{self, Access};
use super::{render, total};

/// The most rows that an answer on a shared connection has: those behind it wait for it.
const SHORT_ROWS: u64 = 1_000;

/// How much longer than the server we wait for a statement to end.
const TIMEOUT_SLACK: Duration = Duration::from_millis(500);

/// A batch, and where in it the answers are that somebody waits for.
pub(super) struct Batch {
    pub(super) queries: Vec<Query>,
    /// What the request asks.
    pub(super) main: usize,
    pub(super) total: Option<usize>,
    pub(super) response: Option<usize>,
}

impl Database {
    /// Runs a read.
    pub(super) async fn read(&self, plan: &Plan, read: &Read) -> Result<Outcome> {
        if let Format::Plan(form) = read.format {
            let rendered = render::written(read, self.contexts())?;
            return self.explain(plan, rendered, form, Access::Read).await;
        }
        let main = render::query(render::written(read, self.contexts())?, plan)?;
        let batch = self.batch(plan, read, main, Access::Read)?;
        let columns = render::columns(read);
        let folder = self.folder();
        let mut body = RowWriter::new(read, &columns, folder, self.settings.answer_bytes_max);
        let short = render::limit(&read.select).is_some_and(|limit| limit <= SHORT_ROWS);
        let answers = if short && !read.length.expect_long() {
            let answers = self
                .link
                .client()
                .await?
                .run(batch.queries, plan.timeout())
                .await?;
            for row in answers.get(batch.main).iter().flat_map(|it| &it.rows) {
                body.row(row)?;
            }
            answers
        } else {
            let mut connection = self.connection(plan).await?;
            connection
                .stream(&batch.queries, batch.main, |row| body.row(row))
                .await?
        };
        let rows = body.finish(total::told(read, &answers, batch.total)?);
        Ok(Outcome {
            rows: Some(rows),
            response: said(&answers, batch.response)?,
            ..Outcome::default()
        })
    }

    /// Returns the batch of `main` with what stands around it.
    pub(super) fn batch(
        &self,
        plan: &Plan,
        read: &Read,
        main: Query,
        access: Access,
    ) -> Result<Batch> {
        let mut queries = self.opening(plan, access);
        let position = queries.len();
        queries.push(main);
        let total = match &read.total {
            Some(total) => {
                let queries_before = queries.len();
                queries.extend(total::queries(total, plan, self.contexts())?);
                Some(queries_before)
            }
            None => None,
        };
        let response = self.asks_response(plan).then(|| {
            queries.push(prelude::response());
            queries.len() - 1
        });
        Ok(Batch {
            queries,
            main: position,
            total,
            response,
        })
    }

    /// Returns a connection for the request alone, for as long as it may take.
    pub(super) async fn connection(&self, plan: &Plan) -> Result<Pooled> {
        let mut connection = self.link.client().await?.connection().await?;
        // The server says so itself a little earlier.
        connection.set_timeout(Some(plan.timeout() + TIMEOUT_SLACK));
        Ok(connection)
    }

    /// What every batch begins with.
    pub(super) fn opening(&self, plan: &Plan, access: Access) -> Vec<Query> {
        let schema = self.schema();
        // What a function of the project changes may outlive its transaction.
        let session = match schema.catalog.settings_use.changes_session {
            true => None,
            false => self.link.session(),
        };
        let mut queries = vec![prelude::prelude(
            plan,
            access,
            session,
            self.settings.existing.is_none(),
        )];
        queries.extend(plan.before().map(|routine| prelude::before(routine)));
        queries
    }

    /// Tells whether a function may have said something of the answer.
    pub(super) fn asks_response(&self, plan: &Plan) -> bool {
        plan.before().is_some() || self.schema().sets_response
    }
}

/// Returns what functions said of the answer.
pub(super) fn said(answers: &[Answer], index: Option<usize>) -> Result<Response> {
    let row = index.and_then(|index| answers.get(index)?.rows.first());
    let Some(row) = row else {
        return Ok(Response::default());
    };
    Ok(Response {
        headers: row.get(0)?.map(str::to_owned),
        status: row.get(1)?.map(str::to_owned),
    })
}

/// Rows that are none.
pub(super) fn no_rows(read: &Read, database: &Database) -> Rows {
    let columns = render::columns(read);
    let folder = database.folder();
    let body = RowWriter::new(read, &columns, folder, database.settings.answer_bytes_max);
    body.finish(None)
}
