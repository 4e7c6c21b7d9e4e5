//! Printing intervals in PostgreSQL's style: `1 year 2 mons -3 days +04:05:06.789`.

use std::fmt;

use super::Interval;
use crate::types::datetime::{MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND, write_seconds};

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.months / 12, "year"),
            (self.months % 12, "mon"),
            (self.days, "day"),
        ];
        let mut empty = true;
        let mut after_negative = false;
        for (value, unit) in parts {
            if value == 0 {
                continue;
            }
            let space = if empty { "" } else { " " };
            let sign = if after_negative && value > 0 { "+" } else { "" };
            let plural = if value == 1 { "" } else { "s" };
            write!(formatter, "{space}{sign}{value} {unit}{plural}")?;
            empty = false;
            after_negative = value < 0;
        }
        if self.microseconds == 0 && !empty {
            return Ok(());
        }
        let space = if empty { "" } else { " " };
        let sign = match self.microseconds {
            ..0 => "-",
            _ if after_negative => "+",
            _ => "",
        };
        let (hour, minute) = (
            MICROSECONDS_PER_HOUR as u64,
            60 * MICROSECONDS_PER_SECOND as u64,
        );
        let total = self.microseconds.unsigned_abs();
        let mut seconds = Vec::with_capacity(9);
        // Less than a minute of microseconds.
        write_seconds((total % minute) as i64, &mut seconds);
        let seconds = std::str::from_utf8(&seconds).unwrap_or_default();
        let (hours, minutes) = (total / hour, total / minute % 60);
        write!(formatter, "{space}{sign}{hours:02}:{minutes:02}:{seconds}")
    }
}
