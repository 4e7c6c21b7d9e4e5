//! Inserts of rows of values, any number of them in one statement.

use underpin_base::{Name, QualifiedName, Result, Value, ValueRef};

use super::statement::Returning;
use super::writer::Writer;
use crate::tree::Conflict;
use crate::types::{self, ColumnType, Type, array};
use crate::writer::Bind;

/// Most values that are parameters of their own; PostgreSQL's limit on parameters is 65,535, some of which others need.
const PARAMETERS_MAX: usize = 60_000;

/// An insert of rows of values.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The table.
    pub table: &'a QualifiedName,
    /// The name under which `conflict` knows the table's row.
    pub alias: &'a Name,
    /// The columns that the rows supply, with their types. A modifier is not applied here: the table refuses what is too long, where a
    /// cast would cut it.
    pub columns: &'a [(Name, ColumnType)],
    /// The rows, each as wide as `columns`; nothing is `default`.
    pub rows: &'a [Vec<Option<Value>>],
    /// `on conflict`.
    pub conflict: Option<&'a Conflict>,
    /// What values for identity columns mean.
    pub overriding: Option<Overriding>,
}

/// `overriding … value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overriding {
    /// `overriding system value`: they are taken although the column is always generated.
    System,
    /// `overriding user value`: they are ignored.
    User,
}

impl Writer {
    /// Writes the insert of `rows`.
    pub(super) fn rows_insert(&mut self, rows: &Rows<'_>, returning: &Returning<'_>) -> Result<()> {
        // A column that no row supplies is left away, so that the others can be arrays.
        let supplied: Vec<(usize, &(Name, ColumnType))> = rows
            .columns
            .iter()
            .enumerate()
            .filter(|(index, _)| rows.rows.iter().any(|row| cell(row, *index).is_some()))
            .collect();
        let names: Vec<&Name> = supplied.iter().map(|(_, (name, _))| name).collect();
        self.insert_into(rows.table, rows.alias, names.iter().copied());
        match rows.overriding {
            Some(_) | None if supplied.is_empty() => {}
            None => {}
            Some(Overriding::System) => self.push(" overriding system value"),
            Some(Overriding::User) => self.push(" overriding user value"),
        }
        let columns: Vec<(usize, &Type)> = supplied
            .iter()
            .map(|(index, (_, column))| (*index, &column.ty))
            .collect();
        let complete =
            |row: &Vec<Option<Value>>| columns.iter().all(|(index, _)| cell(row, *index).is_some());
        if columns.is_empty() {
            self.default_rows(rows.rows.len());
        } else if rows.rows.iter().all(complete) {
            self.unnested(&columns, rows.rows)?;
        } else {
            self.listed_rows(&columns, rows.rows)?;
        }
        self.conflict(rows.conflict, returning)?;
        self.returning(rows.alias, returning)
    }

    /// Writes rows that have a value for every column: one array of texts for each column, cast element by element. The text is the
    /// same for any number of rows.
    fn unnested(&mut self, columns: &[(usize, &Type)], rows: &[Vec<Option<Value>>]) -> Result<()> {
        let source = self.new_name();
        let names: Vec<Name> = (1..=columns.len())
            .map(|number| Name::from(format!("column{number}")))
            .collect();
        self.push(" select ");
        self.list(columns.iter().zip(&names), |writer, ((_, ty), name)| {
            writer.alias(&source);
            writer.push(".");
            writer.identifier(name);
            writer.push("::");
            writer.type_name(ty);
            Ok(())
        })?;
        self.push(" from rows from (");
        self.list(columns, |writer, (index, ty)| {
            writer.push("pg_catalog.unnest(");
            writer.texts(ty, rows.iter().map(|row| cell(row, *index)));
            writer.push(")");
            Ok(())
        })?;
        self.push(")");
        self.as_alias(&source);
        self.column_names(&names);
        Ok(())
    }

    /// Writes rows some of whose cells are `default`, which only `values` has. Where there are more values than PostgreSQL has
    /// parameters, several of a column share one as an array; not more than necessary, since the planner copies it for each.
    fn listed_rows(
        &mut self,
        columns: &[(usize, &Type)],
        rows: &[Vec<Option<Value>>],
    ) -> Result<()> {
        let shared = rows
            .len()
            .saturating_mul(columns.len())
            .div_ceil(PARAMETERS_MAX)
            .max(1);
        self.push(" values ");
        self.list(rows.chunks(shared), |writer, chunk| {
            writer.list(chunk.iter().enumerate(), |writer, (position, row)| {
                writer.push("(");
                writer.list(columns, |writer, (index, ty)| {
                    match cell(row, *index) {
                        None => writer.push("default"),
                        Some(value) if shared == 1 => writer.value(value, ty),
                        Some(_) => {
                            writer.push("(");
                            writer.texts(ty, chunk.iter().map(|row| cell(row, *index)));
                            writer.push(&format!(")[{}]::", position + 1));
                            writer.type_name(ty);
                        }
                    }
                    Ok(())
                })?;
                writer.push(")");
                Ok(())
            })
        })
    }

    /// Appends a parameter of the array of the texts of values of type `ty`; what is no value is null.
    fn texts<'v>(&mut self, ty: &Type, values: impl Iterator<Item = Option<&'v Value>>) {
        let texts: Vec<Value> = values
            .map(|value| match value {
                None | Some(Value::Null) => Value::Null,
                Some(value) => {
                    let mut text = String::new();
                    types::output(ty, ValueRef::from(value), &mut text);
                    Value::text(text)
                }
            })
            .collect();
        let array = array::from_values(&Type::Text, texts.iter().map(ValueRef::from));
        self.bind(Bind::Value(Value::text(array)), &Type::Text.array());
    }
}

fn cell(row: &[Option<Value>], index: usize) -> Option<&Value> {
    row.get(index).and_then(Option::as_ref)
}
