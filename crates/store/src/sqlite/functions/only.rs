//! The value of a scalar subquery, which may have one row at most.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Code, Error, Value};

use super::arguments::{Output, value};
use super::failure;
use super::registry::flags;

/// Registers `underpin_only(value)`.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_aggregate_function("underpin_only", 1, flags(true), Only)
}

struct Only;

impl Aggregate<Option<Value>, Output> for Only {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Option<Value>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, only: &mut Option<Value>) -> rusqlite::Result<()> {
        if only.is_some() {
            return Err(failure::encode(&Error::new(
                Code::CARDINALITY,
                "more than one row returned by a subquery used as an expression",
            )));
        }
        *only = Some(value(context.get_raw(0)).to_value());
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        only: Option<Option<Value>>,
    ) -> rusqlite::Result<Output> {
        Ok(Output(only.flatten().unwrap_or_default()))
    }
}
