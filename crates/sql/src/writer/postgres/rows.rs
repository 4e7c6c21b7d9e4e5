//! Inserts of rows of values, any number of them in one statement.

use underpin_base::{Name, QualifiedName, Result, Value, ValueRef};

use super::statement::Returning;
use super::writer::Writer;
use crate::tree::Conflict;
use crate::types::{self, ColumnType, Type, array};
use crate::writer::Bind;
use crate::writer::text::Text as _;

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

/// A column that any row supplies: its place in the rows, its name and its type.
pub(super) type Supplied<'a> = (usize, &'a Name, &'a Type);

impl<'a> Rows<'a> {
    /// Returns the columns that any row supplies. One that no row does is left away, so that the others can be arrays.
    pub(super) fn supplied(&self) -> Vec<Supplied<'a>> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter(|(index, _)| self.rows.iter().any(|row| cell(row, *index).is_some()))
            .map(|(index, (name, column))| (index, name, &column.ty))
            .collect()
    }

    /// Tells whether each row has a value for each of `columns`.
    pub(super) fn is_complete(&self, columns: &[Supplied<'_>]) -> bool {
        let has = |row: &Vec<Option<Value>>| {
            let mut places = columns.iter().map(|(index, _, _)| *index);
            places.all(|index| cell(row, index).is_some())
        };
        self.rows.iter().all(has)
    }
}

impl Writer {
    /// Writes the insert of `rows`.
    pub(super) fn rows_insert(&mut self, rows: &Rows<'_>, returning: &Returning<'_>) -> Result<()> {
        let supplied = rows.supplied();
        self.rows_into(rows, &supplied);
        if supplied.is_empty() {
            self.default_rows(rows.rows.len());
        } else if rows.is_complete(&supplied) {
            self.push(" ");
            self.unnested(&supplied, rows.rows)?;
        } else {
            self.listed_rows(&supplied, rows.rows)?;
        }
        self.conflict(rows.conflict, returning)?;
        self.returning(rows.alias, returning)
    }

    /// Writes what stands before the source of the rows.
    pub(super) fn rows_into(&mut self, rows: &Rows<'_>, supplied: &[Supplied<'_>]) {
        let names: Vec<&Name> = supplied.iter().map(|(_, name, _)| *name).collect();
        self.insert_into(rows.table, rows.alias, names.into_iter());
        match rows.overriding {
            Some(_) | None if supplied.is_empty() => {}
            None => {}
            Some(Overriding::System) => self.push(" overriding system value"),
            Some(Overriding::User) => self.push(" overriding user value"),
        }
    }

    /// Writes rows that have a value for every column: one array of texts for each column, cast element by element. The text is the
    /// same for any number of rows.
    pub(super) fn unnested(
        &mut self,
        columns: &[Supplied<'_>],
        rows: &[Vec<Option<Value>>],
    ) -> Result<()> {
        let source = self.new_name();
        let names: Vec<Name> = (1..=columns.len())
            .map(|number| Name::from(format!("column{number}")))
            .collect();
        self.push("select ");
        self.list(columns.iter().zip(&names), |writer, ((_, _, ty), name)| {
            writer.alias(&source);
            writer.push(".");
            writer.identifier(name);
            writer.push("::");
            writer.type_name(ty);
            Ok(())
        })?;
        self.push(" from rows from (");
        self.list(columns, |writer, (index, _, ty)| {
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
    fn listed_rows(&mut self, columns: &[Supplied<'_>], rows: &[Vec<Option<Value>>]) -> Result<()> {
        let shared = rows
            .len()
            .saturating_mul(columns.len())
            .div_ceil(PARAMETERS_MAX)
            .max(1);
        self.push(" values ");
        self.list(rows.chunks(shared), |writer, chunk| {
            writer.list(chunk.iter().enumerate(), |writer, (position, row)| {
                writer.push("(");
                writer.list(columns, |writer, (index, _, ty)| {
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
