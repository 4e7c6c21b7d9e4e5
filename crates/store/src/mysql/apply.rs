//! Carrying changes of rows to the database, and saying which of its constraints refused them.

use std::sync::Arc;

use mysql_async::{ServerError, Value as Raw};
use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};
use underpin_schema::catalog::{Column, Generated, Table};
use underpin_schema::mysql::computes;
use underpin_sql::types::Type;
use underpin_sql::writer::mysql::{self, Dialect, Fact, Kept};
use underpin_sql::writer::quote_identifier;

use super::session::Session;
use super::{codec, error};
use crate::source::{Refused, RowChange};

/// The most values that one statement inserts.
const VALUES_MAX: usize = 4_000;

/// Carries changes out in their order; new rows of one table that follow each other come together.
///
/// # Errors
/// What the database refuses.
pub(super) async fn apply(
    session: &mut Session,
    changes: &[RowChange],
    dialect: &Dialect,
) -> Result<(), Refused> {
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let inserts = rest
            .iter()
            .take_while(|it| {
                it.old.is_none() && it.new.is_some() && Arc::ptr_eq(&it.table, &first.table)
            })
            .count();
        if inserts > 1 {
            let (rows, others) = rest.split_at(inserts);
            insert_together(session, rows, dialect).await?;
            rest = others;
            continue;
        }
        one(session, first, dialect).await?;
        rest = rest.get(1..).unwrap_or_default();
    }
    Ok(())
}

/// Inserts rows with as few statements as possible; when one is refused, one by one, so that it is known which.
async fn insert_together(
    session: &mut Session,
    rows: &[RowChange],
    dialect: &Dialect,
) -> Result<(), Refused> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let width = first.table.columns.len().max(1);
    for part in rows.chunks((VALUES_MAX / width).clamp(1, 500)) {
        session.run("SAVEPOINT rows_together").await?;
        match insert(session, part, dialect).await {
            Ok(()) => {
                session.run("RELEASE SAVEPOINT rows_together").await?;
                continue;
            }
            // The whole transaction is gone.
            Err(error) if *error.code() == Code::SERIALIZATION || session.is_lost() => {
                return Err(error.into());
            }
            Err(_) => {}
        }
        session.run("ROLLBACK TO SAVEPOINT rows_together").await?;
        for row in part {
            one(session, row, dialect).await?;
        }
    }
    Ok(())
}

async fn one(session: &mut Session, change: &RowChange, dialect: &Dialect) -> Result<(), Refused> {
    session.refused = None;
    let done = match (&change.old, &change.new) {
        (None, Some(_)) => insert(session, std::slice::from_ref(change), dialect).await,
        (Some(old), Some(new)) => update(session, &change.table, old, new, dialect).await,
        (Some(old), None) => delete(session, &change.table, old, dialect).await,
        (None, None) => Ok(()),
    };
    let Err(error) = done else {
        return Ok(());
    };
    let Some(server) = session.refused.take() else {
        return Err(error.into());
    };
    if server.code == 1451
        && let (Some(old), Some(new)) = (&change.old, &change.new)
        && let Some(taken) = taken_key(session, &change.table, old, new).await?
    {
        // PostgreSQL looks at foreign keys when the statement is done, at keys before.
        return Err(taken);
    }
    Err(refused(&server, error, change))
}

/// Returns the refusal of a new key that another row has.
async fn taken_key(
    session: &mut Session,
    table: &Arc<Table>,
    old: &[Value],
    new: &[Value],
) -> Result<Option<Refused>> {
    let place = |name: &Name| table.columns.iter().position(|it| it.name == *name);
    for key in table.primary_key.iter().chain(&table.uniques) {
        let changed =
            |name: &Name| place(name).is_some_and(|place| old.get(place) != new.get(place));
        if !key.columns.iter().any(changed) {
            continue;
        }
        let mut sql = format!("SELECT 1 FROM {}", name_of(table));
        let mut values = Vec::new();
        for name in &key.columns {
            let (Some(place), Some(column)) = (place(name), table.column(name)) else {
                continue;
            };
            sql.push_str(if values.is_empty() {
                " WHERE "
            } else {
                " AND "
            });
            quote_identifier(&mut sql, name);
            sql.push_str(" = ?");
            let value = new.get(place).unwrap_or(&Value::Null);
            values.push(codec::stored(value, &column.ty.ty)?);
        }
        sql.push_str(" LIMIT 1");
        if !session.rows(&sql, values).await?.is_empty() {
            return Ok(Some(Refused::Unique {
                table: Arc::clone(table),
                columns: key.columns.clone(),
                index: key.name.to_string(),
                row: new.to_vec(),
            }));
        }
    }
    Ok(None)
}

