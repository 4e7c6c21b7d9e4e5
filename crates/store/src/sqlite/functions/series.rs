//! `generate_series`.

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::interval::Interval;
use underpin_sql::types::{datetime, numeric};

use super::arguments::Arguments;
use super::limits::check_rows;
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

/// Refuses a series of that many steps before it is made.
fn check_distance(steps: i128) -> Result<()> {
    check_rows(usize::try_from(steps.max(0)).unwrap_or(usize::MAX))
}

fn integers(start: i64, stop: i64, step: i64) -> Result<Value> {
    if step == 0 {
        return Err(zero_step());
    }
    let distance = (i128::from(stop) - i128::from(start)) / i128::from(step);
    check_distance(distance)?;
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
    let distance = numeric::divide(&numeric::subtract(stop, start)?, step)?;
    check_distance(distance.parse::<f64>().map_err(Error::internal)? as i128)?;
    let mut rows = Vec::new();
    let mut value = start.to_owned();
    while numeric::compare(&value, stop) != sign {
        check_rows(rows.len())?;
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
    // A month is counted as 30 days, so the count is only near; the loop counts exactly.
    check_distance((i128::from(stop) - i128::from(start)) / span / 2)?;
    let mut rows = Vec::new();
    let mut value = start;
    while if span > 0 {
        value <= stop
    } else {
        value >= stop
    } {
        check_rows(rows.len())?;
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
