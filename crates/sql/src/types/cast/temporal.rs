//! Casts between dates, times, timestamps and intervals.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use crate::types::Type;
use crate::types::datetime::{
    DATE_INFINITY, DATE_NEGATIVE_INFINITY, MICROSECONDS_PER_DAY, TIMESTAMP_INFINITY,
    TIMESTAMP_NEGATIVE_INFINITY, east_of, timetz_parts, timetz_text, to_local, to_utc,
};
use crate::types::interval::Interval;

/// Casts a date, time, timestamp or interval; nothing when there is no such cast.
pub(super) fn convert(from: &Type, to: &Type, value: ValueRef<'_>) -> Option<Result<Value>> {
    let is_timestamp = |ty: &Type| matches!(ty, Type::Timestamp | Type::TimestampTz);
    Some(match (from, to, value) {
        (Type::Date, Type::TimestampTz, ValueRef::Int(days)) => {
            date_to_timestamp(days).map(|midnight| Value::Int(to_utc(midnight)))
        }
        (Type::Date, Type::Timestamp, ValueRef::Int(days)) => {
            date_to_timestamp(days).map(Value::Int)
        }
        (Type::Timestamp, Type::TimestampTz, ValueRef::Int(local)) => Ok(Value::Int(to_utc(local))),
        (Type::TimestampTz, Type::Timestamp, ValueRef::Int(moment)) => {
            Ok(Value::Int(to_local(moment)))
        }
        (from, to, ValueRef::Int(_)) if is_timestamp(from) && is_timestamp(to) => {
            Ok(value.to_value())
        }
        (from, Type::Date, ValueRef::Int(microseconds)) if is_timestamp(from) => {
            Ok(Value::Int(timestamp_to_date(clock(from, microseconds))))
        }
        (from, Type::Time, ValueRef::Int(microseconds)) if is_timestamp(from) => {
            Ok(time_of_day(clock(from, microseconds)).map_or(Value::Null, Value::Int))
        }
        (Type::TimestampTz, Type::TimeTz, ValueRef::Int(microseconds)) => {
            let east = east_of(microseconds);
            let text = time_of_day(to_local(microseconds)).map(|time| timetz_text(time, east));
            Ok(text.map_or(Value::Null, Value::text))
        }
        (Type::Time, Type::TimeTz, ValueRef::Int(time)) => Ok(Value::text(timetz_text(time, 0))),
        (Type::Time, Type::Interval, ValueRef::Int(microseconds)) => {
            let interval = Interval {
                microseconds,
                ..Interval::default()
            };
            Ok(Value::text(interval.to_string()))
        }
        (Type::TimeTz, Type::Time, ValueRef::Text(text)) => Ok(Value::Int(timetz_parts(text).0)),
        (Type::Interval, Type::Time, ValueRef::Text(text)) => Interval::read(text)
            .map(|it| Value::Int(it.microseconds.rem_euclid(MICROSECONDS_PER_DAY))),
        _ => return None,
    })
}

/// Returns what a clock shows: that of the session's zone, for a `timestamptz`.
fn clock(ty: &Type, microseconds: i64) -> i64 {
    match ty {
        Type::TimestampTz => to_local(microseconds),
        _ => microseconds,
    }
}

/// Returns midnight of a day.
///
/// # Errors
/// `22008` when no timestamp is that late.
pub fn date_to_timestamp(days: i64) -> Result<i64> {
    match days {
        DATE_INFINITY => Ok(TIMESTAMP_INFINITY),
        DATE_NEGATIVE_INFINITY => Ok(TIMESTAMP_NEGATIVE_INFINITY),
        days => days
            .checked_mul(MICROSECONDS_PER_DAY)
            .ok_or_else(|| Error::new(Code::DATETIME_OVERFLOW, "date out of range for timestamp")),
    }
}

/// Returns the day of a timestamp.
pub fn timestamp_to_date(microseconds: i64) -> i64 {
    match microseconds {
        TIMESTAMP_INFINITY => DATE_INFINITY,
        TIMESTAMP_NEGATIVE_INFINITY => DATE_NEGATIVE_INFINITY,
        microseconds => microseconds.div_euclid(MICROSECONDS_PER_DAY),
    }
}

/// Returns the time of day of a timestamp; an infinite one has none.
fn time_of_day(microseconds: i64) -> Option<i64> {
    match microseconds {
        TIMESTAMP_INFINITY | TIMESTAMP_NEGATIVE_INFINITY => None,
        microseconds => Some(microseconds.rem_euclid(MICROSECONDS_PER_DAY)),
    }
}
