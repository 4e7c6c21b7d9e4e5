//! `limit`, `offset` and the `Range` header.

use underpin_base::{Code, Error, Result};

/// A `limit` and an `offset` as they were written; what is no number was not written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) limit: Option<i64>,
    pub(super) offset: Option<i64>,
}

/// The rows that a `Range` header asks for, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    first: u64,
    last: Option<u64>,
}

/// Reads the number of a `limit` or `offset`. PostgREST ignores what is no number, and so the clients' `limit=undefined`.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let largest = if digits.len() == text.len() {
        i64::MAX
    } else {
        i64::MIN
    };
    Some(text.parse().unwrap_or(largest))
}

/// Reads a `Range` header: `first-last` or `first-`. Anything else, such as a range of bytes, is ignored.
pub(super) fn range(header: &str) -> Result<Option<Range>> {
    let Some((first, last)) = header.trim().split_once('-') else {
        return Ok(None);
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if first.is_empty() || !is_number(first) || !is_number(last) {
        return Ok(None);
    }
    let first: u64 = first.parse().unwrap_or(u64::MAX);
    let last = (!last.is_empty()).then(|| last.parse().unwrap_or(u64::MAX));
    if last.is_some_and(|last| last < first) {
        return Err(unsatisfiable(
            "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
        ));
    }
    Ok(Some(Range { first, last }))
}

impl Window {
    /// Returns limit and offset of the outermost level: the rows that are both in the window and in `range`.
    pub(super) fn within(self, range: Option<Range>) -> Result<(Option<u64>, u64)> {
        let offset = self.checked_offset()?;
        if self.limit == Some(0) {
            return Ok((Some(0), offset));
        }
        if self.limit.is_some_and(|limit| limit < 0) {
            return Err(unsatisfiable(
                "Limit should be greater than or equal to zero.",
            ));
        }
        let limit = self.limit.and_then(|limit| u64::try_from(limit).ok());
        let Some(range) = range else {
            return Ok((limit, offset));
        };
        let first = offset.max(range.first);
        let window_end = limit.map(|limit| offset.saturating_add(limit));
        let range_end = range.last.map(|last| last.saturating_add(1));
        let end = match (window_end, range_end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        match end {
            None => Ok((None, first)),
            Some(end) if end > first => Ok((Some(end - first), first)),
            Some(_) => Err(unsatisfiable(
                "Limit should be greater than or equal to zero.",
            )),
        }
    }

    /// Returns limit and offset of an embed, with PostgreSQL's errors.
    pub(super) fn embedded(self) -> Result<(Option<u64>, u64)> {
        let Ok(limit) = self.limit.map(u64::try_from).transpose() else {
            return Err(Error::new(
                Code::INVALID_LIMIT,
                "LIMIT must not be negative",
            ));
        };
        Ok((limit, self.checked_offset()?))
    }

    fn checked_offset(self) -> Result<u64> {
        u64::try_from(self.offset.unwrap_or(0))
            .map_err(|_| Error::new(Code::INVALID_OFFSET, "OFFSET must not be negative"))
    }
}

fn unsatisfiable(details: &str) -> Error {
    Error::new(Code::RANGE, "Requested range not satisfiable").details(details)
}
