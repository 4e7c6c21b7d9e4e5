//! [`Digest`]: what two tables have in common exactly when they have the same rows, whatever their order and their engine.

use aws_lc_rs::digest::{Context, SHA256};
use underpin_base::{Name, Value, ValueRef};
use underpin_sql::types::{self, ColumnType};

/// How many rows there are, and the sum of their checksums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    /// The number of rows.
    pub(crate) rows: u64,
    sum: u128,
}

impl Digest {
    /// Adds the rows of a batch, each with the values of `columns`.
    pub(crate) fn add(&mut self, columns: &[(Name, ColumnType)], rows: &[Vec<Value>]) {
        let mut text = String::new();
        for row in rows {
            self.rows += 1;
            self.sum = self.sum.wrapping_add(checksum(columns, row, &mut text));
        }
    }
}

/// Returns the checksum of a row: that of its columns' texts as PostgreSQL prints them, each with its length.
fn checksum(columns: &[(Name, ColumnType)], row: &[Value], text: &mut String) -> u128 {
    let mut context = Context::new(&SHA256);
    for ((_, column), value) in columns.iter().zip(row) {
        if value.is_null() {
            context.update(&u64::MAX.to_le_bytes());
            continue;
        }
        text.clear();
        types::output(&column.ty, ValueRef::from(value), text);
        context.update(&(text.len() as u64).to_le_bytes());
        context.update(text.as_bytes());
    }
    let hash = context.finish();
    match hash.as_ref().first_chunk() {
        Some(half) => u128::from_le_bytes(*half),
        None => 0,
    }
}

/// Prints the checksum.
impl std::fmt::Display for Digest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:032x}", self.sum)
    }
}
