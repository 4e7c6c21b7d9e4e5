//! `extract` and `date_part`: one field of a date, time or interval, as a `numeric`.

use underpin_base::{Result, ValueRef};

use super::arithmetic::is_infinite;
use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND};
use super::session;
use super::unit::{self, Unit};
use super::{DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY, timetz_parts};
use crate::types::interval::Interval;
use crate::types::numeric::{Numeric, add, divide};
use crate::types::{Type, date_to_timestamp, float};

const MINUTE: i64 = 60 * MICROSECONDS_PER_SECOND;
/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i64 = 2_440_588;

/// Returns `extract(name from value)` as the text of a `numeric`; nothing when the field of an infinite time has no value.
///
/// # Errors
/// `22023` for a name that is no unit, `0A000` for a unit that values of type `ty` do not have.
pub fn extract(name: &str, ty: &Type, value: ValueRef<'_>) -> Result<Option<String>> {
    let unit = unit::named(name, ty)?;
    let found = match (ty, value) {
        (Type::Date, ValueRef::Int(days)) => of_date(unit, days),
        (Type::Timestamp | Type::TimestampTz, ValueRef::Int(it)) => of_timestamp(unit, ty, it),
        (Type::Time, ValueRef::Int(time)) => of_time(unit, time).map(Some),
        (Type::TimeTz, ValueRef::Text(text)) => {
            let (time, east) = timetz_parts(text);
            of_zone(unit, east)
                .or_else(|| match unit {
                    Unit::Epoch => Some(scaled(time - east * MICROSECONDS_PER_SECOND, 6)),
                    _ => of_time(unit, time),
                })
                .map(Some)
        }
        (Type::Interval, ValueRef::Text(text)) => {
            of_interval(unit, Interval::read(text)?).map(Some)
        }
        (_, _) => return Ok(None),
    };
    found.ok_or_else(|| unit::unsupported(name, ty))
}

/// Returns `date_part(name, value)`, which is [`extract`] as a floating-point number.
///
/// # Errors
/// See [`extract`].
pub fn date_part(name: &str, ty: &Type, value: ValueRef<'_>) -> Result<Option<f64>> {
    let text = match (ty, value) {
        // A date has the fields of its midnight here, hours included.
        (Type::Date, ValueRef::Int(days)) => {
            let midnight = date_to_timestamp(days)?;
            extract(name, &Type::Timestamp, ValueRef::Int(midnight))?
        }
        _ => extract(name, ty, value)?,
    };
    Ok(text.and_then(|text| {
        let number = float::input(&Type::Float8, &text).ok()?;
        float::from_value(ValueRef::from(&number))
    }))
}

/// Prints `number` / 10^`digits` with all its digits.
fn scaled(number: i64, digits: u32) -> String {
    let unit = 10u64.pow(digits);
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    let width = digits as usize;
    format!("{sign}{}.{:0width$}", number / unit, number % unit)
}

/// A field of the time of day.
fn of_time(unit: Unit, time: i64) -> Option<String> {
    let of_minute = time % MINUTE;
    Some(match unit {
        Unit::Microseconds => of_minute.to_string(),
        Unit::Milliseconds => scaled(of_minute, 3),
        Unit::Second => scaled(of_minute, 6),
        Unit::Minute => (time / MINUTE % 60).to_string(),
        Unit::Hour => (time / MICROSECONDS_PER_HOUR).to_string(),
        Unit::Epoch => scaled(time, 6),
        _ => return None,
    })
}

fn of_zone(unit: Unit, east: i64) -> Option<String> {
    Some(match unit {
        Unit::Timezone => east.to_string(),
        Unit::TimezoneHour => (east / 3_600).to_string(),
        Unit::TimezoneMinute => (east / 60 % 60).to_string(),
        _ => return None,
    })
}

