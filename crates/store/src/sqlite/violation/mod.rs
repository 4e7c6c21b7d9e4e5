//! Violated constraints, named and described as PostgreSQL does.
//!
//! SQLite tells the columns of a unique set, the column that must not be null and the name of a check; of a foreign key it tells
//! nothing, so that [`foreign_key`] looks for it. Values of rows are shown only to those who may read them.

mod exclusion;
mod foreign_key;
mod source;
mod visible;

use underpin_base::{Code, Error, Name, ValueRef};
use underpin_schema::catalog::{Column, Table};
use underpin_schema::sqlite::identity_column;
use underpin_sql::tree::{Expr, Statement};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::sqlite::table_name;

use super::error::{Violated, violated};
use super::write::Execution;
use super::{execute, expression};

pub(super) use foreign_key::foreign_key;
pub(super) use source::of_source;
use visible::{may_read, may_read_whole};

/// The longest text of one value in `Failing row contains (…)`, in bytes: PostgreSQL's.
const SHOWN_BYTES_MAX: usize = 64;

/// A row by the names of its columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    columns: &'a [Name],
    values: &'a [ValueRef<'a>],
}

impl<'a> Row<'a> {
    /// Returns the row whose `columns` have `values`.
    pub(super) fn new(columns: &'a [Name], values: &'a [ValueRef<'a>]) -> Self {
        Self { columns, values }
    }

    /// Returns the value of a column; nothing when the row does not say.
    pub(super) fn get(&self, name: &str) -> Option<ValueRef<'a>> {
        let index = self.columns.iter().position(|column| **column == *name)?;
        self.values.get(index).copied()
    }
}

/// Returns the error of inserting `row` into `table`.
pub(super) fn of_row(
    execution: &Execution<'_>,
    table: &Table,
    cause: rusqlite::Error,
    row: &Row<'_>,
) -> Error {
    match violated(&cause) {
        None => execution.connection.convert(cause),
        Some(Violated::ForeignKey) => foreign_key(execution),
        Some(violated) => describe(execution, table, &violated, Some(row)),
    }
}

/// Returns the error of changing the row `rowid` of `table` so that it has the values `new`.
pub(super) fn of_changed_row(
    execution: &Execution<'_>,
    table: &Table,
    cause: rusqlite::Error,
    rowid: i64,
    new: &Row<'_>,
) -> Error {
    match violated(&cause) {
        None => execution.connection.convert(cause),
        Some(Violated::ForeignKey) => foreign_key(execution),
        Some(violated) => {
            let columns: Vec<Name> = table
                .columns
                .iter()
                .map(|column| column.name.clone())
                .collect();
            let Ok(old) = stored_row(execution, table, rowid) else {
                return describe(execution, table, &violated, None);
            };
            let values: Vec<ValueRef<'_>> = columns
                .iter()
                .zip(&old)
                .map(|(column, old)| new.get(column).unwrap_or_else(|| old.into()))
                .collect();
            let row = Row::new(&columns, &values);
            describe(execution, table, &violated, Some(&row))
        }
    }
}

/// Returns the error of the row `rowid` of `table`, which was written through `view` and which it does not show.
pub(super) fn of_view(execution: &Execution<'_>, table: &Table, view: &Name, rowid: i64) -> Error {
    let error = Error::new(
        Code::CHECK_OPTION,
        format!("new row violates check option for view \"{view}\""),
    );
    let Ok(values) = stored_row(execution, table, rowid) else {
        return error;
    };
    let columns: Vec<Name> = table.columns.iter().map(|c| c.name.clone()).collect();
    let values: Vec<ValueRef<'_>> = values.iter().map(ValueRef::from).collect();
    let row = Row::new(&columns, &values);
    with_failing_row(error, execution, table, Some(&row))
}

/// Returns the error of a constraint of any table: one that a cascade or a migration violated.
pub(super) fn elsewhere(execution: &Execution<'_>, violated: &Violated) -> Error {
    let is_of = |table: &Table| match violated {
        Violated::Unique(subject) => {
            let first = subject.split(", ").next().unwrap_or_default();
            column_named(table, first).is_some_and(|column| table.column(column).is_some())
        }
        Violated::NotNull(subject) => {
            column_named(table, subject).is_some_and(|column| table.column(column).is_some())
        }
        Violated::Check(name) => table.checks.iter().any(|check| *check.name == **name),
        Violated::Exclusion(conflict) => table.exclusion(&conflict.constraint).is_some(),
        Violated::ForeignKey | Violated::NoIdentity => false,
    };
    let tables = execution.schema.catalog.tables.values();
    match tables.into_iter().find(|table| is_of(table)) {
        Some(table) => describe(execution, table, violated, None),
        None => Error::internal(format!("an unknown constraint was violated: {violated:?}")),
    }
}

