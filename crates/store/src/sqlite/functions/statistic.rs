//! Aggregates over numbers and intervals. They are window functions as well: a row that leaves the frame is taken out again.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, WindowAggregate};
use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::numeric;

use super::arguments::{Arguments, Output};
use super::failure;
use super::float::number;
use super::registry::flags;
use super::span::Spans;

/// Registers the aggregates of this file.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    for (name, statistic) in EXACT {
        connection.create_window_function(*name, 1, flags(true), Exact(*statistic))?;
    }
    connection.create_window_function("pg_sum_interval", 1, flags(true), Spans(false))?;
    connection.create_window_function("pg_avg_interval", 1, flags(true), Spans(true))?;
    for (name, statistic) in FLOATING {
        connection.create_window_function(*name, 1, flags(true), Floating(*statistic))?;
    }
    Ok(())
}

/// What is computed of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistic {
    Sum,
    SumSingle,
    Average,
    /// The variance of a sample, or of all.
    Variance {
        sample: bool,
    },
    /// The standard deviation of a sample, or of all.
    Deviation {
        sample: bool,
    },
}

const EXACT: &[(&str, Statistic)] = &[
    ("pg_sum_numeric", Statistic::Sum),
    ("pg_avg_numeric", Statistic::Average),
    ("pg_var_samp_numeric", Statistic::Variance { sample: true }),
    ("pg_var_pop_numeric", Statistic::Variance { sample: false }),
    (
        "pg_stddev_samp_numeric",
        Statistic::Deviation { sample: true },
    ),
    (
        "pg_stddev_pop_numeric",
        Statistic::Deviation { sample: false },
    ),
];

const FLOATING: &[(&str, Statistic)] = &[
    ("pg_sum_float4", Statistic::SumSingle),
    ("pg_sum_float8", Statistic::Sum),
    ("pg_avg_float8", Statistic::Average),
    ("pg_var_samp_float8", Statistic::Variance { sample: true }),
    ("pg_var_pop_float8", Statistic::Variance { sample: false }),
    (
        "pg_stddev_samp_float8",
        Statistic::Deviation { sample: true },
    ),
    (
        "pg_stddev_pop_float8",
        Statistic::Deviation { sample: false },
    ),
];

/// `numeric` and whole numbers, summed exactly.
struct Exact(Statistic);

/// The sums of the numbers in a frame.
#[derive(Clone, Debug)]
struct ExactSums {
    count: i64,
    /// The sum of whole numbers, which need no arithmetic of texts.
    whole: i128,
    sum: String,
    squares: String,
    /// How many of the numbers have which scale: the sum has the largest scale of those in the frame.
    scales: BTreeMap<i64, i64>,
}

impl Exact {
    fn add(&self, arguments: &Arguments<'_>, sums: &mut ExactSums, inverse: bool) -> Result<()> {
        let squared = !matches!(self.0, Statistic::Sum | Statistic::Average);
        let value = match arguments.get(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Int(value) if !squared => {
                sums.count += if inverse { -1 } else { 1 };
                let value = i128::from(value);
                sums.whole += if inverse { -value } else { value };
                return Ok(());
            }
            ValueRef::Int(value) => value.to_string(),
            ValueRef::Text(text) => text.to_owned(),
            other @ (ValueRef::Float(_) | ValueRef::Bytes(_)) => {
                return Err(Error::internal(format_args!("{other:?} in an exact sum")));
            }
        };
        sums.count += if inverse { -1 } else { 1 };
        let combine = if inverse {
            numeric::subtract
        } else {
            numeric::add
        };
        sums.sum = combine(&sums.sum, &value)?;
        if let Some(scale) = numeric::scale(&value)? {
            let count = sums.scales.entry(scale).or_default();
            *count += if inverse { -1 } else { 1 };
            if inverse {
                sums.scales.retain(|_, count| *count > 0);
                let scale = sums.scales.last_key_value().map_or(0, |(scale, _)| *scale);
                sums.sum = numeric::round(&sums.sum, scale)?;
            }
        }
        if squared {
            sums.squares = combine(&sums.squares, &numeric::multiply(&value, &value)?)?;
        }
        Ok(())
    }

