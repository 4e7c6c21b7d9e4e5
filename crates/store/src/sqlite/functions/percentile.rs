//! Aggregates of sorted values: `percentile_cont`, `percentile_disc` and `mode`. SQLite sorts the values before it gives them.

use std::cmp::Ordering;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context};
use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_sql::types::interval::Interval;
use underpin_sql::types::json::{Elements, Kind, inner_text, kind};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::sqlite::read_types;

use super::arguments::{Arguments, Output};
use super::failure;
use super::float::number;
use super::limits::check_length;
use super::object::json_value;
use super::registry::flags;

/// Registers the aggregates.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    for (name, arguments, kind) in [
        ("underpin_percentile_cont", 3, Sought::Between),
        ("underpin_percentile_disc", 3, Sought::One),
        ("underpin_mode", 2, Sought::Mode),
    ] {
        connection.create_aggregate_function(name, arguments, flags(true), Sorted(kind))?;
    }
    Ok(())
}

/// What is sought among the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    /// The value at a fraction of the way, between two of them if need be.
    Between,
    /// The first value at a fraction of the way or past it.
    One,
    /// The most frequent value.
    Mode,
}

struct Sorted(Sought);

/// The values that are not null, in their order.
#[derive(Debug, Default)]
struct Values {
    ty: Option<Type>,
    /// A number, an array of numbers, or null.
    fraction: Option<Value>,
    values: Vec<Value>,
    bytes: usize,
}

impl Sorted {
    fn add(&self, arguments: &Arguments<'_>, values: &mut Values) -> Result<()> {
        if values.ty.is_none() {
            let types = arguments.auxiliary(0, read_types)?;
            values.ty = types.last().cloned();
            values.fraction = (self.0 != Sought::Mode).then(|| arguments.get(1).to_value());
        }
        let value = arguments.get(if self.0 == Sought::Mode { 1 } else { 2 });
        if value == ValueRef::Null {
            return Ok(());
        }
        values.bytes += size_of::<Value>();
        if let ValueRef::Text(text) = value {
            values.bytes += text.len();
        }
        check_length(values.bytes)?;
        values.values.push(value.to_value());
        Ok(())
    }

    fn result(&self, sorted: &Values) -> Result<Value> {
        let ty = sorted.ty.as_ref().unwrap_or(&Type::Text);
        match (&sorted.fraction, self.0) {
            (None, _) => Ok(mode(ty, &sorted.values)),
            (Some(Value::Null), _) => Ok(Value::Null),
            (Some(Value::Text(array)), sought) if array.starts_with('[') => {
                if sorted.values.is_empty() {
                    return Ok(Value::Null);
                }
                let mut json = Vec::new();
                at_each(array, sought, ty, &sorted.values, &mut json)?;
                json_value(json)
            }
            (Some(fraction), sought) => {
                let fraction = fraction_of(fraction)?;
                at(fraction, sought, ty, &sorted.values)
            }
        }
    }
}

impl Aggregate<Values, Output> for Sorted {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Values> {
        Ok(Values::default())
    }

    fn step(&self, context: &mut Context<'_>, values: &mut Values) -> rusqlite::Result<()> {
        self.add(&Arguments::new(context, false), values)
            .map_err(|error| failure::encode(&error))
    }

    fn finalize(&self, _: &mut Context<'_>, values: Option<Values>) -> rusqlite::Result<Output> {
        self.result(&values.unwrap_or_default())
            .map(Output)
            .map_err(|error| failure::encode(&error))
    }
}

/// Returns the first of the values that no other outnumbers.
fn mode(ty: &Type, values: &[Value]) -> Value {
    let mut most: &[Value] = &[];
    for run in
        values.chunk_by(|one, next| types::compare(ty, one.into(), next.into()) == Ordering::Equal)
    {
        if run.len() > most.len() {
            most = run;
        }
    }
    most.first().cloned().unwrap_or(Value::Null)
}

/// Returns a fraction of the way, which must be none past its ends.
fn fraction_of(value: &Value) -> Result<f64> {
    let fraction = match value {
        Value::Float(value) => *value,
        Value::Int(value) => *value as f64,
        Value::Text(text) => text.parse().map_err(Error::internal)?,
        Value::Null | Value::Bytes(_) => return Err(Error::internal("a fraction is a number")),
    };
    if (0.0..=1.0).contains(&fraction) {
        return Ok(fraction);
    }
    Err(Error::new(
        Code::new("22003"),
        format!("percentile value {fraction} is not between 0 and 1"),
    ))
}

/// Returns the value at `fraction` of the way through the values.
fn at(fraction: f64, sought: Sought, ty: &Type, values: &[Value]) -> Result<Value> {
    let Some(last) = values.len().checked_sub(1) else {
        return Ok(Value::Null);
    };
    // As many values as fit into memory are counted exactly.
    let place = |place: f64| {
        values
            .get((place as usize).min(last))
            .unwrap_or(&Value::Null)
    };
    if sought == Sought::One {
        let count = (fraction * values.len() as f64).ceil();
        return Ok(place((count - 1.0).max(0.0)).clone());
    }
    let exact = fraction * last as f64;
    let (before, after) = (place(exact.floor()), place(exact.ceil()));
    if exact.floor() == exact.ceil() {
        return Ok(before.clone());
    }
    between(ty, before, after, exact - exact.floor())
}

/// Returns what is at `proportion` of the way from one value to another.
fn between(ty: &Type, before: &Value, after: &Value, proportion: f64) -> Result<Value> {
    if *ty == Type::Interval {
        let read = |value: &Value| Interval::read(value.as_text().unwrap_or_default());
        let before = read(before)?;
        let way = read(after)?.minus(before)?.times(proportion)?;
        return Ok(Value::text(before.plus(way)?.to_string()));
    }
    let float = |value: &Value| match value {
        Value::Float(value) => Ok(*value),
        Value::Int(value) => Ok(*value as f64),
        Value::Text(text) => text.parse().map_err(Error::internal),
        Value::Null | Value::Bytes(_) => Err(Error::internal("a percentile of no number")),
    };
    let (before, after) = (float(before)?, float(after)?);
    Ok(number(before + proportion * (after - before)))
}

/// Appends the array of the values at each fraction of `array`, which may hold arrays.
fn at_each(
    array: &str,
    sought: Sought,
    ty: &Type,
    values: &[Value],
    json: &mut Vec<u8>,
) -> Result<()> {
    json.push(b'[');
    for (index, element) in Elements::new(array).enumerate() {
        if index > 0 {
            json.push(b',');
        }
        let fraction = match kind(element) {
            Kind::Array => {
                at_each(element, sought, ty, values, json)?;
                continue;
            }
            Kind::Null => None,
            Kind::String => Some(Value::text(inner_text(element))),
            _ => Some(Value::text(element)),
        };
        let value = match fraction {
            Some(fraction) => at(fraction_of(&fraction)?, sought, ty, values)?,
            None => Value::Null,
        };
        types::write_json(ty, (&value).into(), json);
    }
    json.push(b']');
    Ok(())
}
