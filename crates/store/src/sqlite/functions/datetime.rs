//! Dates, times and intervals: the arithmetic of [`underpin_sql::types::datetime`] and [`underpin_sql::types::interval`] under its names in SQLite.

use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::datetime::format;
use underpin_sql::types::interval::Interval;
use underpin_sql::types::{Type, datetime};

use super::arguments::Arguments;
use super::registry::Row;

/// The implementations.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_date_add", |a| int(datetime::add_days(a.int(0)?, a.int(1)?))),
    ("pg_date_subtract", |a| int(datetime::add_days(a.int(0)?, a.int(1)?.saturating_neg()))),
    ("pg_date_difference", |a| int(datetime::date_difference(a.int(0)?, a.int(1)?))),
    ("pg_date_add_interval", |a| int(datetime::add_interval_to_date(a.int(0)?, span(a, 1)?))),
    ("pg_date_subtract_interval", |a| {
        int(datetime::add_interval_to_date(a.int(0)?, span(a, 1)?.negated()?))
    }),
    ("pg_date_add_time", |a| int(datetime::date_at(a.int(0)?, a.int(1)?))),
    ("pg_timestamp_add", |a| int(datetime::add_interval(a.int(0)?, span(a, 1)?))),
    ("pg_timestamp_subtract", |a| int(datetime::subtract_interval(a.int(0)?, span(a, 1)?))),
    ("pg_timestamp_difference", |a| interval(datetime::difference(a.int(0)?, a.int(1)?))),
    ("pg_time_add", |a| Ok(Value::Int(datetime::add_to_time(a.int(0)?, span(a, 1)?)))),
    ("pg_time_subtract", |a| Ok(Value::Int(datetime::subtract_from_time(a.int(0)?, span(a, 1)?)))),
    ("pg_time_difference", |a| interval(Ok(datetime::time_difference(a.int(0)?, a.int(1)?)))),
    ("pg_interval_add", |a| interval(span(a, 0)?.plus(span(a, 1)?))),
    ("pg_interval_subtract", |a| interval(span(a, 0)?.minus(span(a, 1)?))),
    ("pg_interval_multiply", |a| interval(span(a, 0)?.times(factor(a, 1)?))),
    ("pg_interval_divide", |a| interval(span(a, 0)?.divided_by(factor(a, 1)?))),
    ("pg_age", |a| interval(datetime::age(a.int(0)?, a.int(1)?))),
    ("pg_age_timestamp", |a| interval(datetime::age(a.int(0)?, a.int(1)?))),
    ("pg_age_today", |a| interval(datetime::age(today(), a.int(0)?))),
    ("pg_age_today_timestamp", |a| interval(datetime::age(today(), a.int(0)?))),
    ("pg_clock_timestamp", |_| Ok(Value::Int(datetime::now()))),
    ("pg_statement_timestamp", |_| Ok(Value::Int(datetime::now()))),
    ("pg_date", |a| {
        Ok(Value::Int(underpin_sql::types::timestamp_to_date(datetime::to_local(a.int(0)?))))
    }),
    ("pg_date_timestamp", |a| Ok(Value::Int(underpin_sql::types::timestamp_to_date(a.int(0)?)))),
    ("pg_date_bin", |a| int(datetime::bin(span(a, 0)?, a.int(1)?, a.int(2)?))),
    ("pg_date_bin_timestamp", |a| int(datetime::bin(span(a, 0)?, a.int(1)?, a.int(2)?))),
    ("pg_date_part_date", |a| part(a, &Type::Date)),
    ("pg_date_part_interval", |a| part(a, &Type::Interval)),
    ("pg_date_part_time", |a| part(a, &Type::Time)),
    ("pg_date_part_timestamp", |a| part(a, &Type::Timestamp)),
    ("pg_date_part_timestamptz", |a| part(a, &Type::TimestampTz)),
    ("pg_extract_date", |a| extract(a, &Type::Date)),
    ("pg_extract_interval", |a| extract(a, &Type::Interval)),
    ("pg_extract_time", |a| extract(a, &Type::Time)),
    ("pg_extract_timestamp", |a| extract(a, &Type::Timestamp)),
    ("pg_extract_timestamptz", |a| extract(a, &Type::TimestampTz)),
    ("pg_date_trunc", |a| int(datetime::truncate_moment(a.text(0)?, a.int(1)?))),
    ("pg_date_trunc_timestamp", |a| int(datetime::truncate(a.text(0)?, &Type::Timestamp, a.int(1)?))),
    ("pg_date_trunc_zone", |a| int(datetime::truncate_in_zone(a.text(0)?, a.int(1)?, a.text(2)?))),
    ("pg_date_trunc_interval", |a| interval(datetime::truncate_interval(a.text(0)?, span(a, 1)?))),
    ("pg_isfinite", |a| Ok(is_finite(a.int(0)?, i64::MIN, i64::MAX))),
    ("pg_isfinite_timestamp", |a| Ok(is_finite(a.int(0)?, i64::MIN, i64::MAX))),
    ("pg_isfinite_date", |a| Ok(is_finite(a.int(0)?, i32::MIN.into(), i32::MAX.into()))),
    ("pg_justify_days", |a| interval(span(a, 0)?.justify_days())),
    ("pg_justify_hours", |a| interval(span(a, 0)?.justify_hours())),
    ("pg_justify_interval", |a| interval(span(a, 0)?.justify())),
    ("pg_make_date", |a| int(datetime::make_date(a.int(0)?, a.int(1)?, a.int(2)?))),
    ("pg_make_time", |a| int(datetime::make_time(a.int(0)?, a.int(1)?, a.float(2)?))),
    ("pg_make_timestamp", make_timestamp),
    ("pg_make_timestamptz", make_timestamp),
    ("pg_make_interval_1", make_interval),
    ("pg_make_interval_2", make_interval),
    ("pg_make_interval_3", make_interval),
    ("pg_make_interval_4", make_interval),
    ("pg_make_interval_5", make_interval),
    ("pg_make_interval_6", make_interval),
    ("pg_make_interval_7", make_interval),
    ("pg_overlaps_time", |a| overlap(a, time_end)),
    ("pg_overlaps_time_interval", |a| overlap(a, time_end)),
    ("pg_overlaps_time_interval_first", |a| overlap(a, time_end)),
    ("pg_overlaps_time_intervals", |a| overlap(a, time_end)),
    ("pg_overlaps_timestamp", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamp_interval", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamp_interval_first", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamp_intervals", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamptz", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamptz_interval", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamptz_interval_first", |a| overlap(a, datetime_end)),
    ("pg_overlaps_timestamptz_intervals", |a| overlap(a, datetime_end)),
    ("pg_timezone", |a| int(datetime::utc_to_local(a.int(1)?, a.text(0)?))),
    ("pg_timezone_timestamp", |a| int(datetime::local_to_utc(a.int(1)?, a.text(0)?))),
    ("pg_to_char", |a| text(format::timestamp_to_char(a.int(0)?, true, a.text(1)?))),
    ("pg_to_char_timestamp", |a| text(format::timestamp_to_char(a.int(0)?, false, a.text(1)?))),
    ("pg_to_char_interval", |a| text(format::interval_to_char(span(a, 0)?, a.text(1)?))),
    ("pg_to_date", |a| int(format::to_date(a.text(0)?, a.text(1)?))),
    ("pg_to_timestamp", |a| int(format::to_timestamp(a.text(0)?, a.text(1)?))),
    ("pg_to_timestamp_seconds", |a| int(datetime::from_seconds(a.float(0)?))),
];