/// Returns the stored row `rowid`, every column of `table` in its order.
fn stored_row(
    execution: &Execution<'_>,
    table: &Table,
    rowid: i64,
) -> underpin_base::Result<Vec<underpin_base::Value>> {
    let alias = &table.name.name;
    let outputs = table
        .columns
        .iter()
        .map(|column| {
            let value = Expr::column(alias, &column.name, column.ty.ty.clone());
            expression::output(column.name.clone(), value)
        })
        .collect();
    let this_row = Expr::compare(
        underpin_sql::functions::Operator::Equal,
        expression::row_identity(alias),
        expression::parameter(0, &Type::Int8),
    );
    let query = expression::select(outputs, vec![expression::table_item(table)], Some(this_row));
    let rendered = underpin_sql::writer::sqlite::statement(&Statement::Select(Box::new(query)))?;
    let row = [ValueRef::Int(rowid)];
    let binding = execution.binding.with_row(&row);
    let mut statement = execute::prepare(execution.connection, &rendered, &binding)?;
    execute::first(execution.connection, &mut statement)
}

fn describe(
    execution: &Execution<'_>,
    table: &Table,
    violated: &Violated,
    row: Option<&Row<'_>>,
) -> Error {
    match violated {
        Violated::Unique(subject) => unique(execution, table, subject, row),
        Violated::NotNull(subject) => {
            let column = column_named(table, subject).unwrap_or(subject);
            let error = Error::new(
                Code::NOT_NULL,
                format!(
                    "null value in column \"{column}\" of relation \"{}\" violates not-null constraint",
                    table.name.name
                ),
            );
            with_failing_row(error, execution, table, row)
        }
        Violated::Check(name) => {
            if let Some(domain) = domain_of(table, name) {
                return Error::new(
                    Code::CHECK,
                    format!("value for domain {domain} violates check constraint \"{name}\""),
                );
            }
            let error = Error::new(
                Code::CHECK,
                format!(
                    "new row for relation \"{}\" violates check constraint \"{name}\"",
                    table.name.name
                ),
            );
            with_failing_row(error, execution, table, row)
        }
        Violated::Exclusion(conflict) => exclusion::describe(execution, table, conflict),
        Violated::ForeignKey => foreign_key(execution),
        Violated::NoIdentity => no_identity(execution, table, row),
    }
}

/// Returns the error of a row that was not written yet.
pub(super) fn of_proposed_row(
    execution: &Execution<'_>,
    table: &Table,
    violated: &Violated,
    row: &Row<'_>,
) -> Error {
    describe(execution, table, violated, Some(row))
}

/// Returns the error of a row without a value for `column`.
pub(super) fn no_value(
    execution: &Execution<'_>,
    table: &Table,
    column: &str,
    row: &Row<'_>,
) -> Error {
    let subject = format!("{}.{column}", table_name(&table.name));
    describe(execution, table, &Violated::NotNull(subject), Some(row))
}

/// Returns the error of a row without a value for the table's identity column.
pub(super) fn no_identity(
    execution: &Execution<'_>,
    table: &Table,
    row: Option<&Row<'_>>,
) -> Error {
    let column = identity_column(table).map_or("", |column| &*column.name);
    let subject = format!("{}.{column}", table_name(&table.name));
    describe(execution, table, &Violated::NotNull(subject), row)
}

/// Returns the column that SQLite calls `table.column`.
/// Returns the domain that the check `name` comes from, as PostgreSQL names a type: with its schema when that is not searched.
fn domain_of(table: &Table, name: &str) -> Option<String> {
    let check = table.checks.iter().find(|check| &*check.name == name)?;
    let domain = check.domain.as_ref()?;
    let searched = [&*table.name.schema, "public"].contains(&&*domain.schema);
    Some(if searched {
        domain.name.to_string()
    } else {
        domain.to_string()
    })
}

fn column_named<'s>(table: &Table, subject: &'s str) -> Option<&'s str> {
    subject
        .strip_prefix(table_name(&table.name).as_str())?
        .strip_prefix('.')
}

