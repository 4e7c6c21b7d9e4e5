//! Printing in ISO style: the path of every timestamp that a read returns, so it allocates nothing.

use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND};
use super::{
    DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY, session,
};
use crate::types::{Type, integer};

/// Where a date or time is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// `2024-01-01 00:00:00+00`.
    Text,
    /// `2024-01-01T00:00:00+00:00`, without quotes.
    Json,
}

/// Appends a value of `date`, `time`, `timestamp` or `timestamptz`.
pub(crate) fn write(ty: &Type, value: i64, style: Style, out: &mut Vec<u8>) {
    match ty {
        Type::Date => match value {
            DATE_INFINITY => out.extend_from_slice(b"infinity"),
            DATE_NEGATIVE_INFINITY => out.extend_from_slice(b"-infinity"),
            days => {
                let civil = Civil::from_days(days);
                write_civil(civil, out);
                write_era(civil, out);
            }
        },
        // Nothing else is stored, but what is printed must be a time.
        Type::Time => write_time(value.clamp(0, MICROSECONDS_PER_DAY), out),
        _ => match value {
            TIMESTAMP_INFINITY => out.extend_from_slice(b"infinity"),
            TIMESTAMP_NEGATIVE_INFINITY => out.extend_from_slice(b"-infinity"),
            microseconds => {
                let zoned = *ty == Type::TimestampTz && !session::is_utc();
                let east = if zoned {
                    session::east_at(microseconds)
                } else {
                    0
                };
                let microseconds = microseconds.saturating_add(east * MICROSECONDS_PER_SECOND);
                let civil = Civil::from_days(microseconds.div_euclid(MICROSECONDS_PER_DAY));
                write_civil(civil, out);
                out.push(if style == Style::Json { b'T' } else { b' ' });
                write_time(microseconds.rem_euclid(MICROSECONDS_PER_DAY), out);
                if *ty == Type::TimestampTz {
                    write_zone(east, style, out);
                }
                write_era(civil, out);
            }
        },
    }
}

fn write_civil(civil: Civil, out: &mut Vec<u8>) {
    let year = if civil.year > 0 {
        civil.year
    } else {
        1 - civil.year
    };
    if year < 10_000 {
        write_two(year / 100, out);
        write_two(year % 100, out);
    } else {
        integer::write(year, out);
    }
    out.push(b'-');
    write_two(civil.month, out);
    out.push(b'-');
    write_two(civil.day, out);
}

fn write_era(civil: Civil, out: &mut Vec<u8>) {
    if civil.year <= 0 {
        out.extend_from_slice(b" BC");
    }
}

/// Appends a number below 100 in two digits.
fn write_two(number: i64, out: &mut Vec<u8>) {
    // Both are digits.
    out.extend_from_slice(&[b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]);
}

fn write_time(microseconds: i64, out: &mut Vec<u8>) {
    write_two(microseconds / MICROSECONDS_PER_HOUR, out);
    out.push(b':');
    write_two(microseconds / (60 * MICROSECONDS_PER_SECOND) % 60, out);
    out.push(b':');
    write_seconds(microseconds % (60 * MICROSECONDS_PER_SECOND), out);
}

/// Appends microseconds below a minute as seconds in two digits, with the fraction without zeros at its end.
pub(crate) fn write_seconds(microseconds: i64, out: &mut Vec<u8>) {
    write_two(microseconds / MICROSECONDS_PER_SECOND, out);
    let mut fraction = microseconds % MICROSECONDS_PER_SECOND;
    if fraction == 0 {
        return;
    }
    out.push(b'.');
    let mut unit = MICROSECONDS_PER_SECOND / 10;
    while fraction > 0 {
        // A digit fits a byte.
        out.push(b'0' + (fraction / unit) as u8);
        fraction %= unit;
        unit /= 10;
    }
}

/// Appends seconds east of UTC: hours, minutes unless there are none and it is text, and seconds if there are any.
fn write_zone(east: i64, style: Style, out: &mut Vec<u8>) {
    out.push(if east < 0 { b'-' } else { b'+' });
    let seconds = east.abs();
    write_two(seconds / 3_600, out);
    if style == Style::Json || seconds % 3_600 != 0 {
        out.push(b':');
        write_two(seconds / 60 % 60, out);
    }
    if seconds % 60 != 0 {
        out.push(b':');
        write_two(seconds % 60, out);
    }
}

/// Returns the canonical text of a `timetz`: a time of day, and the zone's seconds east of UTC.
pub fn timetz_text(microseconds: i64, east_seconds: i64) -> String {
    let mut out = Vec::with_capacity(21);
    write_time(microseconds, &mut out);
    write_zone(east_seconds, Style::Text, &mut out);
    // What was written is ASCII.
    String::from_utf8(out).unwrap_or_default()
}