/// Returns the moment that lies `span` after another.
fn datetime_end(start: i64, span: Interval) -> Result<i64> {
    datetime::add_interval(start, span)
}

fn time_end(start: i64, span: Interval) -> Result<i64> {
    Ok(datetime::add_to_time(start, span))
}

/// `(start, end) overlaps (start, end)`: an end may be an interval, and a start or end that is null says as much as the other tells.
fn overlap(arguments: &Arguments<'_>, add: fn(i64, Interval) -> Result<i64>) -> Result<Value> {
    let moment = |index: usize| match arguments.get(index) {
        ValueRef::Int(moment) => Some(moment),
        _ => None,
    };
    let period = |index: usize| -> Result<(Option<i64>, Option<i64>)> {
        let start = moment(index);
        let end = match (start, arguments.get(index + 1)) {
            (Some(start), ValueRef::Text(span)) => Some(add(start, Interval::read(span)?)?),
            _ => moment(index + 1),
        };
        Ok(match (start, end) {
            (None, end) => (end, None),
            (Some(start), Some(end)) if start > end => (Some(end), Some(start)),
            both => both,
        })
    };
    let (first, second) = (period(0)?, period(2)?);
    let (Some(first_start), Some(second_start)) = (first.0, second.0) else {
        return Ok(Value::Null);
    };
    // The end of the one that starts first tells, if it is known.
    let (earlier_end, later_start, later_end) = if first_start > second_start {
        (second.1, first_start, first.1)
    } else {
        (first.1, second_start, second.1)
    };
    Ok(match (earlier_end, later_end) {
        (None, _) => Value::Null,
        (Some(_), Some(_)) if first_start == second_start => Value::bool(true),
        (Some(earlier_end), _) if later_start < earlier_end => Value::bool(true),
        (Some(_), None) => Value::Null,
        (Some(_), Some(_)) => Value::bool(false),
    })
}

