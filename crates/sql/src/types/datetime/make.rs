//! Making dates and times from numbers: `make_date`, `make_time`, `make_timestamp`, `to_timestamp(double precision)`.

use underpin_base::Result;

use super::arithmetic::{checked, refused};
use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND, days_in_month};
use super::input::{DAYS_END, FIRST_DAY, ROUNDING_ORIGIN};
use super::{TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY};
use crate::types::{Type, ValueRef, output};

/// Returns `make_date(year, month, day)`; a negative year is before Christ.
///
/// # Errors
/// `22008` when there is no such day.
pub fn make_date(year: i64, month: i64, day: i64) -> Result<i64> {
    let civil = Civil {
        year: if year < 0 { year + 1 } else { year },
        month,
        day,
    };
    let exists = year != 0
        && (1..=12).contains(&month)
        && (1..=days_in_month(civil.year, month)).contains(&day);
    if !exists {
        return Err(refused(format!(
            "date field value out of range: {year}-{month:02}-{day:02}"
        )));
    }
    let days = Some(civil.to_days()).filter(|days| (FIRST_DAY..DAYS_END).contains(days));
    days.ok_or_else(|| {
        let year = civil.year;
        refused(format!("date out of range: {year}-{month:02}-{day:02}"))
    })
}

/// Returns `make_time(hour, minute, second)`.
///
/// # Errors
/// `22008` when there is no such time.
pub fn make_time(hour: i64, minute: i64, second: f64) -> Result<i64> {
    let microseconds = (second * MICROSECONDS_PER_SECOND as f64).round_ties_even();
    let valid = (0..=24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..=60.0).contains(&second)
        && (hour * 60 + minute) * 60 * MICROSECONDS_PER_SECOND + microseconds as i64
            <= MICROSECONDS_PER_DAY;
    if !valid {
        return Err(refused(format!(
            "time field value out of range: {hour}:{minute:02}:{second:02}"
        )));
    }
    Ok((hour * 60 + minute) * 60 * MICROSECONDS_PER_SECOND + microseconds as i64)
}

/// Returns `make_timestamp(year, month, day, hour, minute, second)`.
///
/// # Errors
/// `22008` when there is no such time.
pub fn make_timestamp(
    (year, month, day): (i64, i64, i64),
    (hour, minute, second): (i64, i64, f64),
) -> Result<i64> {
    let days = make_date(year, month, day)?;
    let time = make_time(hour, minute, second)?;
    checked(
        days.checked_mul(MICROSECONDS_PER_DAY)
            .and_then(|it| it.checked_add(time)),
    )
}

/// Returns `to_timestamp(seconds)`: seconds since 1970.
///
/// # Errors
/// `22008` when the result is out of range.
pub fn from_seconds(seconds: f64) -> Result<i64> {
    if seconds.is_nan() {
        return Err(refused("timestamp cannot be NaN"));
    }
    if seconds.is_infinite() {
        return Ok(if seconds > 0.0 {
            TIMESTAMP_INFINITY
        } else {
            TIMESTAMP_NEGATIVE_INFINITY
        });
    }
    let origin_seconds = (ROUNDING_ORIGIN / MICROSECONDS_PER_SECOND) as f64;
    let microseconds =
        ((seconds - origin_seconds) * MICROSECONDS_PER_SECOND as f64).round_ties_even();
    // A cast from a float saturates, and the limits are out of range.
    checked((microseconds as i64).checked_add(ROUNDING_ORIGIN)).map_err(|_| {
        let mut printed = String::new();
        output(&Type::Float8, ValueRef::Float(seconds), &mut printed);
        refused(format!("timestamp out of range: \"{printed}\""))
    })
}
