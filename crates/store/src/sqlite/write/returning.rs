//! What is read of the rows that a write changed.

use underpin_base::Result;
use underpin_query::plan::{Change, Write};
use underpin_query::reply::Rows;
use underpin_sql::tree::Select;

use super::super::bind::Binding;
use super::super::execute;
use super::{Changed, Execution, refused};

impl Execution<'_> {
    /// Reads what the plan returns of the changed rows.
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
        let hidden = !matches!(write.change, Change::Delete(_))
            && shows_all(&read.select)
            && rows.count < changed.affected;
        if hidden {
            return Err(refused(&write.table));
        }
        Ok(Some(rows))
    }
}

/// Tells whether a query asks for every changed row; one with a limit may return fewer.
fn shows_all(select: &Select) -> bool {
    select.limit.is_none() && select.offset.is_none()
}

/// Writes row identities as a JSON array.
fn json_array(rowids: &[i64]) -> String {
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
