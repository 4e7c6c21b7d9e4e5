//! [`AnswerWriter`]: rows become the body of an answer, within its bounds, the same for every engine.

use std::path::Path;

use underpin_base::{Code, Error, Name, Result, ValueRef};
use underpin_query::plan::Read;
use underpin_query::reply::{BodyWriter, Rows};
use underpin_sql::types::Type;

use crate::spool::SpoolWriter;

/// The most bytes of an answer that are held in memory.
const HELD_BYTES_MAX: usize = 1 << 20;

/// Writes the rows of one answer. What does not fit into memory goes to a file, so that neither memory nor a connection to the database
/// waits for a slow client.
pub(crate) struct AnswerWriter<'a> {
    body: BodyWriter,
    spool: Option<SpoolWriter>,
    folder: &'a Path,
    bytes_max: usize,
}

impl<'a> AnswerWriter<'a> {
    /// Returns a writer of the rows of `read`, whose columns are `columns`; the file lies in `folder`.
    pub(crate) fn new(
        read: &Read,
        columns: &[(Name, Type)],
        folder: &'a Path,
        bytes_max: usize,
    ) -> Self {
        Self {
            body: BodyWriter::shaped(read.format, read.shape, columns),
            spool: None,
            folder,
            bytes_max,
        }
    }

    /// Writes the value of column `index` of the current row: [`BodyWriter::value`].
    pub(crate) fn value(&mut self, index: usize, value: ValueRef<'_>) {
        self.body.value(index, value);
    }

    /// Writes the value of column `index` of the current row, given as PostgreSQL's text: [`BodyWriter::text`].
    pub(crate) fn text(&mut self, index: usize, text: Option<&str>) {
        self.body.text(index, text);
    }

    /// Ends the current row.
    ///
    /// # Errors
    /// `54001` when the answer is too large, `53100` when the disk is full, `io` when the file cannot be made.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        self.body.end_row();
        if self.body.written() > self.bytes_max {
            return Err(too_large(self.bytes_max));
        }
        if self.body.held() > HELD_BYTES_MAX {
            let spool = match &mut self.spool {
                Some(spool) => spool,
                None => self.spool.insert(SpoolWriter::new(self.folder)?),
            };
            spool.append(&self.body.take())?;
        }
        Ok(())
    }

    /// Returns what was written; how many rows there are without limit and offset is the caller's to say.
    pub(crate) fn finish(self) -> Rows {
        let (body, count) = self.body.finish();
        Rows {
            spool: self.spool.map(SpoolWriter::finish),
            body,
            count,
            total: None,
        }
    }
}

/// Returns the error of an answer that is larger than its limit.
pub(crate) fn too_large(bytes_max: usize) -> Error {
    Error::new(
        Code::TOO_COMPLEX,
        format!("the answer is larger than {bytes_max} bytes"),
    )
    .hint("Ask for fewer rows or columns; the limit is the setting limits.answer_bytes_max.")
}
