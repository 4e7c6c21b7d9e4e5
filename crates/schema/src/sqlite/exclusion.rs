//! Exclusion constraints: triggers that look for a row beside which the new one may not stand.
//!
//! SQLite has neither the constraint nor the index behind it. After each row is written a trigger searches the table for another
//! with which all operators are true, and raises what `underpin_exclusion` makes of both rows' keys; the store says it in
//! PostgreSQL's words. The search goes by an index over the keys that must be equal, where there are any.

use underpin_base::{Name, Result};
use underpin_sql::functions::Operator;
use underpin_sql::infer;
use underpin_sql::tree::Expr;
use underpin_sql::writer::sqlite;

use super::{index, name_of};
use crate::catalog::{Index, IndexKey, Table};

/// The events after which rows are looked at.
const EVENTS: [&str; 2] = ["INSERT", "UPDATE"];

/// Returns the statements that make the constraint.
pub(super) fn create(table: &Table, constraint: &Index) -> Result<Vec<String>> {
    let mut statements = Vec::new();
    if let Some(equal) = equal_keys(constraint) {
        statements.extend(index::create(table, &equal)?);
    }
    for event in EVENTS {
        statements.push(format!(
            "CREATE TRIGGER {} AFTER {event} ON {} BEGIN\n  SELECT RAISE(ABORT, underpin_exclusion({})) {}\n   LIMIT 1;\nEND",
            trigger(table, constraint, event),
            name_of(table),
            arguments(constraint, &constraint.name),
            search(table, constraint, Some("rowid = NEW.rowid"))?
        ));
    }
    Ok(statements)
}

/// Returns the statements that remove the constraint.
pub(super) fn remove(table: &Table, constraint: &Index) -> Vec<String> {
    let mut statements: Vec<String> = EVENTS
        .iter()
        .map(|event| format!("DROP TRIGGER {}", trigger(table, constraint, event)))
        .collect();
    if let Some(equal) = equal_keys(constraint) {
        statements.extend(index::remove(table, &equal));
    }
    statements
}

/// Returns the query that fails when two rows that exist may not stand beside each other; none when `constraint` is a plain index.
pub(super) fn check(table: &Table, constraint: &Index) -> Result<Option<String>> {
    if constraint.exclusion.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "SELECT underpin_excluded({}, {}) {} LIMIT 1",
        literal(&key_list(constraint)),
        arguments(constraint, &constraint.name),
        search(table, constraint, None)?
    )))
}

/// Returns the keys as PostgreSQL lists them in its messages.
fn key_list(constraint: &Index) -> String {
    let keys: Vec<String> = constraint.keys.iter().map(IndexKey::shown).collect();
    keys.join(", ")
}

/// Returns the index over the keys that must be equal.
fn equal_keys(constraint: &Index) -> Option<Index> {
    let keys: Vec<IndexKey> = constraint
        .keys
        .iter()
        .zip(&constraint.exclusion)
        .filter(|(_, operator)| **operator == Operator::Equal)
        .map(|(key, _)| key.clone())
        .collect();
    (!keys.is_empty()).then(|| Index {
        method: Name::from("btree"),
        keys,
        exclusion: Vec::new(),
        ..constraint.clone()
    })
}

fn trigger(table: &Table, constraint: &Index, event: &str) -> String {
    index::name(
        table,
        &format!("{} ({})", constraint.name, event.to_ascii_lowercase()),
    )
}

/// Returns the arguments of the function that describes a conflict: the constraint, the keys' types, the keys of both rows.
fn arguments(constraint: &Index, name: &str) -> String {
    let types = constraint.keys.iter().map(|key| &key.expression.expr.ty);
    let mut arguments = vec![literal(name), literal(&sqlite::types_code(types))];
    for row in ["new", "old"] {
        arguments.extend((0..constraint.keys.len()).map(|place| column(row, place)));
    }
    arguments.join(", ")
}

/// Returns the name of key `place` of one of the two rows. The names differ, so that they need no alias before them.
fn column(row: &str, place: usize) -> String {
    format!("{row}_{place}")
}

/// Returns `from … where …` of the pairs of rows that are in conflict; `new` is the condition on the new one.
fn search(table: &Table, constraint: &Index, new: Option<&str>) -> Result<String> {
    let filter = match &constraint.filter {
        Some(filter) => Some(sqlite::expression_inline(&filter.expr)?),
        None => None,
    };
    let rows = |row: &str, condition: Option<&str>| -> Result<String> {
        let mut outputs = vec![format!("rowid AS {row}")];
        for (place, key) in constraint.keys.iter().enumerate() {
            let value = sqlite::expression_inline(&key.expression.expr)?;
            outputs.push(format!("{value} AS {}", column(row, place)));
        }
        let conditions: Vec<&str> = condition.into_iter().chain(filter.as_deref()).collect();
        let filtered = if conditions.is_empty() {
            String::new()
        } else {
            format!(" WHERE {}", conditions.join(" AND "))
        };
        Ok(format!(
            "(SELECT {} FROM {}{filtered})",
            outputs.join(", "),
            name_of(table)
        ))
    };
    let mut conditions = vec![if new.is_some() {
        "old <> new".to_owned()
    } else {
        "old < new".to_owned()
    }];
    for (place, (key, operator)) in constraint
        .keys
        .iter()
        .zip(&constraint.exclusion)
        .enumerate()
    {
        let side = |row| {
            let name = Name::from(column(row, place));
            Expr::column(&Name::from(row), &name, key.expression.expr.ty.clone())
        };
        let condition = infer::operator(*operator, side("old"), side("new"))?;
        conditions.push(sqlite::expression_inline(&condition)?);
    }
    Ok(format!(
        "\n    FROM {}\n   CROSS JOIN {}\n   WHERE {}",
        rows("new", new)?,
        rows("old", None)?,
        conditions.join(" AND ")
    ))
}

/// Returns text of our own as a literal.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
