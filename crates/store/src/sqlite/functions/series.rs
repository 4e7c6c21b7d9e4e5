//! `generate_series`.

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::interval::Interval;
use underpin_sql::types::{datetime, numeric};

use super::arguments::Arguments;
use super::registry::Row;
use super::set;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_series_int4", |a| integers(a.int(0)?, a.int(1)?, 1)),
    ("pg_series_int4_step", |a| {
        integers(a.int(0)?, a.int(1)?, a.int(2)?)
    }),
    ("pg_series_int8", |a| integers(a.int(0)?, a.int(1)?, 1)),
    ("pg_series_int8_step", |a| {
        integers(a.int(0)?, a.int(1)?, a.int(2)?)
    }),
    ("pg_series_numeric", |a| {
        numerics(a.text(0)?, a.text(1)?, "1")
    }),
    ("pg_series_numeric_step", |a| {
        numerics(a.text(0)?, a.text(1)?, a.text(2)?)
    }),
    ("pg_series_timestamp", timestamps),
    ("pg_series_timestamptz", timestamps),
];

fn zero_step() -> Error {
    Error::new(Code::INVALID_PARAMETER, "step size cannot equal zero")
}

fn integers(start: i64, stop: i64, step: i64) -> Result<Value> {
    if step == 0 {
        return Err(zero_step());
    }
    let within = |value: &i64| {
        if step > 0 {
            *value <= stop
        } else {
            *value >= stop
        }
    };
    let series = std::iter::successors(Some(start), |value| value.checked_add(step));
    set::rows(series.take_while(within).map(|value| Ok(Value::Int(value))))
}

fn numerics(start: &str, stop: &str, step: &str) -> Result<Value> {
    let sign = numeric::compare(step, "0");
    for value in [start, stop, step] {
        if value.ends_with("Infinity") || value == "NaN" {
            return Err(Error::new(
                Code::INVALID_PARAMETER,
                "start, stop and step values must be finite",
            ));
        }
    }
    if sign.is_eq() {
        return Err(zero_step());
    }
    let mut rows = Vec::new();
    let mut value = start.to_owned();
    while numeric::compare(&value, stop) != sign {
        super::limits::check_rows(rows.len())?;
        let next = numeric::add(&value, step)?;
        rows.push(Ok(Value::text(value)));
        value = next;
    }
    set::rows(rows)
}

fn timestamps(arguments: &Arguments<'_>) -> Result<Value> {
    let (start, stop) = (arguments.int(0)?, arguments.int(1)?);
    let step = Interval::read(arguments.text(2)?)?;
    let span = step.span();
    if span == 0 {
        return Err(zero_step());
    }
    let mut rows = Vec::new();
    let mut value = start;
    while if span > 0 {
        value <= stop
    } else {
        value >= stop
    } {
        super::limits::check_rows(rows.len())?;
        rows.push(Ok(Value::Int(value)));
        let next = datetime::add_interval(value, step)?;
        // An infinite time does not move.
        if next == value {
            break;
        }
        value = next;
    }
    set::rows(rows)
}
