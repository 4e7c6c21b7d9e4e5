//! [`Row`] and [`Column`]: a row as the server sent it, and what its columns are.

use bytes::Bytes;
use underpin_base::{Code, Error, Result};

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// The name.
    pub(crate) name: String,
    /// The number of its type in `pg_type`.
    pub(crate) type_oid: u32,
}

/// A row: the body of a DataRow message, whose fields were found to be whole when it came.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Row {
    body: Bytes,
}

impl Row {
    /// Returns the row in `body`, or nothing when its lengths contradict each other.
    pub(super) fn parse(body: Bytes) -> Option<Self> {
        let (count, mut rest) = body.split_first_chunk()?;
        for _ in 0..u16::from_be_bytes(*count) {
            rest = split_field(rest)?.1;
        }
        rest.is_empty().then_some(Self { body })
    }

    /// Returns how many bytes the row takes.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }

    /// Returns the fields from left to right; null ones are absent.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = self.body.get(2..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (field, after) = split_field(rest)?;
            rest = after;
            Some(field)
        })
    }

    /// Returns the text of the field at `index`, counted from 0; nothing when it is null or there is none.
    ///
    /// # Errors
    /// `22021` when it is not UTF-8, which a database with the encoding `SQL_ASCII` may hold.
    pub(crate) fn get(&self, index: usize) -> Result<Option<&str>> {
        self.iter().nth(index).flatten().map(text).transpose()
    }
}

/// Returns the text of a field.
///
/// # Errors
/// `22021` when it is not UTF-8.
pub(crate) fn text(field: &[u8]) -> Result<&str> {
    std::str::from_utf8(field).map_err(|_| {
        Error::new(
            Code::CHARACTER_NOT_IN_REPERTOIRE,
            "invalid byte sequence for encoding \"UTF8\"",
        )
    })
}

/// Splits the first field off.
fn split_field(fields: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let (length, rest) = fields.split_first_chunk()?;
    match i32::from_be_bytes(*length) {
        -1 => Some((None, rest)),
        length => rest
            .split_at_checked(usize::try_from(length).ok()?)
            .map(|(field, rest)| (Some(field), rest)),
    }
}

impl std::fmt::Debug for Row {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_list()
            .entries(self.iter().map(|field| field.map(String::from_utf8_lossy)))
            .finish()
    }
}
