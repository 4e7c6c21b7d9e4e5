//! How many rows there are without limit and offset: counted, or as PostgreSQL's planner estimates it.

use serde_json::Value as Json;
use underpin_base::{Error, Result};
use underpin_query::plan::{Plan, Read, Total};
use underpin_sql::writer::postgres;

use super::client::{Answer, Query};
use super::render;

/// Returns the queries that tell a total: what counts, and what estimates.
pub(super) fn queries(total: &Total, plan: &Plan) -> Result<Vec<Query>> {
    let exact = render::query(&postgres::select(&total.exact)?, plan)?;
    let Some(estimate) = &total.estimate else {
        return Ok(vec![exact]);
    };
    let sql = format!("explain (format json) {}", exact.sql);
    let mut queries = vec![Query::new(sql, exact.parameters)];
    if let Some(bounded) = &estimate.bounded {
        queries.push(render::query(&postgres::select(&bounded.select)?, plan)?);
    }
    Ok(queries)
}

/// Returns the total of `read` that the answers from `index` on tell; nothing when none was asked for.
pub(super) fn told(read: &Read, answers: &[Answer], index: Option<usize>) -> Result<Option<u64>> {
    let (Some(total), Some(index)) = (&read.total, index) else {
        return Ok(None);
    };
    let Some(estimate) = &total.estimate else {
        return number(answers, index).map(Some);
    };
    if let Some(bounded) = &estimate.bounded {
        let counted = number(answers, index + 1)?;
        if counted <= bounded.most {
            return Ok(Some(counted));
        }
        return Ok(Some(planned(answers, index)?.max(counted)));
    }
    planned(answers, index).map(Some)
}

/// Returns the number that is all of an answer.
fn number(answers: &[Answer], index: usize) -> Result<u64> {
    field(answers, index)?
        .parse()
        .map_err(|_| Error::internal("a count returned no number"))
}

/// Returns the rows that the planner expects below what counts them.
fn planned(answers: &[Answer], index: usize) -> Result<u64> {
    let explained: Json = serde_json::from_str(field(answers, index)?).map_err(Error::internal)?;
    let mut node = explained.pointer("/0/Plan");
    while let Some(below) = node.and_then(|node| node.pointer("/Plans/0")) {
        let counts = |node: &Json| {
            let kind = node.get("Node Type").and_then(Json::as_str);
            kind.is_some_and(|kind| kind == "Aggregate" || kind.starts_with("Gather"))
        };
        if !node.is_some_and(counts) {
            break;
        }
        node = Some(below);
    }
    let rows = node.and_then(|node| node.get("Plan Rows"));
    rows.and_then(Json::as_u64)
        .ok_or_else(|| Error::internal("a plan tells no rows"))
}

fn field(answers: &[Answer], index: usize) -> Result<&str> {
    let row = answers.get(index).and_then(|answer| answer.rows.first());
    match row {
        Some(row) => Ok(row.get(0)?.unwrap_or_default()),
        None => Err(Error::internal("a count returned no row")),
    }
}
