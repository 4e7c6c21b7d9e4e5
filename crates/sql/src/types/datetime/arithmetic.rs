//! Sums and differences of dates, times, timestamps and intervals.

use underpin_base::{Code, Error, Result};

use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND, days_in_month};
use super::input::{DAYS_END, FIRST_DAY};
use super::word::{self, Word};
use super::zone::Zone;
use super::{
    DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY,
    in_timestamp_range, timetz_parts, timetz_text,
};
use crate::types::date_to_timestamp;
use crate::types::interval::Interval;

pub(super) fn is_infinite(timestamp: i64) -> bool {
    matches!(timestamp, TIMESTAMP_INFINITY | TIMESTAMP_NEGATIVE_INFINITY)
}

fn is_infinite_date(date: i64) -> bool {
    matches!(date, DATE_INFINITY | DATE_NEGATIVE_INFINITY)
}

/// Returns `22008` with `message`.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::DATETIME_OVERFLOW, message)
}

/// Returns `timestamp` if it is in range.
pub(super) fn checked(timestamp: Option<i64>) -> Result<i64> {
    timestamp
        .filter(|it| in_timestamp_range(*it))
        .ok_or_else(|| refused("timestamp out of range"))
}

/// Returns `timestamp + interval`: first the months, then the days, then the time.
///
/// # Errors
/// `22008` when the result is out of range; so for all sums.
pub fn add_interval(timestamp: i64, interval: Interval) -> Result<i64> {
    if is_infinite(timestamp) {
        return Ok(timestamp);
    }
    let days = timestamp.div_euclid(MICROSECONDS_PER_DAY);
    let time = timestamp.rem_euclid(MICROSECONDS_PER_DAY);
    let days = match interval.months {
        0 => days,
        months => Civil::from_days(days)
            .add_months(i64::from(months))
            .to_days(),
    };
    let moved = (days + i64::from(interval.days))
        .checked_mul(MICROSECONDS_PER_DAY)
        .and_then(|it| it.checked_add(time))
        .and_then(|it| it.checked_add(interval.microseconds));
    checked(moved)
}

/// Returns `timestamp - interval`.
///
/// # Errors
/// See [`add_interval`].
pub fn subtract_interval(timestamp: i64, interval: Interval) -> Result<i64> {
    add_interval(timestamp, interval.negated()?)
}

/// Returns `left - right` of two timestamps, in days and time.
///
/// # Errors
/// `22008` when one is infinite.
pub fn difference(left: i64, right: i64) -> Result<Interval> {
    if is_infinite(left) || is_infinite(right) {
        return Err(refused("cannot subtract infinite timestamps"));
    }
    let microseconds = left
        .checked_sub(right)
        .ok_or_else(|| refused("interval out of range"))?;
    Interval::checked(
        0,
        microseconds / MICROSECONDS_PER_DAY,
        microseconds % MICROSECONDS_PER_DAY,
    )
}

/// Returns the date `days` later.
///
/// # Errors
/// See [`add_interval`].
pub fn add_days(date: i64, days: i64) -> Result<i64> {
    if is_infinite_date(date) {
        return Ok(date);
    }
    date.checked_add(days)
        .filter(|it| (FIRST_DAY..DAYS_END).contains(it))
        .ok_or_else(|| refused("date out of range"))
}

/// Returns `date + interval`, which is a timestamp.
///
/// # Errors
/// See [`add_interval`].
pub fn add_interval_to_date(date: i64, interval: Interval) -> Result<i64> {
    add_interval(date_to_timestamp(date)?, interval)
}

/// Returns the days from `right` to `left`.
///
/// # Errors
/// `22008` when one is infinite.
pub fn date_difference(left: i64, right: i64) -> Result<i64> {
    if is_infinite_date(left) || is_infinite_date(right) {
        return Err(refused("cannot subtract infinite dates"));
    }
    Ok(left - right)
}

