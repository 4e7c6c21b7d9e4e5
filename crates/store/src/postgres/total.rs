//! How many rows there are without limit and offset: counted, or as PostgreSQL's planner estimates it.

use serde_json::Value as Json;
use underpin_base::{Error, Result};
use underpin_query::plan::{Plan, Read, Total};
use underpin_sql::writer::postgres::{self, Contexts};

use super::client::{Answer, Query};
use super::render;

/// Returns the queries that tell a total: what counts, and what estimates.
pub(super) fn queries(total: &Total, plan: &Plan, contexts: Contexts) -> Result<Vec<Query>> {
    let exact = render::query(&postgres::select_for(&total.exact, contexts)?, plan)?;
    let Some(estimate) = &total.estimate else {
        return Ok(vec![exact]);
    };
    let sql = format!("explain (format json) {}", exact.sql);
    let mut queries = vec![Query::new(sql, exact.parameters)];
    if let Some(bounded) = &estimate.bounded {
        queries.push(render::query(
            &postgres::select_for(&bounded.select, contexts)?,
            plan,
        )?);
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
    expected(&explained).ok_or_else(|| Error::internal("a plan tells no rows"))
}

fn expected(explained: &Json) -> Option<u64> {
    let mut node = explained.pointer("/0/Plan")?;
    let mut workers = 0;
    while let Some(below) = node.pointer("/Plans/0") {
        let kind = node.get("Node Type").and_then(Json::as_str)?;
        if kind != "Aggregate" && !kind.starts_with("Gather") {
            break;
        }
        let planned = node.get("Workers Planned").and_then(Json::as_u64);
        workers = planned.unwrap_or(workers);
        node = below;
    }
    let rows = node.get("Plan Rows").and_then(Json::as_u64)?;
    // Below a gathering node, PostgreSQL tells the rows of each of those that share the work; the first does less of it the more help it has.
    let leader = 10_u64.saturating_sub(3 * workers);
    Some(match workers {
        0 => rows,
        workers => rows.saturating_mul(10 * workers + leader) / 10,
    })
}

fn field(answers: &[Answer], index: usize) -> Result<&str> {
    let row = answers.get(index).and_then(|answer| answer.rows.first());
    match row {
        Some(row) => Ok(row.get(0)?.unwrap_or_default()),
        None => Err(Error::internal("a count returned no row")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::expected;

    #[test]
    fn the_rows_of_all_workers_are_expected() {
        let scan = json!({ "Node Type": "Seq Scan", "Plan Rows": 416_667 });
        let alone =
            json!([{ "Plan": { "Node Type": "Aggregate", "Plan Rows": 1, "Plans": [scan] } }]);
        assert_eq!(expected(&alone), Some(416_667));
        let shared = |workers: u64| {
            let partial = json!({ "Node Type": "Aggregate", "Plan Rows": 1, "Plans": [scan] });
            let gather = json!({ "Node Type": "Gather", "Workers Planned": workers, "Plan Rows": 2, "Plans": [partial] });
            json!([{ "Plan": { "Node Type": "Aggregate", "Plan Rows": 1, "Plans": [gather] } }])
        };
        assert_eq!(expected(&shared(2)), Some(1_000_000));
        assert_eq!(expected(&shared(4)), Some(1_666_668));
        assert_eq!(expected(&json!([{}])), None);
    }
}
