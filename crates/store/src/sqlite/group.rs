//! The group commit: many requests, one transaction, a savepoint for each.
//!
//! A request that fails takes back its own savepoint and no more. Some failures take the whole transaction with them: an
//! interrupted statement, a full disk, a commit that is refused. The group is then *lost*: what came before the suspect is run and
//! committed again, the suspect is tried alone, and the rest goes on as a group of its own, so that every request is run at most three
//! times and only the guilty one fails. Nobody is answered before the commit that holds his change.

use std::collections::VecDeque;

use underpin_base::{Code, Error, Result};
use underpin_query::reply::Outcome;
use underpin_sql::types::datetime::in_zone;

use super::bind::Binding;
use super::change_log;
use super::connection::Connection;
use super::ffi;
use super::job::{Job, guarded};
use super::routine::Session;
use super::shared::Shared;
use super::violation;
use super::write::Execution;
use crate::metrics::Counters;

/// What took a group down.
struct Lost {
    /// The position of the request that did, unless the commit itself failed.
    suspect: Option<usize>,
    error: Error,
}

/// Runs and commits `jobs`, and answers each.
pub(super) fn commit(connection: &Connection, shared: &Shared, jobs: VecDeque<Job>) {
    let mut groups = VecDeque::from([jobs]);
    while let Some(mut group) = groups.pop_front() {
        match attempt(connection, shared, &group) {
            Ok(outcomes) => {
                for (job, outcome) in group.into_iter().zip(outcomes) {
                    job.answer(outcome);
                }
            }
            Err(lost) => {
                Counters::add(&shared.counters.groups_lost, 1);
                tracing::debug!(error = %lost.error, size = group.len(), "a group was lost");
                if group.len() <= 1 {
                    if let Some(job) = group.pop_front() {
                        job.answer(Err(lost.error));
                    }
                    continue;
                }
                for part in divide(group, lost).into_iter().rev() {
                    if !part.is_empty() {
                        groups.push_front(part);
                    }
                }
            }
        }
    }
}

/// Divides a lost group into those that are run again: before the suspect, the suspect, and after it; halves when there is none.
fn divide(mut group: VecDeque<Job>, lost: Lost) -> Vec<VecDeque<Job>> {
    let Some(suspect) = lost.suspect else {
        let second = group.split_off(group.len() / 2);
        return vec![group, second];
    };
    let mut rest = group.split_off(suspect);
    let Some(job) = rest.pop_front() else {
        return vec![group];
    };
    if *lost.error.code() == Code::QUERY_CANCELED {
        // It had its time to itself; another try would keep the others waiting as long again.
        job.answer(Err(lost.error));
        return vec![group, rest];
    }
    vec![group, VecDeque::from([job]), rest]
}

/// Runs `jobs` in one transaction and commits it. An error is of the transaction; the errors of requests are among the outcomes.
fn attempt(
    connection: &Connection,
    shared: &Shared,
    jobs: &VecDeque<Job>,
) -> std::result::Result<Vec<Result<Outcome>>, Lost> {
    let lost = |suspect| move |error| Lost { suspect, error };
    if let Err(error) = begin(connection) {
        // Another process writes: no request is to blame and none was run.
        return Ok(jobs.iter().map(|_| Err(again(&error))).collect());
    }
    let mut outcomes = Vec::with_capacity(jobs.len());
    for (position, job) in jobs.iter().enumerate() {
        let outcome = request(connection, shared, job).map_err(lost(Some(position)))?;
        outcomes.push(outcome);
    }
    connection.execute("COMMIT").map_err(|error| {
        roll_back(connection);
        lost(None)(error)
    })?;
    shared.count_commit();
    Ok(outcomes)
}

fn begin(connection: &Connection) -> Result<()> {
    connection.execute("BEGIN IMMEDIATE")?;
    // Every foreign key is checked at the end of each request, as PostgreSQL checks them at the end of each statement: a row may
    // refer to another that the same insert brings later. The pragma takes effect when it is compiled; running it as well would
    // have every prepared statement of the connection compiled anew.
    connection
        .raw()
        .prepare("PRAGMA defer_foreign_keys = ON")
        .map(drop)
        .map_err(|cause| {
            roll_back(connection);
            connection.convert(cause)
        })
}

/// An error of all requests of a group, for one of them.
fn again(error: &Error) -> Error {
    let mut copy = Error::new(error.code().clone(), error.message());
    if let Some(cause) = error.get_cause() {
        copy = copy.cause(cause);
    }
    copy
}

/// Runs one request in a savepoint of its own. The outer error is that the whole transaction is gone.
fn request(connection: &Connection, shared: &Shared, job: &Job) -> Result<Result<Outcome>> {
    connection.recorder().clear();
    connection
        .execute("SAVEPOINT request")
        .inspect_err(|_| roll_back(connection))?;
    connection.deadline().start(job.plan.timeout());
    let outcome = guarded(|| run(connection, shared, job));
    connection.deadline().clear();
    if connection.raw().is_autocommit() {
        // SQLite rolled back everything, not this request alone.
        let gone = || Error::internal("the transaction ended in the middle of a request");
        return Err(outcome.err().unwrap_or_else(gone));
    }
    if outcome.is_err() || job.plan.rollback() {
        connection
            .execute("ROLLBACK TO request")
            .inspect_err(|_| roll_back(connection))?;
    }
    connection
        .execute("RELEASE request")
        .inspect_err(|_| roll_back(connection))?;
    Ok(outcome)
}

fn run(connection: &Connection, shared: &Shared, job: &Job) -> Result<Outcome> {
    shared.is_current(&job.plan)?;
    let schema = shared.schema();
    let now = (shared.settings.clock)();
    connection.context().set(job.plan.identity(), now);
    let session = Session::new(&job.plan);
    let execution = Execution {
        connection,
        schema: &schema,
        binding: Binding::of_plan(&job.plan, now, Some(connection.context())),
        bytes_max: shared.settings.answer_bytes_max,
        session: &session,
    };
    let outcome = in_zone(job.plan.timezone(), || execution.answer(&job.plan))?;
    if ffi::foreign_keys_violated(connection.raw()) {
        return Err(violation::foreign_key(&execution));
    }
    change_log::append(
        connection,
        &schema,
        now,
        shared.settings.changes.commits_kept(),
    )?;
    Ok(outcome)
}

/// Ends a transaction that cannot be committed, so that the next can begin.
fn roll_back(connection: &Connection) {
    if connection.raw().is_autocommit() {
        return;
    }
    if let Err(error) = connection.execute("ROLLBACK") {
        tracing::error!(
            cause = error.get_cause(),
            "a transaction could not be rolled back"
        );
    }
}
