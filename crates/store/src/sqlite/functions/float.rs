//! Floating-point numbers. What is not a finite number is text in storage, as PostgreSQL prints it.

use underpin_base::{Code, Error, Result, Value};

use super::arguments::Arguments;
use super::integer::division_by_zero;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_float4_add", |a| single(a, |left, right| left + right)),
    ("pg_float8_add", |a| double(a, |left, right| left + right)),
    ("pg_float4_subtract", |a| {
        single(a, |left, right| left - right)
    }),
    ("pg_float8_subtract", |a| {
        double(a, |left, right| left - right)
    }),
    ("pg_float4_multiply", |a| {
        single(a, |left, right| left * right)
    }),
    ("pg_float8_multiply", |a| {
        double(a, |left, right| left * right)
    }),
    ("pg_float4_divide", |a| {
        not_zero(a.float(1)?)?;
        single(a, |left, right| left / right)
    }),
    ("pg_float8_divide", |a| {
        not_zero(a.float(1)?)?;
        double(a, |left, right| left / right)
    }),
    ("pg_float8_power", power),
    ("pg_power_float8", power),
    ("pg_pow_float8", power),
    ("pg_abs_float4", |a| Ok(number(a.float(0)?.abs()))),
    ("pg_abs_float8", |a| Ok(number(a.float(0)?.abs()))),
    ("pg_acos", |a| of_range(a, f64::acos)),
    ("pg_asin", |a| of_range(a, f64::asin)),
    ("pg_atan", |a| Ok(number(a.float(0)?.atan()))),
    ("pg_atan2", |a| Ok(number(a.float(0)?.atan2(a.float(1)?)))),
    ("pg_cbrt", |a| Ok(number(a.float(0)?.cbrt()))),
    ("pg_ceil_float8", |a| Ok(number(a.float(0)?.ceil()))),
    ("pg_ceiling_float8", |a| Ok(number(a.float(0)?.ceil()))),
    ("pg_cos", |a| of_finite(a, f64::cos)),
    ("pg_degrees", |a| Ok(number(a.float(0)?.to_degrees()))),
    ("pg_exp_float8", |a| {
        let exponent = a.float(0)?;
        in_range(
            exponent.exp(),
            exponent.is_infinite(),
            exponent == f64::NEG_INFINITY,
        )
    }),
    ("pg_floor_float8", |a| Ok(number(a.float(0)?.floor()))),
    ("pg_ln_float8", |a| logarithm(a, f64::ln)),
    ("pg_log_float8", |a| logarithm(a, f64::log10)),
    ("pg_log10_float8", |a| logarithm(a, f64::log10)),
    ("pg_pi", |_| Ok(Value::Float(std::f64::consts::PI))),
    ("pg_radians", |a| Ok(number(a.float(0)?.to_radians()))),
    ("pg_round_float8", |a| {
        Ok(number(a.float(0)?.round_ties_even()))
    }),
    ("pg_sign_float8", |a| {
        let value = a.float(0)?;
        Ok(number(if value == 0.0 || value.is_nan() {
            value
        } else {
            value.signum()
        }))
    }),
    ("pg_sin", |a| of_finite(a, f64::sin)),
    ("pg_sqrt_float8", |a| {
        let value = a.float(0)?;
        if value < 0.0 {
            return Err(Error::new(
                Code::new("2201F"),
                "cannot take square root of a negative number",
            ));
        }
        Ok(number(value.sqrt()))
    }),
    ("pg_tan", |a| of_finite(a, f64::tan)),
    ("pg_trunc_float8", |a| Ok(number(a.float(0)?.trunc()))),
];

/// Returns the canonical value of `value`.
pub(super) fn number(value: f64) -> Value {
    if value.is_nan() {
        Value::text("NaN")
    } else if value == f64::INFINITY {
        Value::text("Infinity")
    } else if value == f64::NEG_INFINITY {
        Value::text("-Infinity")
    } else {
        Value::Float(value)
    }
}

fn overflow() -> Error {
    Error::new(Code::NUMERIC_OUT_OF_RANGE, "value out of range: overflow")
}

fn underflow() -> Error {
    Error::new(Code::NUMERIC_OUT_OF_RANGE, "value out of range: underflow")
}

/// Refuses an infinity or zero that the operands did not ask for.
fn in_range(result: f64, may_overflow: bool, may_be_zero: bool) -> Result<Value> {
    if result.is_infinite() && !may_overflow {
        return Err(overflow());
    }
    if result == 0.0 && !may_be_zero {
        return Err(underflow());
    }
    Ok(number(result))
}

fn not_zero(divisor: f64) -> Result<()> {
    if divisor == 0.0 {
        return Err(division_by_zero());
    }
    Ok(())
}

fn double(arguments: &Arguments<'_>, operation: fn(f64, f64) -> f64) -> Result<Value> {
    let (left, right) = (arguments.float(0)?, arguments.float(1)?);
    let result = operation(left, right);
    if result.is_infinite() && left.is_finite() && right.is_finite() {
        return Err(overflow());
    }
    Ok(number(result))
}

fn single(arguments: &Arguments<'_>, operation: fn(f32, f32) -> f32) -> Result<Value> {
    let (left, right) = (arguments.float(0)? as f32, arguments.float(1)? as f32);
    let result = operation(left, right);
    if result.is_infinite() && left.is_finite() && right.is_finite() {
        return Err(overflow());
    }
    Ok(number(f64::from(result)))
}

fn power(arguments: &Arguments<'_>) -> Result<Value> {
    let (base, exponent) = (arguments.float(0)?, arguments.float(1)?);
    let undefined = |message| Err(Error::new(Code::new("2201F"), message));
    if base == 0.0 && exponent < 0.0 {
        return undefined("zero raised to a negative power is undefined");
    }
    if base < 0.0 && exponent.is_finite() && exponent.fract() != 0.0 {
        return undefined(
            "a negative number raised to a non-integer power yields a complex result",
        );
    }
    let finite = base.is_finite() && exponent.is_finite();
    in_range(base.powf(exponent), !finite, !finite || base == 0.0)
}

fn logarithm(arguments: &Arguments<'_>, operation: fn(f64) -> f64) -> Result<Value> {
    let value = arguments.float(0)?;
    let undefined = |message| Err(Error::new(Code::new("2201E"), message));
    if value == 0.0 {
        return undefined("cannot take logarithm of zero");
    }
    if value < 0.0 {
        return undefined("cannot take logarithm of a negative number");
    }
    Ok(number(operation(value)))
}

fn out_of_domain() -> Error {
    Error::new(Code::NUMERIC_OUT_OF_RANGE, "input is out of range")
}

fn of_range(arguments: &Arguments<'_>, operation: fn(f64) -> f64) -> Result<Value> {
    let value = arguments.float(0)?;
    if value.abs() > 1.0 {
        return Err(out_of_domain());
    }
    Ok(number(operation(value)))
}

fn of_finite(arguments: &Arguments<'_>, operation: fn(f64) -> f64) -> Result<Value> {
    let value = arguments.float(0)?;
    if value.is_infinite() {
        return Err(out_of_domain());
    }
    Ok(number(operation(value)))
}
