//! How SQLite would answer a query: its `EXPLAIN QUERY PLAN` in PostgreSQL's words.

use std::time::Instant;

use underpin_base::{Name, Result, Value};
use underpin_query::plan::{Change, Read, Write};
use underpin_query::reply::{PlanNode, Ran, Rows, explained};
use underpin_query::request::PlanForm;
use underpin_sql::writer::{Rendered, sqlite};

use super::bind::Binding;
use super::connection::Connection;
use super::execute;
use super::expression::{output, row_identity, select, table_item};
use super::write::Execution;

/// A line of SQLite's plan.
struct Line {
    id: i64,
    parent: i64,
    detail: String,
}

/// Tells how `read` would be answered; with `analyze`, also what happened when it was.
pub(super) fn explain(
    connection: &Connection,
    read: &Read,
    form: PlanForm,
    binding: &Binding<'_>,
) -> Result<Rows> {
    let rendered = sqlite::select_indexed(&read.select, &connection.word_indexes())?;
    let ran = if form.analyze {
        let start = Instant::now();
        let mut statement = execute::prepare(connection, &rendered, binding)?;
        let rows = execute::count_rows(connection, &mut statement)?;
        Some(Ran {
            rows,
            milliseconds: start.elapsed().as_secs_f64() * 1_000.0,
        })
    } else {
        None
    };
    let lines = lines(connection, &rendered, binding)?;
    let columns: Vec<Name> = read.columns.iter().map(|(name, _)| name.clone()).collect();
    Ok(Rows {
        body: explained(&below(&lines, 0), form, &columns, ran),
        count: 1,
        ..Rows::default()
    })
}

impl Execution<'_> {
    /// Tells how `write` would be carried out; with `analyze` it is, and what happened is told too.
    pub(super) fn explain_write(&self, write: &Write, form: PlanForm) -> Result<Rows> {
        let (operation, filter) = match &write.change {
            Change::Insert(_) => ("Insert", None),
            Change::Update(update) => ("Update", Some(&update.filter)),
            Change::Delete(delete) => ("Delete", Some(&delete.filter)),
        };
        let table = &write.table.name;
        let rows = match filter {
            None => below(&[], 0),
            Some(filter) => {
                let identity = output("row", row_identity(&table.name));
                let from = vec![table_item(&write.table)];
                let found = select(vec![identity], from, Some(filter.clone()));
                let rendered = sqlite::select_indexed(&found, &self.connection.word_indexes())?;
                below(&lines(self.connection, &rendered, &self.binding)?, 0)
            }
        };
        let ran = if form.analyze {
            let start = Instant::now();
            let (changed, _) = self.write(write, &|_| Ok(None::<Rows>))?;
            Some(Ran {
                rows: changed.affected,
                milliseconds: start.elapsed().as_secs_f64() * 1_000.0,
            })
        } else {
            None
        };
        let plan = PlanNode {
            kind: "ModifyTable",
            operation: Some(operation),
            relation: Some((table.name.to_string(), table.name.to_string())),
            plans: vec![rows],
            ..PlanNode::default()
        };
        let returned = write.returning.iter().flat_map(|read| &read.columns);
        let columns: Vec<Name> = returned.map(|(name, _)| name.clone()).collect();
        Ok(Rows {
            body: explained(&plan, form, &columns, ran),
            count: 1,
            ..Rows::default()
        })
    }
}

