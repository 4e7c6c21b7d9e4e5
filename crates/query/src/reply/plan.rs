//! How a query would be answered, told in the shape of PostgreSQL's `explain`.
//!
//! An engine says its plan as [`PlanNode`]s. They name tables, indexes and what is done with them, never a condition of a policy or a
//! value; costs are not told, since an engine's numbers would not be PostgreSQL's.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};
use underpin_base::Name;

use crate::request::PlanForm;

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PlanNode {
    /// PostgreSQL's word for it, such as `Seq Scan`.
    pub kind: &'static str,
    /// What it does to its table: `Insert`, `Update`, `Delete`.
    pub operation: Option<&'static str>,
    /// The table that is read or changed, and the name under which the query knows it.
    pub relation: Option<(String, String)>,
    /// The index that is used.
    pub index: Option<String>,
    /// Which columns the index is asked for, without values.
    pub condition: Option<String>,
    /// It is evaluated for a row of its parent: `SubPlan`, or once: `InitPlan`.
    pub subplan: Option<&'static str>,
    /// What it takes its rows from.
    pub plans: Vec<Self>,
}

/// What happened when the query was run, for `analyze`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ran {
    /// How many rows it returned.
    pub rows: u64,
    /// How long it took, in milliseconds.
    pub milliseconds: f64,
}

/// Returns the body that tells `plan`; `columns` are what the query returns.
pub fn explained(plan: &PlanNode, form: PlanForm, columns: &[Name], ran: Option<Ran>) -> Vec<u8> {
    // Rows become one JSON value, as an aggregate would make it.
    let top = PlanNode {
        kind: "Aggregate",
        plans: vec![plan.clone()],
        ..PlanNode::default()
    };
    if form.json {
        as_json(&top, form, columns, ran).to_string().into_bytes()
    } else {
        as_text(&top, form, columns, ran).into_bytes()
    }
}

fn as_json(top: &PlanNode, form: PlanForm, columns: &[Name], ran: Option<Ran>) -> Json {
    let mut plan = node(top);
    if form.verbose
        && let Some(first) = plan
            .get_mut("Plans")
            .and_then(|plans| plans.get_mut(0))
            .and_then(Json::as_object_mut)
    {
        let names: Vec<&str> = columns.iter().map(|name| &**name).collect();
        first.insert("Output".to_owned(), json!(names));
    }
    let mut told = Map::new();
    if let Some(ran) = ran {
        plan.insert("Actual Rows".to_owned(), json!(ran.rows));
        told.insert("Execution Time".to_owned(), json!(ran.milliseconds));
    }
    told.insert("Plan".to_owned(), Json::Object(plan));
    if form.settings {
        told.insert("Settings".to_owned(), json!({}));
    }
    json!([told])
}

fn node(plan: &PlanNode) -> Map<String, Json> {
    let mut told = Map::new();
    told.insert("Node Type".to_owned(), json!(plan.kind));
    if let Some(operation) = plan.operation {
        told.insert("Operation".to_owned(), json!(operation));
    }
    if let Some((relation, alias)) = &plan.relation {
        told.insert("Relation Name".to_owned(), json!(relation));
        told.insert("Alias".to_owned(), json!(alias));
    }
    if let Some(index) = &plan.index {
        told.insert("Index Name".to_owned(), json!(index));
    }
    if let Some(condition) = &plan.condition {
        told.insert("Index Cond".to_owned(), json!(condition));
    }
    if let Some(subplan) = plan.subplan {
        told.insert("Parent Relationship".to_owned(), json!(subplan));
    }
    if !plan.plans.is_empty() {
        let plans: Vec<Json> = plan.plans.iter().map(|it| Json::Object(node(it))).collect();
        told.insert("Plans".to_owned(), Json::Array(plans));
    }
    told
}

fn as_text(top: &PlanNode, form: PlanForm, columns: &[Name], ran: Option<Ran>) -> String {
    let mut text = String::new();
    lines(top, 0, &mut text);
    if form.verbose {
        // Behind the line of the step that makes the rows.
        let output = format!("        Output: {}\n", columns.join(", "));
        let behind = text
            .match_indices('\n')
            .nth(1)
            .map_or(text.len(), |(at, _)| at + 1);
        text.insert_str(behind, &output);
    }
    if let Some(ran) = ran {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "Actual Rows: {}", ran.rows);
        let _ = writeln!(text, "Execution Time: {:.3} ms", ran.milliseconds);
    }
    text.truncate(text.trim_end().len());
    text
}

fn lines(plan: &PlanNode, indent: usize, text: &mut String) {
    let space = " ".repeat(indent);
    let arrow = if indent == 0 { "" } else { "->  " };
    let said = plan.operation.unwrap_or(plan.kind);
    let mut line = format!("{space}{arrow}{said}");
    if let Some(index) = &plan.index {
        line.push_str(&format!(" using {index}"));
    }
    if let Some((relation, alias)) = &plan.relation {
        line.push_str(&format!(" on {relation}"));
        if alias != relation {
            line.push_str(&format!(" {alias}"));
        }
    }
    text.push_str(&line);
    text.push('\n');
    let inner = indent + if indent == 0 { 2 } else { 6 };
    if let Some(condition) = &plan.condition {
        text.push_str(&format!("{}Index Cond: {condition}\n", " ".repeat(inner)));
    }
    for plan in &plan.plans {
        if let Some(subplan) = plan.subplan {
            text.push_str(&format!("{}{subplan}\n", " ".repeat(inner)));
            lines(plan, inner + 2, text);
        } else {
            lines(plan, inner, text);
        }
    }
}

#[cfg(test)]
mod tests;
