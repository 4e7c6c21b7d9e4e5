//! [`Ahead`]: the rows of an upsert, with the rows of the table that they may meet brought together.

use std::borrow::Cow;
use std::collections::VecDeque;

use underpin_base::{Result, Value};
use underpin_query::plan::{Cell, InsertRows};
use underpin_schema::catalog::Table;
use underpin_schema::sqlite::identity_column;

use super::super::bind::Binding;
use super::super::connection::Connection;

/// How many rows are looked ahead.
const ROWS: usize = 500;

/// How many numbers are reserved at once for the rows of a spool.
const NUMBERS: usize = 1_000;

/// A row that is to be inserted.
type Row<'r> = Result<Cow<'r, [Cell]>>;

/// The rows of an insert, with numbers reserved for its identity column; those of an upsert by the primary key are taken many at once, so that the rows in their way are brought with one
/// question. Where no rows are brought it takes one at a time.
pub(in crate::sqlite) struct Ahead<'a, I> {
    rows: I,
    taken: VecDeque<Row<'a>>,
    connection: &'a Connection,
    binding: Binding<'a>,
    table: &'a Table,
    /// The places of the key's columns; nothing when nothing is looked for.
    key: Option<Vec<usize>>,
    /// How many numbers are reserved at once for the identity column; 0 when there is none.
    numbers: usize,
    /// How many of them are left.
    numbers_left: usize,
}

impl<'a, I: Iterator<Item = Row<'a>>> Ahead<'a, I> {
    pub(in crate::sqlite) fn new(
        rows: I,
        connection: &'a Connection,
        binding: Binding<'a>,
        table: &'a Table,
        insert: &InsertRows,
    ) -> Self {
        let key = table.primary_key_columns();
        let by_key = insert.conflict.as_ref().is_some_and(|conflict| {
            !key.is_empty()
                && conflict.target.len() == key.len()
                && key.iter().all(|name| conflict.target.contains(name))
        });
        let places = key
            .iter()
            .map(|name| insert.columns.iter().position(|it| it == name))
            .collect::<Option<Vec<usize>>>();
        Self {
            rows,
            taken: VecDeque::new(),
            connection,
            binding,
            table,
            key: places.filter(|_| by_key && connection.is_mirror()),
            numbers: match (&insert.more, identity_column(table)) {
                (_, None) => 0,
                _ if !connection.is_mirror() => 0,
                (None, _) => insert.rows.len(),
                (Some(_), _) => NUMBERS,
            },
            numbers_left: 0,
        }
    }

    /// Returns the next row.
    fn row(&mut self) -> Option<Row<'a>> {
        let Some(places) = self.key.clone() else {
            return self.rows.next();
        };
        if self.taken.is_empty()
            && let Err(error) = self.look(&places)
        {
            return Some(Err(error));
        }
        self.taken.pop_front()
    }

    fn look(&mut self, places: &[usize]) -> Result<()> {
        let mut keys: Vec<Vec<Value>> = Vec::new();
        for row in self.rows.by_ref().take(ROWS) {
            if let Ok(cells) = &row {
                let key = places.iter().map(|place| match cells.get(*place) {
                    Some(Cell::Value(value)) if !value.is_null() => Some(value.clone()),
                    _ => None,
                });
                keys.extend(key.collect::<Option<Vec<Value>>>());
            }
            self.taken.push_back(row);
        }
        self.connection.look(self.table, &keys, &self.binding)
    }
}

impl<'a, I: Iterator<Item = Row<'a>>> Iterator for Ahead<'a, I> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.row()?;
        if self.numbers > 0 && self.numbers_left == 0 {
            self.numbers_left = self.numbers;
            if let Err(error) = self.connection.reserve(self.table, self.numbers) {
                return Some(Err(error));
            }
        }
        self.numbers_left = self.numbers_left.saturating_sub(1);
        Some(row)
    }
}
