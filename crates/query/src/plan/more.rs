//! [`MoreRows`]: rows of an insert that are too many to be held, read when they are inserted.

use std::borrow::Cow;

use underpin_base::{Result, Value};
use underpin_sql::types::{self, ColumnType};

use super::action::{Cell, InsertRows};
use crate::request::{PayloadRow, SpooledRows};

/// Rows of an insert that are read from the request's body each time they are asked for.
#[derive(Clone, Debug)]
pub struct MoreRows {
    rows: SpooledRows,
    /// For each column of the body its place in a row, and its type.
    columns: Vec<(Option<usize>, ColumnType)>,
    missing_default: bool,
    /// How many columns follow that the body does not name and that have a default.
    defaults: usize,
}

impl MoreRows {
    /// Returns the rows of a body with a value for each of `columns`: where it is in the body's rows, and its type.
    pub(super) fn new(
        rows: SpooledRows,
        columns: Vec<(Option<usize>, ColumnType)>,
        missing_default: bool,
    ) -> Self {
        Self {
            rows,
            columns,
            missing_default,
            defaults: 0,
        }
    }

    /// Adds a column that the body does not name.
    pub(super) fn add_default(&mut self) {
        self.defaults += 1;
    }

    fn cells(&self, row: &PayloadRow) -> Result<Vec<Cell>> {
        let mut cells = Vec::with_capacity(self.columns.len() + self.defaults);
        for (place, ty) in &self.columns {
            cells.push(cell(row, *place, ty, self.missing_default)?);
        }
        cells.resize(cells.len() + self.defaults, Cell::Default);
        Ok(cells)
    }
}

impl InsertRows {
    /// Returns every row, held ones first.
    ///
    /// Those that are not held may be wrong in ways that those held were checked for: `22P02` and its like, PGRST102.
    pub fn every_row(&self) -> impl Iterator<Item = Result<Cow<'_, [Cell]>>> {
        let held = self
            .rows
            .iter()
            .map(|row| Ok(Cow::Borrowed(row.as_slice())));
        let more = self.more.iter().flat_map(|more| {
            let rows = more.rows.rows();
            rows.map(|row| row.and_then(|row| more.cells(&row)).map(Cow::Owned))
        });
        held.chain(more)
    }
}

/// Reads a value of a row of a body; one that the row lacks is null, or its default.
pub(super) fn cell(
    row: &PayloadRow,
    place: Option<usize>,
    ty: &ColumnType,
    missing_default: bool,
) -> Result<Cell> {
    let value = place
        .and_then(|at| row.values.get(at))
        .and_then(Option::as_ref);
    match value {
        Some(json) => types::from_json(ty, json).map(Cell::Value),
        None if missing_default => Ok(Cell::Default),
        None => Ok(Cell::Value(Value::Null)),
    }
}