fn unique(execution: &Execution<'_>, table: &Table, subject: &str, row: Option<&Row<'_>>) -> Error {
    let columns: Option<Vec<&str>> = subject
        .split(", ")
        .map(|part| column_named(table, part))
        .collect();
    let name = match &columns {
        Some(columns) => key_name(table, columns),
        None => index_name(table, subject),
    };
    let error = Error::new(
        Code::UNIQUE,
        format!(
            "duplicate key value violates unique constraint \"{}\"",
            name.as_deref().unwrap_or(subject)
        ),
    );
    let (Some(columns), Some(row)) = (columns, row) else {
        return error;
    };
    if !may_read(execution, table, &columns) {
        return error;
    }
    match key_text(table, &columns, &|column| row.get(column)) {
        Some(key) => error.details(format!("Key {key} already exists.")),
        None => error,
    }
}

/// Writes a key as PostgreSQL does: `(a, b)=(1, 2)`; nothing when a value is not known.
fn key_text<'v>(
    table: &Table,
    columns: &[&str],
    value: &dyn Fn(&str) -> Option<ValueRef<'v>>,
) -> Option<String> {
    let mut values = String::new();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            values.push_str(", ");
        }
        let ty = &table.column(column)?.ty.ty;
        types::output(ty, value(column)?, &mut values);
    }
    Some(format!("({})=({values})", columns.join(", ")))
}

/// Returns the name of the primary key, unique constraint or unique index on `columns`.
fn key_name(table: &Table, columns: &[&str]) -> Option<Name> {
    let same = |key: &[Name]| key.iter().map(|name| &**name).eq(columns.iter().copied());
    table
        .primary_key
        .iter()
        .chain(&table.uniques)
        .find(|key| same(&key.columns))
        .map(|key| key.name.clone())
        .or_else(|| {
            let index = table.indexes.iter().find(|index| {
                let plain: Option<Vec<Name>> =
                    index.keys.iter().map(|key| key.column.clone()).collect();
                index.unique && plain.is_some_and(|key| same(&key))
            })?;
            Some(index.name.clone())
        })
}

/// Returns the name of the index that SQLite calls `index 'name'`, without the schema that its name in the file may begin with.
fn index_name(table: &Table, subject: &str) -> Option<Name> {
    let name = subject.strip_prefix("index '")?.strip_suffix('\'')?;
    let bare = name
        .strip_prefix(&*table.name.schema)
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(name);
    Some(Name::from(bare))
}

fn with_failing_row(
    error: Error,
    execution: &Execution<'_>,
    table: &Table,
    row: Option<&Row<'_>>,
) -> Error {
    let Some(row) = row else {
        return error;
    };
    let readable: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| may_read(execution, table, &[&*column.name]))
        .collect();
    if readable.is_empty() {
        return error;
    }
    let values: Vec<String> = readable
        .iter()
        .map(|column| match row.get(&column.name) {
            None if column.generated.is_some() => next_identity(execution, table, column),
            value => shown(column, value),
        })
        .collect();
    let values = values.join(", ");
    if may_read_whole(execution, table) {
        return error.details(format!("Failing row contains ({values})."));
    }
    let names: Vec<&str> = readable.iter().map(|column| &*column.name).collect();
    error.details(format!(
        "Failing row contains ({}) = ({values}).",
        names.join(", ")
    ))
}

/// Returns the number that the row would have got; PostgreSQL takes it before it looks at constraints.
fn next_identity(execution: &Execution<'_>, table: &Table, column: &Column) -> String {
    let is_identity = identity_column(table).is_some_and(|identity| identity.name == column.name);
    if !is_identity {
        return shown(column, None);
    }
    let last: i64 = execution
        .connection
        .raw()
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = ?1",
            [table_name(&table.name)],
            |row| row.get(0),
        )
        // The first row of a table has none.
        .unwrap_or(0);
    last.saturating_add(1).to_string()
}

fn shown(column: &Column, value: Option<ValueRef<'_>>) -> String {
    let Some(value) = value.filter(|value| *value != ValueRef::Null) else {
        return "null".to_owned();
    };
    let mut text = String::new();
    types::output(&column.ty.ty, value, &mut text);
    if text.len() > SHOWN_BYTES_MAX {
        text.truncate(text.floor_char_boundary(SHOWN_BYTES_MAX));
        text.push_str("...");
    }
    text
}
