//! What stands in parentheses behind a type, applied to values: length, precision and scale, digits of the second's fraction.

use underpin_base::{Result, Value};

use super::interval::Interval;
use super::numeric::Numeric;
use super::{ColumnType, Modifier, Type, datetime, text};

/// Applies the modifier of `column` to a canonical value of its type; `explicit` tells that a cast asked for it, which cuts text silently.
///
/// # Errors
/// `22001` and `22003` when the value does not fit.
pub(super) fn apply(column: &ColumnType, value: Value, explicit: bool) -> Result<Value> {
    let Some(modifier) = column.modifier else {
        return Ok(value);
    };
    match (modifier, &column.ty, &value) {
        (
            Modifier::Length(length),
            ty @ (Type::Varchar | Type::Bpchar | Type::Text),
            Value::Text(it),
        ) => text::fit(ty, length, it, explicit),
        (Modifier::Precision(precision, scale), Type::Numeric, Value::Text(it)) => {
            let fitted = Numeric::parse(it)?.fit(precision, scale)?;
            Ok(Value::text(fitted.to_string()))
        }
        (Modifier::Fraction(digits), Type::Time, Value::Int(it)) => {
            Ok(Value::Int(datetime::round_fraction(*it, digits)))
        }
        (Modifier::Fraction(digits), Type::Timestamp | Type::TimestampTz, Value::Int(it)) => {
            Ok(Value::Int(datetime::round_timestamp(*it, digits)))
        }
        (Modifier::Fraction(digits), Type::TimeTz, Value::Text(it)) => {
            Ok(Value::text(datetime::round_timetz(it, digits)))
        }
        (Modifier::Fraction(digits), Type::Interval, Value::Text(it)) => {
            let mut interval = Interval::read(it)?;
            interval.microseconds = datetime::round_fraction(interval.microseconds, digits);
            Ok(Value::text(interval.to_string()))
        }
        _ => Ok(value),
    }
}
