//! Casts between numbers and booleans.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use crate::types::errors::out_of_range;
use crate::types::numeric::Numeric;
use crate::types::{Type, float, integer};

/// Significant digits of a `double precision` and a `real` that a `numeric` gets.
const DOUBLE_DIGITS: usize = 15;
const SINGLE_DIGITS: usize = 6;

/// Casts a number or boolean; nothing when there is no such cast.
pub(super) fn convert(from: &Type, to: &Type, value: ValueRef<'_>) -> Option<Result<Value>> {
    Some(match (from, to) {
        (Type::Int4, Type::Bool) => Ok(Value::bool(value != ValueRef::Int(0))),
        (Type::Bool, Type::Int4) => Ok(value.to_value()),
        (Type::Bool, _) | (_, Type::Bool) => return None,
        (Type::Oid, Type::Int4 | Type::Int8) => {
            let ValueRef::Int(number) = value else {
                return None;
            };
            // An oid's 32 bits are an integer's.
            Ok(Value::Int(if *to == Type::Int4 {
                i64::from(number as u32 as i32)
            } else {
                number
            }))
        }
        (Type::Oid, _) => return None,
        (Type::Int4, Type::Oid) => {
            let ValueRef::Int(number) = value else {
                return None;
            };
            Ok(Value::Int(i64::from(number as i32 as u32)))
        }
        (Type::Float4 | Type::Float8 | Type::Numeric, Type::Oid) => return None,
        (Type::Float4 | Type::Float8, _) => from_float(from, to, float::from_value(value)?)?,
        (Type::Numeric, _) => {
            let ValueRef::Text(text) = value else {
                return None;
            };
            from_numeric(to, text)?
        }
        _ => {
            let ValueRef::Int(number) = value else {
                return None;
            };
            from_integer(to, number)?
        }
    })
}

fn from_integer(to: &Type, number: i64) -> Option<Result<Value>> {
    Some(Ok(match to {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid if integer::fits(to, number) => {
            Value::Int(number)
        }
        Type::Oid => return Some(Err(out_of_range("OID"))),
        Type::Int2 | Type::Int4 | Type::Int8 => return Some(Err(out_of_range(integer::name(to)))),
        Type::Float4 => Value::Float(f64::from(number as f32)),
        Type::Float8 => Value::Float(number as f64),
        Type::Numeric => Value::text(number.to_string()),
        _ => return None,
    }))
}

fn from_float(from: &Type, to: &Type, number: f64) -> Option<Result<Value>> {
    Some(match to {
        Type::Int2 | Type::Int4 | Type::Int8 => {
            let rounded = number.round_ties_even();
            // 2^63 is exact as a float, and the first that does not fit.
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0)
                .contains(&rounded)
                && integer::fits(to, rounded as i64);
            if fits {
                Ok(Value::Int(rounded as i64))
            } else {
                Err(out_of_range(integer::name(to)))
            }
        }
        Type::Float8 => Ok(float::to_value(number)),
        Type::Float4 => single(number),
        Type::Numeric => {
            let digits = if *from == Type::Float4 {
                SINGLE_DIGITS
            } else {
                DOUBLE_DIGITS
            };
            Ok(Value::text(numeric_text(number, digits)))
        }
        _ => return None,
    })
}

fn single(number: f64) -> Result<Value> {
    let narrow = number as f32;
    let refused = |what| {
        Err(Error::new(
            Code::NUMERIC_OUT_OF_RANGE,
            format!("value out of range: {what}"),
        ))
    };
    if narrow.is_infinite() && number.is_finite() {
        return refused("overflow");
    }
    if narrow == 0.0 && number != 0.0 {
        return refused("underflow");
    }
    Ok(float::to_value(f64::from(narrow)))
}

/// Returns `number` with `digits` significant digits as a `numeric`.
fn numeric_text(number: f64, digits: usize) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = if mantissa.contains('.') {
        mantissa.trim_end_matches('0').trim_end_matches('.')
    } else {
        mantissa
    };
    // A float has far fewer digits than a numeric may have.
    Numeric::parse(&format!("{mantissa}e{exponent}"))
        .map_or_else(|_| "0".to_owned(), |number| number.to_string())
}

fn from_numeric(to: &Type, text: &str) -> Option<Result<Value>> {
    Some(match to {
        Type::Int2 | Type::Int4 | Type::Int8 => numeric_to_integer(to, text),
        Type::Float4 | Type::Float8 => float::input(to, text),
        Type::Numeric => Ok(Value::text(text)),
        _ => return None,
    })
}

fn numeric_to_integer(to: &Type, text: &str) -> Result<Value> {
    let name = integer::name(to);
    let special = match Numeric::parse(text)? {
        Numeric::NaN => "NaN",
        Numeric::Infinity | Numeric::NegativeInfinity => "infinity",
        number @ Numeric::Finite(_) => {
            let whole = number.to_i64().filter(|whole| integer::fits(to, *whole));
            return whole.map(Value::Int).ok_or_else(|| out_of_range(name));
        }
    };
    Err(Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("cannot convert {special} to {name}"),
    ))
}