fn of_timestamp(unit: Unit, ty: &Type, timestamp: i64) -> Option<Option<String>> {
    let zoned = *ty == Type::TimestampTz;
    if is_infinite(timestamp) {
        return infinite(unit, timestamp == TIMESTAMP_INFINITY, true);
    }
    let (local, east) = match zoned {
        true => (session::to_local(timestamp), session::east_of(timestamp)),
        false => (timestamp, 0),
    };
    let days = local.div_euclid(MICROSECONDS_PER_DAY);
    let time = local.rem_euclid(MICROSECONDS_PER_DAY);
    let found = match unit {
        Unit::Epoch => Some(scaled(timestamp, 6)),
        Unit::Julian => {
            let part = divide(&time.to_string(), &MICROSECONDS_PER_DAY.to_string()).ok()?;
            add(&(days + JULIAN_EPOCH).to_string(), &part).ok()
        }
        _ if zoned => of_zone(unit, east),
        _ => None,
    };
    let found = found.or_else(|| of_time(unit, time));
    let found = found.or_else(|| of_day(unit, days).map(|field| field.to_string()));
    found.map(Some)
}

fn of_date(unit: Unit, days: i64) -> Option<Option<String>> {
    if matches!(days, DATE_INFINITY | DATE_NEGATIVE_INFINITY) {
        return match unit {
            Unit::Hour | Unit::Minute | Unit::Second | Unit::Milliseconds | Unit::Microseconds => {
                None
            }
            _ => infinite(unit, days == DATE_INFINITY, false),
        };
    }
    let field = match unit {
        Unit::Epoch => days * 86_400,
        Unit::Julian => days + JULIAN_EPOCH,
        _ => of_day(unit, days)?,
    };
    Some(Some(field.to_string()))
}

/// A field of an infinite time: those that grow without end are infinite, the others have no value.
fn infinite(unit: Unit, positive: bool, zoned: bool) -> Option<Option<String>> {
    match unit {
        Unit::Year
        | Unit::Decade
        | Unit::Century
        | Unit::Millennium
        | Unit::Julian
        | Unit::IsoYear
        | Unit::Epoch => {
            let number = if positive {
                Numeric::Infinity
            } else {
                Numeric::NegativeInfinity
            };
            Some(Some(number.to_string()))
        }
        Unit::Timezone | Unit::TimezoneHour | Unit::TimezoneMinute if !zoned => None,
        _ => Some(None),
    }
}

/// A field of the calendar.
fn of_day(unit: Unit, days: i64) -> Option<i64> {
    let civil = Civil::from_days(days);
    let year = civil.year;
    Some(match unit {
        Unit::Day => civil.day,
        Unit::Month => civil.month,
        Unit::Quarter => (civil.month - 1) / 3 + 1,
        Unit::Week => civil.iso_week().1,
        Unit::IsoYear => era_year(civil.iso_week().0),
        Unit::Year => era_year(year),
        Unit::Decade => year.div_euclid(10),
        Unit::Century => group(year, 100),
        Unit::Millennium => group(year, 1_000),
        Unit::DayOfWeek => weekday(days) % 7,
        Unit::IsoDayOfWeek => weekday(days),
        Unit::DayOfYear => civil.day_of_year(),
        _ => return None,
    })
}

/// Returns the year as people count: there is no year 0.
fn era_year(year: i64) -> i64 {
    if year > 0 { year } else { year - 1 }
}

/// Returns the century or millennium, which begin with the year 1.
fn group(year: i64, size: i64) -> i64 {
    if year > 0 {
        (year + size - 1) / size
    } else {
        -((size - 1 - (year - 1)) / size)
    }
}

/// Returns the day of the week, 1 for Monday to 7 for Sunday.
pub(super) fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

fn of_interval(unit: Unit, interval: Interval) -> Option<String> {
    let (years, months) = (interval.months / 12, interval.months % 12);
    Some(match unit {
        Unit::Day => interval.days.to_string(),
        Unit::Month => months.to_string(),
        Unit::Quarter => (months / 3 + 1).to_string(),
        Unit::Year => years.to_string(),
        Unit::Decade => (years / 10).to_string(),
        Unit::Century => (years / 100).to_string(),
        Unit::Millennium => (years / 1_000).to_string(),
        Unit::Epoch => {
            // A year is 365.25 days here, a month 30.
            let seconds = i128::from(years) * 31_557_600
                + i128::from(months) * 2_592_000
                + i128::from(interval.days) * 86_400;
            let total = seconds * 1_000_000 + i128::from(interval.microseconds);
            let sign = if total < 0 { "-" } else { "" };
            let total = total.unsigned_abs();
            format!("{sign}{}.{:06}", total / 1_000_000, total % 1_000_000)
        }
        _ => return of_time(unit, interval.microseconds),
    })
}