async fn insert(session: &mut Session, rows: &[RowChange], dialect: &Dialect) -> Result<()> {
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let table = &first.table;
    let written = written(table, dialect);
    let mut sql = format!("INSERT INTO {} (", name_of(table));
    for (index, (_, column)) in written.iter().enumerate() {
        sql.push_str(if index > 0 { ", " } else { "" });
        quote_identifier(&mut sql, &column.name);
    }
    sql.push_str(") VALUES ");
    let facts: Vec<&Fact> = written
        .iter()
        .map(|(_, column)| dialect.fact(&table.name, &column.name))
        .collect();
    let mut values = Vec::with_capacity(rows.len() * written.len());
    for (index, row) in rows.iter().enumerate() {
        sql.push_str(if index > 0 { ", (" } else { "(" });
        for (index, ((place, column), fact)) in written.iter().zip(&facts).enumerate() {
            sql.push_str(if index > 0 { ", " } else { "" });
            let value = row.new.as_ref().and_then(|new| new.get(*place));
            let value = value.unwrap_or(&Value::Null);
            if fact.given && value.is_null() {
                sql.push_str("DEFAULT");
                continue;
            }
            sql.push_str(place_of(&fact.kept));
            values.push(codec::stored(value, &column.ty.ty)?);
        }
        sql.push(')');
    }
    session.execute(&sql, values).await.map(drop)
}

async fn update(
    session: &mut Session,
    table: &Table,
    old: &[Value],
    new: &[Value],
    dialect: &Dialect,
) -> Result<()> {
    let mut sql = format!("UPDATE {} SET ", name_of(table));
    let mut values = Vec::new();
    for (place, column) in written(table, dialect) {
        if old.get(place) == new.get(place) {
            continue;
        }
        sql.push_str(if values.is_empty() { "" } else { ", " });
        quote_identifier(&mut sql, &column.name);
        sql.push_str(" = ");
        sql.push_str(place_of(&dialect.fact(&table.name, &column.name).kept));
        let value = new.get(place).unwrap_or(&Value::Null);
        values.push(codec::stored(value, &column.ty.ty)?);
    }
    if values.is_empty() {
        return Ok(());
    }
    this_row(table, old, dialect, &mut sql, &mut values)?;
    match session.execute(&sql, values).await? {
        0 => Err(gone(table)),
        _ => Ok(()),
    }
}

async fn delete(
    session: &mut Session,
    table: &Table,
    old: &[Value],
    dialect: &Dialect,
) -> Result<()> {
    let mut sql = format!("DELETE FROM {}", name_of(table));
    let mut values = Vec::new();
    this_row(table, old, dialect, &mut sql, &mut values)?;
    // A cascade may have taken it already.
    session.execute(&sql, values).await.map(drop)
}

/// Writes the condition that a row is `old`: by its key, or by all its values where there is none.
fn this_row(
    table: &Table,
    old: &[Value],
    dialect: &Dialect,
    sql: &mut String,
    values: &mut Vec<Raw>,
) -> Result<()> {
    let key = table.primary_key_columns();
    let mut word = " WHERE ";
    for (place, column) in table.columns.iter().enumerate() {
        if !key.is_empty() && !key.contains(&column.name) {
            continue;
        }
        let value = old.get(place).unwrap_or(&Value::Null);
        let mut name = String::new();
        quote_identifier(&mut name, &column.name);
        if key.is_empty() {
            if matches!(column.ty.ty, Type::Json | Type::Jsonb) && dialect.found {
                // One document is written in many ways.
                continue;
            }
            let kept = &dialect.fact(&table.name, &column.name).kept;
            name = kept.value(&name, dialect.flavour.collation());
        }
        sql.push_str(word);
        word = " AND ";
        sql.push_str(&name);
        sql.push_str(if key.is_empty() { " <=> ?" } else { " = ?" });
        values.push(codec::stored(value, &column.ty.ty)?);
    }
    sql.push_str(if key.is_empty() { " LIMIT 1" } else { "" });
    Ok(())
}