    fn result(&self, sums: &ExactSums) -> Result<Value> {
        if sums.count == 0 {
            return Ok(Value::Null);
        }
        let sum = match sums.whole {
            0 => sums.sum.clone(),
            whole => numeric::add(&sums.sum, &whole.to_string())?,
        };
        let count = sums.count.to_string();
        let (sample, deviation) = match self.0 {
            Statistic::Sum | Statistic::SumSingle => return Ok(Value::text(sum)),
            Statistic::Average => return numeric::divide(&sum, &count).map(Value::text),
            Statistic::Variance { sample } => (sample, false),
            Statistic::Deviation { sample } => (sample, true),
        };
        let divisor = if sample { sums.count - 1 } else { sums.count };
        if divisor == 0 {
            return Ok(Value::Null);
        }
        // (n Σx² - (Σx)²) / (n (n - 1)), as PostgreSQL computes it.
        let spread = numeric::subtract(
            &numeric::multiply(&count, &sums.squares)?,
            &numeric::multiply(&sum, &sum)?,
        )?;
        if spread.starts_with('-') || numeric::compare(&spread, "0").is_eq() {
            return Ok(Value::text("0"));
        }
        let variance = numeric::divide(&spread, &numeric::multiply(&count, &divisor.to_string())?)?;
        if deviation {
            return numeric::sqrt(&variance).map(Value::text);
        }
        Ok(Value::text(variance))
    }
}

impl Aggregate<ExactSums, Output> for Exact {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<ExactSums> {
        Ok(ExactSums {
            count: 0,
            whole: 0,
            sum: "0".to_owned(),
            squares: "0".to_owned(),
            scales: BTreeMap::new(),
        })
    }

    fn step(&self, context: &mut Context<'_>, sums: &mut ExactSums) -> rusqlite::Result<()> {
        self.add(&Arguments::new(context, false), sums, false)
            .map_err(|error| failure::encode(&error))
    }

    fn finalize(&self, _: &mut Context<'_>, sums: Option<ExactSums>) -> rusqlite::Result<Output> {
        output(sums.map_or(Ok(Value::Null), |sums| self.result(&sums)))
    }
}

impl WindowAggregate<ExactSums, Output> for Exact {
    fn value(&self, sums: Option<&mut ExactSums>) -> rusqlite::Result<Output> {
        output(sums.map_or(Ok(Value::Null), |sums| self.result(sums)))
    }

    fn inverse(&self, context: &mut Context<'_>, sums: &mut ExactSums) -> rusqlite::Result<()> {
        self.add(&Arguments::new(context, false), sums, true)
            .map_err(|error| failure::encode(&error))
    }
}

/// Floating-point numbers. The numbers of the frame are kept, since a sum of floats cannot be undone exactly.
struct Floating(Statistic);

impl Floating {
    fn result(&self, numbers: &[f64]) -> Value {
        if numbers.is_empty() {
            return Value::Null;
        }
        let sum: f64 = numbers.iter().sum();
        let count = numbers.len() as f64;
        let (sample, deviation) = match self.0 {
            Statistic::Sum => return number(sum),
            Statistic::SumSingle => return number(f64::from(sum as f32)),
            Statistic::Average => return number(sum / count),
            Statistic::Variance { sample } => (sample, false),
            Statistic::Deviation { sample } => (sample, true),
        };
        let divisor = if sample { count - 1.0 } else { count };
        if divisor == 0.0 {
            return Value::Null;
        }
        let mean = sum / count;
        let spread: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
        let variance = spread / divisor;
        number(if deviation { variance.sqrt() } else { variance })
    }
}

impl Aggregate<Vec<f64>, Output> for Floating {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Vec<f64>> {
        Ok(Vec::new())
    }

    fn step(&self, context: &mut Context<'_>, numbers: &mut Vec<f64>) -> rusqlite::Result<()> {
        let arguments = Arguments::new(context, false);
        if !arguments.any_null() {
            let number = arguments
                .float(0)
                .map_err(|error| failure::encode(&error))?;
            numbers.push(number);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, numbers: Option<Vec<f64>>) -> rusqlite::Result<Output> {
        Ok(Output(self.result(&numbers.unwrap_or_default())))
    }
}

impl WindowAggregate<Vec<f64>, Output> for Floating {
    fn value(&self, numbers: Option<&mut Vec<f64>>) -> rusqlite::Result<Output> {
        Ok(Output(
            numbers.map_or(Value::Null, |numbers| self.result(numbers)),
        ))
    }

    fn inverse(&self, context: &mut Context<'_>, numbers: &mut Vec<f64>) -> rusqlite::Result<()> {
        // Rows leave a frame in the order in which they came.
        if !Arguments::new(context, false).any_null() && !numbers.is_empty() {
            numbers.remove(0);
        }
        Ok(())
    }
}

fn output(result: Result<Value>) -> rusqlite::Result<Output> {
    result.map(Output).map_err(|error| failure::encode(&error))
}
