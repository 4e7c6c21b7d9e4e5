//! Whole numbers: arithmetic that refuses what is out of range, as PostgreSQL's does.

use underpin_base::{Code, Error, Result, Value};

use super::arguments::Arguments;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_int2_add", |a| checked(a, 2, i64::checked_add)),
    ("pg_int4_add", |a| checked(a, 4, i64::checked_add)),
    ("pg_int8_add", |a| checked(a, 8, i64::checked_add)),
    ("pg_int2_subtract", |a| checked(a, 2, i64::checked_sub)),
    ("pg_int4_subtract", |a| checked(a, 4, i64::checked_sub)),
    ("pg_int8_subtract", |a| checked(a, 8, i64::checked_sub)),
    ("pg_int2_multiply", |a| checked(a, 2, i64::checked_mul)),
    ("pg_int4_multiply", |a| checked(a, 4, i64::checked_mul)),
    ("pg_int8_multiply", |a| checked(a, 8, i64::checked_mul)),
    ("pg_int2_divide", |a| divide(a, 2)),
    ("pg_int4_divide", |a| divide(a, 4)),
    ("pg_int8_divide", |a| divide(a, 8)),
    ("pg_int_modulo", modulo),
    ("pg_mod_int2", modulo),
    ("pg_mod_int4", modulo),
    ("pg_mod_int8", modulo),
    ("pg_int_xor", |a| Ok(Value::Int(a.int(0)? ^ a.int(1)?))),
    ("pg_int2_shift_left", |a| shift_left(a, 2)),
    ("pg_int4_shift_left", |a| shift_left(a, 4)),
    ("pg_int8_shift_left", |a| shift_left(a, 8)),
    ("pg_int2_shift_right", |a| shift_right(a, 32)),
    ("pg_int4_shift_right", |a| shift_right(a, 32)),
    ("pg_int8_shift_right", |a| shift_right(a, 64)),
    ("pg_abs_int2", |a| absolute(a, 2)),
    ("pg_abs_int4", |a| absolute(a, 4)),
    ("pg_abs_int8", |a| absolute(a, 8)),
    ("pg_gcd_int4", |a| gcd(a, 4)),
    ("pg_gcd_int8", |a| gcd(a, 8)),
    ("pg_lcm_int4", |a| lcm(a, 4)),
    ("pg_lcm_int8", |a| lcm(a, 8)),
];

/// Returns the error of a result that an integer of `bytes` bytes cannot hold.
pub(super) fn out_of_range(bytes: u8) -> Error {
    let ty = match bytes {
        2 => "smallint",
        4 => "integer",
        _ => "bigint",
    };
    Error::new(Code::NUMERIC_OUT_OF_RANGE, format!("{ty} out of range"))
}

/// Returns `division by zero`.
pub(super) fn division_by_zero() -> Error {
    Error::new(Code::DIVISION_BY_ZERO, "division by zero")
}

fn fit(value: Option<i64>, bytes: u8) -> Result<Value> {
    let fits = |value: &i64| match bytes {
        2 => i16::try_from(*value).is_ok(),
        4 => i32::try_from(*value).is_ok(),
        _ => true,
    };
    value
        .filter(fits)
        .map(Value::Int)
        .ok_or_else(|| out_of_range(bytes))
}

fn checked(
    arguments: &Arguments<'_>,
    bytes: u8,
    operation: fn(i64, i64) -> Option<i64>,
) -> Result<Value> {
    fit(operation(arguments.int(0)?, arguments.int(1)?), bytes)
}

fn divide(arguments: &Arguments<'_>, bytes: u8) -> Result<Value> {
    let (left, right) = (arguments.int(0)?, arguments.int(1)?);
    if right == 0 {
        return Err(division_by_zero());
    }
    fit(left.checked_div(right), bytes)
}

fn modulo(arguments: &Arguments<'_>) -> Result<Value> {
    let (left, right) = (arguments.int(0)?, arguments.int(1)?);
    if right == 0 {
        return Err(division_by_zero());
    }
    // The smallest integer modulo -1 overflows inside; its result is 0.
    Ok(Value::Int(left.wrapping_rem(right)))
}

/// Shifts wrap at the width of the type, and the distance is taken modulo it, as PostgreSQL's hardware does.
fn shift_left(arguments: &Arguments<'_>, bytes: u8) -> Result<Value> {
    let (value, distance) = (arguments.int(0)?, arguments.int(1)?);
    let bits = if bytes == 8 { 64 } else { 32 };
    let distance = u32::try_from(distance.rem_euclid(bits)).unwrap_or(0);
    let shifted = value.wrapping_shl(distance);
    Ok(Value::Int(match bytes {
        2 => i64::from(shifted as i16),
        4 => i64::from(shifted as i32),
        _ => shifted,
    }))
}

fn shift_right(arguments: &Arguments<'_>, bits: i64) -> Result<Value> {
    let (value, distance) = (arguments.int(0)?, arguments.int(1)?);
    let distance = u32::try_from(distance.rem_euclid(bits)).unwrap_or(0);
    Ok(Value::Int(value.wrapping_shr(distance)))
}

fn absolute(arguments: &Arguments<'_>, bytes: u8) -> Result<Value> {
    fit(arguments.int(0)?.checked_abs(), bytes)
}

fn greatest_common_divisor(mut left: i128, mut right: i128) -> i128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.abs()
}

fn gcd(arguments: &Arguments<'_>, bytes: u8) -> Result<Value> {
    let divisor = greatest_common_divisor(arguments.int(0)?.into(), arguments.int(1)?.into());
    fit(i64::try_from(divisor).ok(), bytes)
}

fn lcm(arguments: &Arguments<'_>, bytes: u8) -> Result<Value> {
    let (left, right) = (i128::from(arguments.int(0)?), i128::from(arguments.int(1)?));
    if left == 0 || right == 0 {
        return Ok(Value::Int(0));
    }
    let multiple = (left / greatest_common_divisor(left, right) * right).abs();
    fit(i64::try_from(multiple).ok(), bytes)
}
