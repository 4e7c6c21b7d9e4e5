//! [`Unit`]: what `extract`, `date_part` and `date_trunc` are asked for.

use underpin_base::{Code, Error, Result};

use crate::types::Type;

/// A field of a date, time or interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Microseconds,
    Milliseconds,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Epoch,
    Julian,
    DayOfWeek,
    IsoDayOfWeek,
    DayOfYear,
    IsoYear,
    Timezone,
    TimezoneHour,
    TimezoneMinute,
}

/// Returns the unit that `name` means to `date_trunc`, which does not know those that nothing is cut to.
///
/// # Errors
/// `22023`.
pub(crate) fn cut(name: &str, ty: &Type) -> Result<Unit> {
    match named(name, ty)? {
        Unit::Epoch
        | Unit::Julian
        | Unit::DayOfWeek
        | Unit::IsoDayOfWeek
        | Unit::DayOfYear
        | Unit::IsoYear => Err(unrecognized(name, ty)),
        unit => Ok(unit),
    }
}

fn unrecognized(name: &str, ty: &Type) -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        format!(
            "unit \"{}\" not recognized for type {ty}",
            name.to_lowercase()
        ),
    )
}

/// Returns the unit that `name`, in any case, means to a value of type `ty`.
///
/// # Errors
/// `22023`.
pub(crate) fn named(name: &str, ty: &Type) -> Result<Unit> {
    Ok(match name.to_lowercase().as_str() {
        "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecond" | "microseconds" => {
            Unit::Microseconds
        }
        "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecond" | "milliseconds" => {
            Unit::Milliseconds
        }
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "qtr" | "quarter" => Unit::Quarter,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        "epoch" => Unit::Epoch,
        "j" | "jd" | "julian" => Unit::Julian,
        "dow" => Unit::DayOfWeek,
        "isodow" => Unit::IsoDayOfWeek,
        "doy" => Unit::DayOfYear,
        "isoyear" => Unit::IsoYear,
        "timezone" => Unit::Timezone,
        "timezone_h" | "timezone_hour" => Unit::TimezoneHour,
        "timezone_m" | "timezone_minute" => Unit::TimezoneMinute,
        _ => return Err(unrecognized(name, ty)),
    })
}

/// Returns the error of a unit that values of type `ty` do not have.
pub(crate) fn unsupported(name: &str, ty: &Type) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!(
            "unit \"{}\" not supported for type {ty}",
            name.to_lowercase()
        ),
    )
}
