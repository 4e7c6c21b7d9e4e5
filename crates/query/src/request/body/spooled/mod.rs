//! [`SpooledRows`]: the rows of a body that is too large to be held, read anew, one after the other, whenever they are wanted.
//!
//! What the body says is known from its beginning, which is held: the keys of the first row, or the header of a CSV file. A body whose
//! beginning does not tell (one large object, a first row that does not end) must be held whole like any other.

mod csv;
mod elements;

use std::io::{self, Read};

use indexmap::IndexSet;
use underpin_base::{Code, Error, Limits, Name, Result};

use self::csv::Records;
use self::elements::Elements;
use super::{Wanted, json, too_many_rows};
use crate::request::PayloadRow;
use crate::{Spool, SpoolReader};

/// How much is read at once, in bytes.
const PIECE_BYTES: usize = 256 << 10;

/// The rows of a body that is too large to be held.
#[derive(Clone, Debug, PartialEq)]
pub struct SpooledRows {
    spool: Spool,
    form: Form,
    /// The keys of each row.
    keys: IndexSet<Name>,
    /// A row may lack keys and have others: `columns` says which count.
    chosen: bool,
    rows_max: usize,
    depth_max: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

impl SpooledRows {
    /// Returns the rows of a JSON array that begins with `beginning`; nothing when that does not tell their keys.
    pub(super) fn of_json(
        spool: &Spool,
        beginning: &str,
        columns: Option<&[Name]>,
        limits: &Limits,
    ) -> Option<Self> {
        let first = elements::first(beginning, limits.json_depth_max)?;
        let keys = match columns {
            Some(columns) => columns.iter().cloned().collect(),
            None => json::row(&first, IndexSet::new(), &Wanted(None)).ok()?.0,
        };
        Some(Self::new(spool, Form::Json, keys, columns, limits))
    }

    /// Returns the rows of a CSV file that begins with `beginning`; nothing when that does not hold the whole header.
    pub(super) fn of_csv(
        spool: &Spool,
        beginning: &str,
        columns: Option<&[Name]>,
        limits: &Limits,
    ) -> Option<Self> {
        let header = csv::header(beginning)?;
        Some(Self::new(spool, Form::Csv, header, columns, limits))
    }

    fn new(
        spool: &Spool,
        form: Form,
        keys: IndexSet<Name>,
        columns: Option<&[Name]>,
        limits: &Limits,
    ) -> Self {
        Self {
            spool: spool.clone(),
            form,
            keys,
            chosen: columns.is_some(),
            rows_max: limits.insert_rows_max,
            depth_max: limits.json_depth_max,
        }
    }

    /// Returns the keys of the rows.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Name> {
        self.keys.iter()
    }

    /// Reads the rows from the first on.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<PayloadRow>> {
        let mut reader = RowReader {
            rows: self,
            source: match self.form {
                Form::Json => Source::Json(Elements::new(self.pieces(), self.depth_max)),
                Form::Csv => Source::Csv(Records::new(self.pieces())),
            },
            count: 0,
        };
        let mut over = false;
        std::iter::from_fn(move || {
            if over {
                return None;
            }
            let row = reader.next().transpose();
            over = !matches!(row, Some(Ok(_)));
            row
        })
    }

    fn pieces(&self) -> Pieces {
        Pieces(self.spool.reader())
    }
}

enum Source {
    Json(Elements),
    Csv(Records),
}

struct RowReader<'s> {
    rows: &'s SpooledRows,
    source: Source,
    count: usize,
}

impl RowReader<'_> {
    fn next(&mut self) -> Result<Option<PayloadRow>> {
        let row = match &mut self.source {
            Source::Json(elements) => match elements.next()? {
                None => return Ok(None),
                Some(text) => self.rows.json_row(text)?,
            },
            Source::Csv(records) => match records.next()? {
                None => return Ok(None),
                Some(row) => row,
            },
        };
        self.count += 1;
        if self.count > self.rows.rows_max {
            return Err(too_many_rows(self.rows.rows_max));
        }
        Ok(Some(row))
    }
}

impl SpooledRows {
    fn json_row(&self, text: &str) -> Result<PayloadRow> {
        let names: Vec<&str> = self.keys.iter().map(|key| &**key).collect();
        let wanted = Wanted(self.chosen.then(|| names.iter().copied().collect()));
        let (keys, mut row) = json::row(text, self.keys.clone(), &wanted)?;
        let whole = keys.len() == self.keys.len()
            && row.values.len() == keys.len()
            && row.values.iter().all(Option::is_some);
        if !self.chosen && !whole {
            return Err(json::not_uniform());
        }
        row.values.resize(self.keys.len(), None);
        Ok(row)
    }
}

/// A body, a piece at a time.
#[derive(Debug)]
struct Pieces(SpoolReader);

impl Pieces {
    /// Appends at least `bytes` bytes to `buffer`, as far as there are; returns whether there were any.
    fn append(&mut self, buffer: &mut Vec<u8>, bytes: usize) -> Result<bool> {
        let bytes = bytes.max(PIECE_BYTES) as u64;
        let read = self.0.by_ref().take(bytes).read_to_end(buffer);
        read.map(|read| read > 0).map_err(unreadable)
    }
}

fn unreadable(cause: io::Error) -> Error {
    Error::new(Code::IO, "a temporary file cannot be read").cause(cause)
}

#[cfg(test)]
mod tests;