/// Returns `date + time`, which is a timestamp.
///
/// # Errors
/// See [`add_interval`].
pub fn date_at(date: i64, time: i64) -> Result<i64> {
    if is_infinite_date(date) {
        return date_to_timestamp(date);
    }
    checked(date_to_timestamp(date)?.checked_add(time))
}

/// Returns `time + interval`, of which only the time counts, around the clock.
pub fn add_to_time(time: i64, interval: Interval) -> i64 {
    time.wrapping_add(interval.microseconds % MICROSECONDS_PER_DAY)
        .rem_euclid(MICROSECONDS_PER_DAY)
}

/// Returns `time - interval`.
pub fn subtract_from_time(time: i64, interval: Interval) -> i64 {
    time.wrapping_sub(interval.microseconds % MICROSECONDS_PER_DAY)
        .rem_euclid(MICROSECONDS_PER_DAY)
}

/// Returns `left - right` of two times.
pub fn time_difference(left: i64, right: i64) -> Interval {
    Interval {
        microseconds: left.saturating_sub(right),
        ..Interval::default()
    }
}

/// Returns the canonical text of a `timetz` moved by an interval.
pub fn add_to_timetz(timetz: &str, interval: Interval) -> String {
    let (time, east) = timetz_parts(timetz);
    timetz_text(add_to_time(time, interval), east)
}

/// Returns `age(left, right)`: the difference in years, months, days and time, as a person counts.
///
/// # Errors
/// `22008` when one is infinite.
pub fn age(left: i64, right: i64) -> Result<Interval> {
    if is_infinite(left) || is_infinite(right) {
        return Err(refused("timestamp out of range"));
    }
    let (later, earlier) = (left.max(right), left.min(right));
    let parts = |it: i64| {
        (
            Civil::from_days(it.div_euclid(MICROSECONDS_PER_DAY)),
            it.rem_euclid(MICROSECONDS_PER_DAY),
        )
    };
    let ((late, late_time), (early, early_time)) = (parts(later), parts(earlier));
    let mut months = (late.year - early.year) * 12 + late.month - early.month;
    let mut days = late.day - early.day;
    let mut time = late_time - early_time;
    if time < 0 {
        time += MICROSECONDS_PER_DAY;
        days -= 1;
    }
    if days < 0 {
        // The month that is not whole is the one the earlier of `left`'s order starts in.
        let month = if left < right { parts(left).0 } else { early };
        days += days_in_month(month.year, month.month);
        months -= 1;
    }
    let age = Interval::checked(months, days, time)?;
    if left < right { age.negated() } else { Ok(age) }
}

/// Returns the zone of a name, an abbreviation or an offset, as `AT TIME ZONE` reads it.
///
/// # Errors
/// `22023` when there is none.
pub(crate) fn zone(name: &str) -> Result<Zone> {
    let lower = name.trim().to_lowercase();
    if let Some(Word::Zone(seconds)) = word::find(&lower) {
        return Ok(Zone::Fixed(seconds));
    }
    Zone::named(&lower)
        .or_else(|| Zone::posix_offset(&lower))
        .ok_or_else(|| {
            Error::new(
                Code::INVALID_PARAMETER,
                format!("time zone \"{name}\" not recognized"),
            )
        })
}

/// Returns the time of UTC at which a clock in the zone shows `local`: `timestamp at time zone`.
///
/// # Errors
/// `22023` when there is no such zone, `22008` when the result is out of range.
pub fn local_to_utc(local: i64, zone_name: &str) -> Result<i64> {
    if is_infinite(local) {
        return Ok(local);
    }
    let zone = zone(zone_name)?;
    checked(local.checked_sub(zone.offset_at_local(local) * MICROSECONDS_PER_SECOND))
}

/// Returns what a clock in the zone shows at a time of UTC: `timestamptz at time zone`.
///
/// # Errors
/// See [`local_to_utc`].
pub fn utc_to_local(utc: i64, zone_name: &str) -> Result<i64> {
    if is_infinite(utc) {
        return Ok(utc);
    }
    let zone = zone(zone_name)?;
    checked(utc.checked_add(zone.offset_at(utc) * MICROSECONDS_PER_SECOND))
}
