//! `interval`: months, days and microseconds, each with its own sign.
//!
//! The canonical form is PostgreSQL's text (`IntervalStyle = postgres`), which tells the three parts apart. Comparison counts a
//! month as 30 days and a day as 24 hours, as PostgreSQL does.

mod arithmetic;
mod canonical;
mod input;
mod iso;
mod print;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use underpin_base::{Code, Error, Result};

pub(super) use input::input;

use super::datetime::MICROSECONDS_PER_DAY;

/// Days of a month, where PostgreSQL has to turn one into the other.
pub(crate) const DAYS_PER_MONTH: i64 = 30;

/// A value of type `interval`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// Months; twelve are a year.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds.
    pub microseconds: i64,
}

/// Returns `22008`.
pub(crate) fn out_of_range() -> Error {
    Error::new(Code::DATETIME_OVERFLOW, "interval out of range")
}

impl Interval {
    /// Reads an interval in any form that PostgreSQL reads.
    ///
    /// # Errors
    /// `22007` when it is none, `22015` and `22008` when a part is too large.
    pub fn read(text: &str) -> Result<Self> {
        match canonical::parse(text) {
            Some(interval) => Ok(interval),
            None => input::parse(text),
        }
    }

    /// Returns an interval of wider parts.
    pub(crate) fn checked(months: i64, days: i64, microseconds: i64) -> Result<Self> {
        let months = i32::try_from(months).map_err(|_| out_of_range())?;
        let days = i32::try_from(days).map_err(|_| out_of_range())?;
        Ok(Self {
            months,
            days,
            microseconds,
        })
    }

    /// Returns the length in microseconds by which intervals are compared.
    pub fn span(self) -> i128 {
        let days = i128::from(self.months) * i128::from(DAYS_PER_MONTH) + i128::from(self.days);
        days * i128::from(MICROSECONDS_PER_DAY) + i128::from(self.microseconds)
    }
}

/// Compares two canonical texts.
pub fn compare(left: &str, right: &str) -> Ordering {
    let span = |text| Interval::read(text).map_or(0, Interval::span);
    span(left).cmp(&span(right))
}