/// Returns the place of a value in a statement.
fn place_of(kept: &Kept) -> &'static str {
    match kept {
        Kept::Geometry => "ST_GeomFromGeoJSON(?)",
        _ => "?",
    }
}

/// Returns the columns that are written, with their places: all that the database does not compute.
fn written<'t>(table: &'t Table, dialect: &Dialect) -> Vec<(usize, &'t Column)> {
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| {
            !matches!(column.generated, Some(Generated::Stored(_)))
                || !computes(table, &column.name, dialect)
        })
        .collect()
}

fn name_of(table: &Table) -> String {
    let mut name = String::new();
    quote_identifier(&mut name, &mysql::table_name(&table.name));
    name
}

fn gone(table: &Table) -> Error {
    Error::new(
        Code::SERIALIZATION,
        format!(
            "a row of table \"{}\" was changed by another at the same time",
            table.name.name
        ),
    )
}

/// Says which constraint refused a change.
fn refused(server: &ServerError, said: Error, change: &RowChange) -> Refused {
    let table = Arc::clone(&change.table);
    if let Some(error) = error::of_row(server, &table.name.name) {
        return error.into();
    }
    let old = change.old.clone().unwrap_or_default();
    let new = change.new.clone().unwrap_or_default();
    match server.code {
        1062 | 1586 => {
            let index = quoted_last(&server.message);
            Refused::Unique {
                columns: key_columns(&table, &index),
                table,
                index,
                row: new,
            }
        }
        1452 | 1216 => match foreign_key(&server.message, &table) {
            Some(key) => Refused::NoParent {
                table,
                key,
                row: new,
            },
            None => said.into(),
        },
        1451 | 1217 => match child(&server.message, &table) {
            Some((child, key)) => Refused::Referenced {
                table,
                child,
                key,
                row: old,
            },
            None => said.into(),
        },
        _ => said.into(),
    }
}

/// Returns the key that `Duplicate entry 'x' for key 'name'` names; MySQL puts the table's name before it.
fn quoted_last(message: &str) -> String {
    let name = message
        .trim_end_matches('\'')
        .rsplit_once(" for key '")
        .map_or(message, |(_, name)| name);
    name.rsplit_once('.')
        .map_or(name, |(_, name)| name)
        .to_owned()
}

/// Returns the columns of the key or index of this name; none when it is not known.
fn key_columns(table: &Table, index: &str) -> Vec<Name> {
    if index == "PRIMARY" {
        return table.primary_key_columns().to_vec();
    }
    if let Some(key) = table.uniques.iter().find(|key| &*key.name == index) {
        return key.columns.clone();
    }
    let found = table.indexes.iter().find(|it| &*it.name == index);
    found
        .and_then(|index| index.keys.iter().map(|key| key.column.clone()).collect())
        .unwrap_or_default()
}

/// Returns the columns that the message says the foreign key has.
fn columns_of(message: &str) -> Option<Vec<String>> {
    let (_, rest) = message.split_once(" FOREIGN KEY (")?;
    let (columns, _) = rest.split_once(") REFERENCES ")?;
    Some(
        columns
            .split(", ")
            .map(|name| name.trim_matches(['`', '"']).to_owned())
            .collect(),
    )
}

fn foreign_key(message: &str, table: &Table) -> Option<Name> {
    let columns = columns_of(message)?;
    let same = |key: &&underpin_schema::catalog::ForeignKey| {
        key.columns
            .iter()
            .map(|it| &**it)
            .eq(columns.iter().map(|it| &**it))
    };
    table
        .foreign_keys
        .iter()
        .find(same)
        .map(|key| key.name.clone())
}

/// Returns the table whose rows refer to those of `table`, and its foreign key, from
/// ``(`database`.`child`, CONSTRAINT `name` FOREIGN KEY …``.
fn child(message: &str, _table: &Table) -> Option<(QualifiedName, Name)> {
    let (before, rest) = message.split_once(", CONSTRAINT ")?;
    let child = before
        .rsplit_once("`.`")
        .or_else(|| before.rsplit_once("\".\""))?
        .1;
    let child = child.trim_end_matches(['`', '"']);
    let name = rest.get(1..)?.split(['`', '"']).next()?;
    let child = match child.split_once('.') {
        Some((schema, name)) => QualifiedName::new(schema, name),
        None => QualifiedName::public(child),
    };
    let bare = name
        .strip_prefix(&format!("{}.", child.schema))
        .unwrap_or(name);
    Some((child, Name::from(bare)))
}
