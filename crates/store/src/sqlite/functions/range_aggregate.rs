//! Aggregates of ranges: their union, and what they have in common.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Result, Value, ValueRef};
use underpin_sql::types::range::{Multirange, Range, intersection};

use super::arguments::{Arguments, Output};
use super::failure;
use super::limits::check_length;
use super::registry::flags;

/// Registers the aggregates.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    for (name, kind) in [
        ("pg_range_agg", Kind::Union),
        ("pg_range_intersect_agg", Kind::Common),
        ("pg_multirange_intersect_agg", Kind::CommonOfSeveral),
    ] {
        connection.create_aggregate_function(name, 1, flags(true), Gather(kind))?;
    }
    Ok(())
}

/// What is made of the ranges.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// `range_agg`.
    Union,
    /// `range_intersect_agg` of ranges.
    Common,
    /// `range_intersect_agg` of multiranges.
    CommonOfSeveral,
}

/// The ranges so far, canonical.
#[derive(Debug, Default)]
struct Gathered {
    ranges: Vec<String>,
    bytes: usize,
}

struct Gather(Kind);

impl Gather {
    fn add(&self, gathered: &mut Gathered, range: &str) -> Result<()> {
        let joined = match (self.0, gathered.ranges.pop()) {
            (_, None) => range.to_owned(),
            (Kind::Union, Some(last)) => {
                gathered.ranges.push(last);
                range.to_owned()
            }
            (Kind::Common, Some(last)) => {
                intersection(Range::read(&last), Range::read(range)).to_string()
            }
            (Kind::CommonOfSeveral, Some(last)) => Multirange::read(&last)
                .intersection(&Multirange::read(range))
                .to_string(),
        };
        gathered.bytes += joined.len();
        check_length(gathered.bytes)?;
        gathered.ranges.push(joined);
        Ok(())
    }

    fn finish(&self, gathered: &Gathered) -> Value {
        match (self.0, gathered.ranges.last()) {
            (Kind::Union, Some(_)) => {
                let ranges = gathered.ranges.iter().map(|it| Multirange::read(it));
                let parts = ranges.flat_map(|it| it.ranges().to_vec()).collect();
                Value::text(Multirange::of(parts).to_string())
            }
            (Kind::Common | Kind::CommonOfSeveral, Some(common)) => Value::text(common.as_str()),
            (_, None) => Value::Null,
        }
    }
}

impl Aggregate<Gathered, Output> for Gather {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Gathered> {
        Ok(Gathered::default())
    }

    fn step(&self, context: &mut Context<'_>, gathered: &mut Gathered) -> rusqlite::Result<()> {
        match Arguments::new(context, false).get(0) {
            ValueRef::Text(range) => self
                .add(gathered, range)
                .map_err(|error| failure::encode(&error)),
            _ => Ok(()),
        }
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        gathered: Option<Gathered>,
    ) -> rusqlite::Result<Output> {
        Ok(Output(self.finish(&gathered.unwrap_or_default())))
    }
}
