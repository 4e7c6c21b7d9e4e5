//! `sum` and `avg` of intervals.

use rusqlite::functions::{Aggregate, Context, WindowAggregate};
use underpin_base::{Result, Value};
use underpin_sql::types::interval::Interval;

use super::arguments::{Arguments, Output};
use super::failure;

/// The sum of intervals, or with `true` their average.
pub(super) struct Spans(pub(super) bool);

/// The sum of the intervals in a frame.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    count: u32,
    sum: Interval,
}

impl Spans {
    fn add(arguments: &Arguments<'_>, sum: &mut Sum, inverse: bool) -> Result<()> {
        if arguments.any_null() {
            return Ok(());
        }
        let interval = Interval::read(arguments.text(0)?)?;
        if inverse {
            sum.sum = sum.sum.minus(interval)?;
            sum.count = sum.count.saturating_sub(1);
        } else {
            sum.sum = sum.sum.plus(interval)?;
            sum.count = sum.count.saturating_add(1);
        }
        Ok(())
    }

    fn result(&self, sum: Sum) -> rusqlite::Result<Output> {
        if sum.count == 0 {
            return Ok(Output(Value::Null));
        }
        let result = if self.0 {
            sum.sum.divided_by(f64::from(sum.count))
        } else {
            Ok(sum.sum)
        };
        result
            .map(|interval| Output(Value::text(interval.to_string())))
            .map_err(|error| failure::encode(&error))
    }
}

impl Aggregate<Sum, Output> for Spans {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Sum> {
        Ok(Sum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Sum) -> rusqlite::Result<()> {
        Self::add(&Arguments::new(context, false), sum, false)
            .map_err(|error| failure::encode(&error))
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Sum>) -> rusqlite::Result<Output> {
        self.result(sum.unwrap_or_default())
    }
}

impl WindowAggregate<Sum, Output> for Spans {
    fn value(&self, sum: Option<&mut Sum>) -> rusqlite::Result<Output> {
        self.result(sum.copied().unwrap_or_default())
    }

    fn inverse(&self, context: &mut Context<'_>, sum: &mut Sum) -> rusqlite::Result<()> {
        Self::add(&Arguments::new(context, false), sum, true)
            .map_err(|error| failure::encode(&error))
    }
}
