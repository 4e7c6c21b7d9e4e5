//! Counters: SQLite's own of a table's key, and the engine's sequences.

use underpin_base::{Name, QualifiedName, Result, Value, ValueRef};
use underpin_schema::catalog::Catalog;
use underpin_schema::sqlite::identity_column;
use underpin_sql::writer::sqlite::table_name;

use super::super::bind;
use super::super::connection::Connection;
use super::super::execute;
use super::read::{number, quoted};
use crate::copy::{Counted, Counter, counted_columns};

/// What counts, as the engine keeps it.
#[derive(Debug)]
pub(crate) enum Kept {
    /// The counter of a table's key.
    Key(QualifiedName, Name),
    /// A sequence, and the column that it belongs to.
    Sequence(String, Option<(QualifiedName, Name)>),
}

/// Returns everything that counts up.
pub(crate) fn all(catalog: &Catalog) -> Vec<(Counted, Kept)> {
    let mut all = Vec::new();
    for sequence in catalog.sequences.values() {
        let counted = match &sequence.owner {
            Some((table, column)) => Counted::Column(table.clone(), column.clone()),
            None => Counted::Sequence(sequence.name.clone()),
        };
        let kept = Kept::Sequence(table_name(&sequence.name), sequence.owner.clone());
        all.push((counted, kept));
    }
    for (name, column, sequence) in counted_columns(catalog) {
        let counted = Counted::Column(name.clone(), column.clone());
        let is_known = all.iter().any(|(known, _)| *known == counted);
        let table = catalog.tables.get(&name);
        let is_key = table
            .and_then(|table| identity_column(table))
            .is_some_and(|key| key.name == column);
        let is_of_project = |sequence: &str| {
            let sequences = catalog.sequences.keys();
            sequences
                .into_iter()
                .any(|name| table_name(name) == sequence)
        };
        match sequence {
            _ if is_known => {}
            _ if is_key => all.push((counted, Kept::Key(name, column))),
            Some(sequence) if !is_of_project(&sequence) => {
                all.push((counted, Kept::Sequence(sequence, Some((name, column)))));
            }
            _ => {}
        }
    }
    all
}

/// Reads where every counter stands.
pub(super) fn read(connection: &Connection, catalog: &Catalog) -> Result<Vec<Counter>> {
    let has_sequences = has_sequences(connection)?;
    let mut counters = Vec::new();
    for (counted, kept) in all(catalog) {
        let next = match kept {
            Kept::Key(table, _) => one(
                connection,
                "SELECT seq + 1 FROM sqlite_sequence WHERE name = ?1",
                &table_name(&table),
            )?,
            Kept::Sequence(name, _) if has_sequences => one(
                connection,
                "SELECT value + called FROM underpin_sequences WHERE name = ?1",
                &name,
            )?,
            Kept::Sequence(..) => None,
        };
        counters.push(Counter { counted, next });
    }
    Ok(counters)
}

fn has_sequences(connection: &Connection) -> Result<bool> {
    let found = "SELECT count(*) FROM sqlite_schema WHERE name = 'underpin_sequences'";
    Ok(number(connection, found)? != 0)
}

fn one(connection: &Connection, sql: &str, name: &str) -> Result<Option<i64>> {
    let mut statement = connection.prepare(sql)?;
    bind::set(&mut statement, 1, ValueRef::Text(name))?;
    match execute::first(connection, &mut statement)?.first() {
        Some(Value::Int(next)) => Ok(Some(*next)),
        _ => Ok(None),
    }
}

/// Lets every counter go on where `counters` say, and past the highest value of its column.
pub(super) fn write(
    connection: &Connection,
    catalog: &Catalog,
    counters: &[Counter],
) -> Result<()> {
    for (counted, kept) in all(catalog) {
        let counter = counters.iter().find(|counter| counter.counted == counted);
        let stood = counter.and_then(|counter| counter.next);
        let highest = match &kept {
            Kept::Key(table, column) | Kept::Sequence(_, Some((table, column))) => {
                highest(connection, table, column)?
            }
            Kept::Sequence(_, None) => None,
        };
        let Some(next) = stood.max(highest.map(|highest| highest.saturating_add(1))) else {
            continue;
        };
        match kept {
            Kept::Key(table, _) => {
                let name = table_name(&table);
                run(
                    connection,
                    "DELETE FROM sqlite_sequence WHERE name = ?1",
                    &name,
                    None,
                )?;
                let set = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
                run(connection, set, &name, Some(next.saturating_sub(1)))?;
            }
            Kept::Sequence(name, _) => {
                run(
                    connection,
                    "SELECT pg_setval_called(?1, ?2, 0)",
                    &name,
                    Some(next),
                )?;
            }
        }
    }
    Ok(())
}

fn highest(connection: &Connection, table: &QualifiedName, column: &Name) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT max({}) FROM {}",
        quoted(column),
        quoted(&table_name(table))
    );
    let mut statement = connection.prepare(&sql)?;
    match execute::first(connection, &mut statement)?.first() {
        Some(Value::Int(highest)) => Ok(Some(*highest)),
        _ => Ok(None),
    }
}

fn run(connection: &Connection, sql: &str, name: &str, value: Option<i64>) -> Result<()> {
    let mut statement = connection.prepare(sql)?;
    bind::set(&mut statement, 1, ValueRef::Text(name))?;
    if let Some(value) = value {
        bind::set(&mut statement, 2, ValueRef::Int(value))?;
    }
    execute::all(connection, &mut statement).map(drop)
}
