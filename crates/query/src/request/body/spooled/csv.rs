//! [`Records`]: the records of a CSV file, one after the other.

use indexmap::IndexSet;
use underpin_base::{Error, Name, Result};

use super::super::csv::{Field, Reader, uneven};
use super::super::invalid_json;
use super::Pieces;
use crate::request::PayloadRow;

/// Reads the records of a file; the first one is its header.
#[derive(Debug)]
pub(super) struct Records {
    pieces: Pieces,
    /// What was read but is no whole character yet.
    bytes: Vec<u8>,
    text: String,
    /// Where in the text the next record begins.
    position: usize,
    ended: bool,
    /// For each key the field that it is; nothing until the header was read.
    fields: Option<Fields>,
}

#[derive(Debug)]
struct Fields {
    /// How many a record has.
    count: usize,
    kept: Vec<usize>,
}

impl Records {
    pub(super) fn new(pieces: Pieces) -> Self {
        Self {
            pieces,
            bytes: Vec::new(),
            text: String::new(),
            position: 0,
            ended: false,
            fields: None,
        }
    }

    /// Returns the next record with a value for each key of the header; nothing after the last.
    ///
    /// # Errors
    /// PGRST102 for what is no CSV.
    pub(super) fn next(&mut self) -> Result<Option<PayloadRow>> {
        if self.fields.is_none() {
            let header = self.record()?.unwrap_or_default();
            self.fields = Some(Fields {
                count: header.len(),
                kept: kept(&header).into_iter().map(|(_, index)| index).collect(),
            });
        }
        let (Some(record), Some(fields)) = (self.record()?, &self.fields) else {
            return Ok(None);
        };
        if record.len() != fields.count {
            return Err(uneven());
        }
        let value = |index: &usize| record.get(*index).map(Field::json);
        Ok(Some(PayloadRow {
            values: fields.kept.iter().map(value).collect(),
        }))
    }

    fn record(&mut self) -> Result<Option<Vec<Field>>> {
        loop {
            let rest = self.text.get(self.position..).unwrap_or_default();
            let mut reader = Reader::new(rest);
            let record = reader.record();
            // A record is whole when something comes after it.
            let left = reader.rest().len();
            if self.ended || (left > 0 && record.is_ok()) {
                self.position = self.text.len() - left;
                return record;
            }
            self.more()?;
        }
    }

    /// Reads more of the file. A record that is longer than the buffer doubles it, so that it is not read again too often.
    fn more(&mut self) -> Result<()> {
        self.text.drain(..self.position);
        self.position = 0;
        self.ended = !self.pieces.append(&mut self.bytes, self.text.len())?;
        let whole = match std::str::from_utf8(&self.bytes) {
            Ok(_) => self.bytes.len(),
            Err(error) if error.error_len().is_none() && !self.ended => error.valid_up_to(),
            Err(_) => return Err(not_utf8()),
        };
        let rest = self.bytes.split_off(whole);
        let text = String::from_utf8(std::mem::replace(&mut self.bytes, rest));
        self.text.push_str(&text.map_err(|_| not_utf8())?);
        Ok(())
    }
}

fn not_utf8() -> Error {
    invalid_json()
}

/// Returns the keys that a header names with their fields; of fields with the same name the last one counts, as with JSON.
fn kept(header: &[Field]) -> Vec<(Name, usize)> {
    let mut kept: indexmap::IndexMap<Name, usize> = indexmap::IndexMap::new();
    for (index, field) in header.iter().enumerate() {
        kept.insert(Name::from(field.text()), index);
    }
    kept.into_iter().collect()
}

/// Returns the keys of a file that begins with `beginning`; nothing when its header does not end there.
pub(super) fn header(beginning: &str) -> Option<IndexSet<Name>> {
    let mut reader = Reader::new(beginning);
    let header = reader.record().ok()??;
    (!reader.rest().is_empty()).then(|| kept(&header).into_iter().map(|(name, _)| name).collect())
}