fn lines(connection: &Connection, rendered: &Rendered, binding: &Binding<'_>) -> Result<Vec<Line>> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", rendered.sql))?;
    binding.apply(&mut statement, &rendered.binds)?;
    let rows = execute::all(connection, &mut statement)?;
    let line = |row: Vec<Value>| match <[Value; 4]>::try_from(row) {
        Ok([Value::Int(id), Value::Int(parent), _, Value::Text(detail)]) => Some(Line {
            id,
            parent,
            detail: detail.to_string(),
        }),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

/// Returns what stands below the line `parent`: several tables are joined by loops, and sorting and grouping go around them.
fn below(lines: &[Line], parent: i64) -> PlanNode {
    let mut inputs = Vec::new();
    let mut subplans = Vec::new();
    let mut around = Vec::new();
    for line in lines.iter().filter(|line| line.parent == parent) {
        let detail = line.detail.as_str();
        if let Some(purpose) = detail.strip_prefix("USE TEMP B-TREE FOR ") {
            around.push(match purpose {
                "GROUP BY" => "GroupAggregate",
                "DISTINCT" => "Unique",
                "ORDER BY" => "Sort",
                _ => "Incremental Sort",
            });
        } else if let Some(subplan) = subplan(detail) {
            subplans.push(PlanNode {
                subplan: Some(subplan),
                ..below(lines, line.id)
            });
        } else {
            inputs.push(input(lines, line));
        }
    }
    let mut node = match inputs.len() {
        0 => PlanNode {
            kind: "Result",
            ..PlanNode::default()
        },
        1 => inputs.swap_remove(0),
        _ => PlanNode {
            kind: "Nested Loop",
            plans: inputs,
            ..PlanNode::default()
        },
    };
    node.plans.extend(subplans);
    for kind in around {
        node = PlanNode {
            kind,
            plans: vec![node],
            ..PlanNode::default()
        };
    }
    node
}

fn subplan(detail: &str) -> Option<&'static str> {
    let is = |prefix: &str| detail.starts_with(prefix);
    if is("CORRELATED ") || is("LIST SUBQUERY") || is("REUSE LIST SUBQUERY") {
        Some("SubPlan")
    } else if is("SCALAR SUBQUERY") {
        Some("InitPlan")
    } else {
        None
    }
}

fn input(lines: &[Line], line: &Line) -> PlanNode {
    let detail = line.detail.as_str();
    if let Some(rest) = detail.strip_prefix("SCAN ") {
        return scan(rest);
    }
    if let Some(rest) = detail.strip_prefix("SEARCH ") {
        return search(rest);
    }
    let kind = match detail {
        _ if detail.starts_with("CO-ROUTINE") || detail.starts_with("MATERIALIZE") => {
            "Subquery Scan"
        }
        "COMPOUND QUERY" => "Append",
        "MULTI-INDEX OR" => "BitmapOr",
        _ if detail.starts_with("MERGE") => "Merge Append",
        "SETUP" | "RECURSIVE STEP" => "Recursive Union",
        _ => "Result",
    };
    let inner = below(lines, line.id);
    if kind == "Result" {
        return inner;
    }
    PlanNode {
        kind,
        plans: vec![inner],
        ..PlanNode::default()
    }
}

fn scan(rest: &str) -> PlanNode {
    if rest == "CONSTANT ROW" || rest.ends_with("CONSTANT ROWS") {
        return PlanNode {
            kind: "Result",
            ..PlanNode::default()
        };
    }
    let (name, how) = rest.split_once(" USING ").unwrap_or((rest, ""));
    let (name, kind) = match name.split_once(" VIRTUAL TABLE") {
        Some((name, _)) => (name, "Function Scan"),
        None if how.starts_with("COVERING INDEX") => (name, "Index Only Scan"),
        None if !how.is_empty() => (name, "Index Scan"),
        None => (name, "Seq Scan"),
    };
    PlanNode {
        kind,
        relation: Some(relation(name)),
        index: index(how),
        ..PlanNode::default()
    }
}

fn search(rest: &str) -> PlanNode {
    let (name, how) = rest.split_once(" USING ").unwrap_or((rest, ""));
    let (how, condition) = match how.split_once(" (") {
        Some((how, condition)) => (how, condition.rsplit_once(')').map(|(inner, _)| inner)),
        None => (how, None),
    };
    PlanNode {
        kind: if how.contains("COVERING INDEX") {
            "Index Only Scan"
        } else {
            "Index Scan"
        },
        relation: Some(relation(name)),
        index: index(how),
        condition: condition.map(|condition| format!("({condition})")),
        ..PlanNode::default()
    }
}

/// Returns a table's name and its alias; an alias that the planner made is the name, a mark and numbers.
fn relation(alias: &str) -> (String, String) {
    let alias = [" LEFT-JOIN", " EXISTS"]
        .iter()
        .fold(alias, |alias, how| alias.strip_suffix(how).unwrap_or(alias));
    let name = alias.split('#').next().unwrap_or(alias);
    (name.to_owned(), alias.to_owned())
}

fn index(how: &str) -> Option<String> {
    let name = how.rsplit_once("INDEX ").map(|(_, name)| name);
    match name {
        Some(name) => Some(name.trim_end_matches(" LEFT-JOIN").to_owned()),
        None if how.starts_with("INTEGER PRIMARY KEY") => Some("primary key".to_owned()),
        None => None,
    }
}
