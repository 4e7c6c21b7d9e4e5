//! What the constraints of another database refused, when the rows are that database's.

use underpin_base::{Error, Name, Value, ValueRef};
use underpin_schema::catalog::{ForeignKey, Table};
use underpin_sql::writer::sqlite::table_name;

use super::super::error::Violated;
use super::super::write::Execution;
use super::foreign_key::{no_parent, referenced};
use super::{Row, describe};
use crate::source::Refused;

/// Returns the error of a change that was refused.
pub(in crate::sqlite) fn of_source(execution: &Execution<'_>, refused: Refused) -> Error {
    match refused {
        Refused::Error(error) => error,
        Refused::Unique {
            table,
            columns,
            index,
            row,
        } => {
            let file = table_name(&table.name);
            let subject = match columns.is_empty() {
                true => format!("index '{index}'"),
                false => {
                    let parts = columns.iter().map(|column| format!("{file}.{column}"));
                    parts.collect::<Vec<_>>().join(", ")
                }
            };
            let names: Vec<Name> = table.columns.iter().map(|it| it.name.clone()).collect();
            let values: Vec<ValueRef<'_>> = row.iter().map(ValueRef::from).collect();
            let row = Row::new(&names, &values);
            describe(execution, &table, &Violated::Unique(subject), Some(&row))
        }
        Refused::NoParent { table, key, row } => match key_of(&table, &key) {
            Some(found) => no_parent(execution, &table, found, &value(&table, &row)),
            None => Error::internal(format!("an unknown foreign key {key}")),
        },
        Refused::Referenced {
            table,
            child,
            key,
            row,
        } => {
            let found = execution.schema.catalog.tables.get(&child);
            match found.and_then(|child| key_of(child, &key)) {
                Some(found) => referenced(execution, &table, &child, found, &value(&table, &row)),
                None => Error::internal(format!("an unknown foreign key {key}")),
            }
        }
    }
}

fn key_of<'t>(table: &'t Table, name: &Name) -> Option<&'t ForeignKey> {
    table.foreign_keys.iter().find(|key| key.name == *name)
}

fn value<'v>(table: &'v Table, row: &'v [Value]) -> impl Fn(&Name) -> Option<ValueRef<'v>> {
    move |name| {
        let place = table.columns.iter().position(|it| it.name == *name)?;
        row.get(place).map(ValueRef::from)
    }
}