fn int(result: Result<i64>) -> Result<Value> {
    result.map(Value::Int)
}

fn text(result: Result<Option<String>>) -> Result<Value> {
    result.map(|text| text.map_or(Value::Null, Value::text))
}

fn interval(result: Result<Interval>) -> Result<Value> {
    result.map(|interval| Value::text(interval.to_string()))
}

/// Returns argument `index`, which is an interval.
fn span(arguments: &Arguments<'_>, index: usize) -> Result<Interval> {
    Interval::read(arguments.text(index)?)
}

/// Returns argument `index`, which is a number of any type.
fn factor(arguments: &Arguments<'_>, index: usize) -> Result<f64> {
    match arguments.text(index) {
        Ok(text) => text.parse().map_err(Error::internal),
        Err(_) => arguments.float(index),
    }
}

/// Returns midnight of today, from which `age` of one argument counts.
fn today() -> i64 {
    let now = datetime::now();
    now - now.rem_euclid(86_400_000_000)
}

fn part(arguments: &Arguments<'_>, ty: &Type) -> Result<Value> {
    let part = datetime::date_part(arguments.text(0)?, ty, arguments.get(1))?;
    Ok(part.map_or(Value::Null, super::float::number))
}

fn extract(arguments: &Arguments<'_>, ty: &Type) -> Result<Value> {
    let part = datetime::extract(arguments.text(0)?, ty, arguments.get(1))?;
    Ok(part.map_or(Value::Null, Value::text))
}

fn is_finite(value: i64, minus: i64, plus: i64) -> Value {
    Value::bool(value != minus && value != plus)
}

fn make_timestamp(a: &Arguments<'_>) -> Result<Value> {
    int(datetime::make_timestamp(
        (a.int(0)?, a.int(1)?, a.int(2)?),
        (a.int(3)?, a.int(4)?, a.float(5)?),
    ))
}

/// `make_interval` of one to seven arguments: what is not given is zero.
fn make_interval(arguments: &Arguments<'_>) -> Result<Value> {
    let given = |index: usize| {
        if index < arguments.len() {
            arguments.int(index)
        } else {
            Ok(0)
        }
    };
    let seconds = if arguments.len() > 6 {
        arguments.float(6)?
    } else {
        0.0
    };
    interval(Interval::make(
        (given(0)?, given(1)?),
        (given(2)?, given(3)?),
        (given(4)?, given(5)?, seconds),
    ))
}
