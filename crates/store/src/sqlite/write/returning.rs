//! What is read of the rows that a write changed.

use underpin_base::{Result, Value};
use underpin_query::plan::Write;
use underpin_query::reply::{Rows, not_single};
use underpin_query::request::Format;

use super::super::bind::Binding;
use super::super::execute;
use super::{Changed, Execution};

impl Execution<'_> {
    /// Reads what the plan returns of the changed rows.
    ///
    /// # Errors
    /// PGRST116 when a single object was asked for and another number of rows changed: nothing of the write stays.
    pub(super) fn returning(&self, write: &Write, changed: &Changed) -> Result<Option<Rows>> {
        let Some(read) = &write.returning else {
            return Ok(None);
        };
        let affected = json_array(&changed.rowids);
        let binding = Binding {
            affected: &affected,
            ..self.binding
        };
        let rows = execute::read(self.connection, read, &binding, self.bytes_max)?;
        if matches!(read.format, Format::Object { .. }) && rows.count != 1 {
            return Err(not_single(rows.count));
        }
        Ok(Some(rows))
    }
}

impl Execution<'_> {
    /// Reads what a routine's write returns of the changed rows.
    pub(super) fn returned_values(
        &self,
        write: &Write,
        changed: &Changed,
    ) -> Result<Option<Vec<Vec<Value>>>> {
        let Some(read) = &write.returning else {
            return Ok(None);
        };
        let affected = json_array(&changed.rowids);
        let binding = Binding {
            affected: &affected,
            ..self.binding
        };
        let execution = Execution { binding, ..*self };
        execution.query(&read.select).map(Some)
    }
}

/// Writes row identities as a JSON array.
pub(super) fn json_array(rowids: &[i64]) -> String {
    let mut text = String::with_capacity(2 + rowids.len() * 8);
    text.push('[');
    for (index, rowid) in rowids.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&rowid.to_string());
    }
    text.push(']');
    text
}
