//! `date_trunc` and `date_bin`.

use underpin_base::{Code, Error, Result};

use super::arithmetic::{checked, is_infinite, refused, zone};
use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND};
use super::field::weekday;
use super::session;
use super::unit::{self, Unit};
use super::zone::Zone;
use crate::types::Type;
use crate::types::interval::Interval;

/// Returns `date_trunc(name, timestamp)`, for `timestamp` and `timestamptz` (`ty`).
///
/// # Errors
/// `22023` for a name that is no unit, `0A000` for a unit that nothing is cut to.
pub fn truncate(name: &str, ty: &Type, timestamp: i64) -> Result<i64> {
    if is_infinite(timestamp) {
        return Ok(timestamp);
    }
    let unit = unit::cut(name, ty)?;
    let days = timestamp.div_euclid(MICROSECONDS_PER_DAY);
    let step = match unit {
        Unit::Microseconds => 1,
        Unit::Milliseconds => MICROSECONDS_PER_SECOND / 1_000,
        Unit::Second => MICROSECONDS_PER_SECOND,
        Unit::Minute => 60 * MICROSECONDS_PER_SECOND,
        Unit::Hour => MICROSECONDS_PER_HOUR,
        Unit::Day => MICROSECONDS_PER_DAY,
        _ => {
            let first = first_day(unit, days).ok_or_else(|| unit::unsupported(name, ty))?;
            return checked(first.checked_mul(MICROSECONDS_PER_DAY));
        }
    };
    Ok(timestamp.div_euclid(step) * step)
}

/// Returns the first day of the week, month or longer that `days` lies in.
fn first_day(unit: Unit, days: i64) -> Option<i64> {
    if unit == Unit::Week {
        return Some(days - weekday(days) + 1);
    }
    let Civil { year, month, .. } = Civil::from_days(days);
    let (year, month) = match unit {
        Unit::Month => (year, month),
        Unit::Quarter => (year, (month - 1) / 3 * 3 + 1),
        Unit::Year => (year, 1),
        Unit::Decade => (year.div_euclid(10) * 10, 1),
        Unit::Century => ((year - 1).div_euclid(100) * 100 + 1, 1),
        Unit::Millennium => ((year - 1).div_euclid(1_000) * 1_000 + 1, 1),
        _ => return None,
    };
    let first = Civil {
        year,
        month,
        day: 1,
    };
    Some(first.to_days())
}

/// Returns `date_trunc(name, timestamptz)`: cut as a clock in the session's zone shows it.
///
/// # Errors
/// See [`truncate`].
pub fn truncate_moment(name: &str, timestamp: i64) -> Result<i64> {
    match session::zone() {
        Some(zone) => truncate_by(name, timestamp, &zone),
        None => truncate(name, &Type::TimestampTz, timestamp),
    }
}

/// Returns `date_trunc(name, timestamptz, zone)`: cut as a clock in the zone shows it.
///
/// # Errors
/// See [`truncate`]; `22023` when there is no such zone.
pub fn truncate_in_zone(name: &str, timestamp: i64, zone_name: &str) -> Result<i64> {
    truncate_by(name, timestamp, &zone(zone_name)?)
}

fn truncate_by(name: &str, timestamp: i64, zone: &Zone) -> Result<i64> {
    if is_infinite(timestamp) {
        return truncate(name, &Type::TimestampTz, timestamp);
    }
    let offset = zone.offset_at(timestamp) * MICROSECONDS_PER_SECOND;
    let local = checked(timestamp.checked_add(offset))?;
    let cut = truncate(name, &Type::TimestampTz, local)?;
    // Parts of a day keep their offset, so that the hour that a clock repeats stays itself.
    let within_day = local - cut < MICROSECONDS_PER_DAY
        && cut.div_euclid(MICROSECONDS_PER_DAY) == local.div_euclid(MICROSECONDS_PER_DAY)
        && cut.rem_euclid(MICROSECONDS_PER_DAY) != 0;
    let offset = if within_day {
        offset
    } else {
        zone.offset_at_local(cut) * MICROSECONDS_PER_SECOND
    };
    checked(cut.checked_sub(offset))
}

/// Returns `date_trunc(name, interval)`.
///
/// # Errors
/// See [`truncate`].
pub fn truncate_interval(name: &str, interval: Interval) -> Result<Interval> {
    let unit = unit::cut(name, &Type::Interval)?;
    let months = |step: i32| Interval {
        months: interval.months / step * step,
        ..Interval::default()
    };
    let time = |step: i64| Interval {
        microseconds: interval.microseconds / step * step,
        ..interval
    };
    Ok(match unit {
        Unit::Millennium => months(12_000),
        Unit::Century => months(1_200),
        Unit::Decade => months(120),
        Unit::Year => months(12),
        Unit::Quarter => months(3),
        Unit::Month => months(1),
        Unit::Day => Interval {
            microseconds: 0,
            ..interval
        },
        Unit::Hour => time(MICROSECONDS_PER_HOUR),
        Unit::Minute => time(60 * MICROSECONDS_PER_SECOND),
        Unit::Second => time(MICROSECONDS_PER_SECOND),
        Unit::Milliseconds => time(MICROSECONDS_PER_SECOND / 1_000),
        Unit::Microseconds => interval,
        Unit::Week => {
            return Err(unit::unsupported(name, &Type::Interval)
                .details("Months usually have fractional weeks."));
        }
        _ => return Err(unit::unsupported(name, &Type::Interval)),
    })
}

/// Returns `date_bin(stride, timestamp, origin)`: the start of the stride that the time lies in.
///
/// # Errors
/// `0A000` when the stride has months, `22008` when it is not positive or something is infinite.
pub fn bin(stride: Interval, timestamp: i64, origin: i64) -> Result<i64> {
    if is_infinite(timestamp) {
        return Ok(timestamp);
    }
    if is_infinite(origin) {
        return Err(refused("origin out of range"));
    }
    if stride.months != 0 {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "timestamps cannot be binned into intervals containing months or years",
        ));
    }
    let stride = i64::try_from(stride.span()).map_err(|_| refused("interval out of range"))?;
    if stride <= 0 {
        return Err(refused("stride must be greater than zero"));
    }
    let past = timestamp
        .checked_sub(origin)
        .ok_or_else(|| refused("interval out of range"))?;
    checked(
        past.div_euclid(stride)
            .checked_mul(stride)
            .and_then(|it| it.checked_add(origin)),
    )
}
