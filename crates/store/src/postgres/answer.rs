//! Rows, as the server sends them, become the body of an answer.

use std::path::Path;

use underpin_base::{Code, Error, Name, Result};
use underpin_query::plan::Read;
use underpin_query::reply::{BodyWriter, Rows};
use underpin_sql::types::Type;

use super::client::{Row, text};
use super::engine::spool;
use crate::spool::SpoolWriter;

/// The most bytes of an answer that are held in memory.
const HELD_BYTES_MAX: usize = 1 << 20;

/// Writes the rows of one answer as they come.
pub(super) struct AnswerWriter<'a> {
    body: BodyWriter,
    /// How many columns stand before those of the answer.
    before: usize,
    width: usize,
    /// Only their number is wanted.
    head: bool,
    count: u64,
    spool: Option<SpoolWriter>,
    folder: &'a Path,
    bytes_max: usize,
}

impl<'a> AnswerWriter<'a> {
    /// Returns a writer of the rows of `read`, whose columns are `columns`. What does not fit into memory goes to a file in `folder`.
    pub(super) fn new(
        read: &Read,
        columns: &[(Name, Type)],
        folder: &'a Path,
        bytes_max: usize,
    ) -> Self {
        Self {
            body: BodyWriter::shaped(read.format, read.shape, columns),
            before: 0,
            width: columns.len(),
            head: read.head,
            count: 0,
            spool: None,
            folder,
            bytes_max,
        }
    }

    /// Returns the same writer of rows before whose columns stand `columns` others.
    pub(super) fn after(self, columns: usize) -> Self {
        Self {
            before: columns,
            ..self
        }
    }

    /// Writes a row; columns past those of the answer are somebody else's.
    ///
    /// # Errors
    /// `54001` when the answer is too large, `22021` for text that is not UTF-8, `53100` when the disk is full.
    pub(super) fn row(&mut self, row: &Row) -> Result<()> {
        self.count += 1;
        if self.head {
            return Ok(());
        }
        for (index, field) in row.iter().skip(self.before).take(self.width).enumerate() {
            self.body.text(index, field.map(text).transpose()?);
        }
        self.body.end_row();
        if self.body.written() > self.bytes_max {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("the answer is larger than {} bytes", self.bytes_max),
            )
            .hint(
                "Ask for fewer rows or columns; the limit is the setting limits.answer_bytes_max.",
            ));
        }
        if self.body.held() > HELD_BYTES_MAX {
            let spool = match &mut self.spool {
                Some(spool) => spool,
                None => self.spool.insert(spool(self.folder)?),
            };
            spool.append(&self.body.take())?;
        }
        Ok(())
    }

    /// Returns what was written.
    pub(super) fn finish(self, total: Option<u64>) -> Rows {
        if self.head {
            return Rows {
                count: self.count,
                total,
                ..Rows::default()
            };
        }
        let (body, count) = self.body.finish();
        Rows {
            spool: self.spool.map(SpoolWriter::finish),
            body,
            count,
            total,
        }
    }
}
