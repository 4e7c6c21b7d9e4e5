//! Rows, as the server sends them, become the body of an answer.

use std::path::Path;

use underpin_base::{Name, Result};
use underpin_query::plan::Read;
use underpin_query::reply::Rows;
use underpin_sql::types::Type;

use super::client::{Row, text};
use crate::answer::AnswerWriter;

/// Writes the rows of one answer as they come.
pub(super) struct RowWriter<'a> {
    answer: AnswerWriter<'a>,
    /// How many columns stand before those of the answer.
    before: usize,
    width: usize,
    /// Only their number is wanted.
    head: bool,
    count: u64,
}

impl<'a> RowWriter<'a> {
    /// Returns a writer of the rows of `read`, whose columns are `columns`: [`AnswerWriter::new`].
    pub(super) fn new(
        read: &Read,
        columns: &[(Name, Type)],
        folder: &'a Path,
        bytes_max: usize,
    ) -> Self {
        Self {
            answer: AnswerWriter::new(read, columns, folder, bytes_max),
            before: 0,
            width: columns.len(),
            head: read.head,
            count: 0,
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
    /// Those of [`AnswerWriter::end_row`], and `22021` for text that is not UTF-8.
    pub(super) fn row(&mut self, row: &Row) -> Result<()> {
        self.count += 1;
        if self.head {
            return Ok(());
        }
        for (index, field) in row.iter().skip(self.before).take(self.width).enumerate() {
            self.answer.text(index, field.map(text).transpose()?);
        }
        self.answer.end_row()
    }

    /// Returns what was written, with the total that was counted.
    pub(super) fn finish(self, total: Option<u64>) -> Rows {
        let rows = match self.head {
            true => Rows {
                count: self.count,
                ..Rows::default()
            },
            false => self.answer.finish(),
        };
        Rows { total, ..rows }
    }
}
