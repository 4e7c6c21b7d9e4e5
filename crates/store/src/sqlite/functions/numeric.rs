//! `numeric`: the arithmetic of [`underpin_sql::types::numeric`] under its names in SQLite.

use underpin_base::{Error, Result, Value};
use underpin_sql::types::numeric::{self, format};
use underpin_sql::types::{self, Type};

use super::arguments::Arguments;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_numeric_add", |a| binary(a, numeric::add)),
    ("pg_numeric_subtract", |a| binary(a, numeric::subtract)),
    ("pg_numeric_multiply", |a| binary(a, numeric::multiply)),
    ("pg_numeric_divide", |a| binary(a, numeric::divide)),
    ("pg_numeric_modulo", |a| binary(a, numeric::modulo)),
    ("pg_mod_numeric", |a| binary(a, numeric::modulo)),
    ("pg_div_numeric", |a| binary(a, numeric::truncated_quotient)),
    ("pg_numeric_power", |a| binary(a, numeric::power)),
    ("pg_power_numeric", |a| binary(a, numeric::power)),
    ("pg_pow_numeric", |a| binary(a, numeric::power)),
    ("pg_log_base", |a| binary(a, numeric::log)),
    ("pg_log_numeric", |a| {
        numeric::log("10", a.text(0)?).map(Value::text)
    }),
    ("pg_log10_numeric", |a| {
        numeric::log("10", a.text(0)?).map(Value::text)
    }),
    ("pg_ln_numeric", |a| unary(a, numeric::ln)),
    ("pg_exp_numeric", |a| unary(a, numeric::exp)),
    ("pg_sqrt_numeric", |a| unary(a, numeric::sqrt)),
    ("pg_abs_numeric", |a| unary(a, numeric::abs)),
    ("pg_sign_numeric", |a| unary(a, numeric::sign)),
    ("pg_ceil_numeric", |a| unary(a, numeric::ceil)),
    ("pg_ceiling_numeric", |a| unary(a, numeric::ceil)),
    ("pg_floor_numeric", |a| unary(a, numeric::floor)),
    ("pg_round_numeric", |a| {
        numeric::round(a.text(0)?, 0).map(Value::text)
    }),
    ("pg_round_digits", |a| {
        numeric::round(a.text(0)?, a.int(1)?).map(Value::text)
    }),
    ("pg_trunc_numeric", |a| {
        numeric::trunc(a.text(0)?, 0).map(Value::text)
    }),
    ("pg_trunc_digits", |a| {
        numeric::trunc(a.text(0)?, a.int(1)?).map(Value::text)
    }),
    ("pg_to_char_numeric", |a| to_char(a.text(0)?, a)),
    ("pg_to_char_int4", |a| to_char(&a.int(0)?.to_string(), a)),
    ("pg_to_char_int8", |a| to_char(&a.int(0)?.to_string(), a)),
    ("pg_to_char_float8", |a| {
        let mut number = String::new();
        types::output(&Type::Float8, a.get(0), &mut number);
        to_char(&number, a)
    }),
    ("pg_to_number", |a| {
        format::to_number(a.text(0)?, a.text(1)?).map(Value::text)
    }),
    ("pg_trim_scale", |a| unary(a, numeric::trim_scale)),
    ("pg_scale", |a| {
        Ok(numeric::scale(a.text(0)?)?.map_or(Value::Null, Value::Int))
    }),
];

fn unary(arguments: &Arguments<'_>, operation: fn(&str) -> Result<String, Error>) -> Result<Value> {
    operation(arguments.text(0)?).map(Value::text)
}

fn binary(
    arguments: &Arguments<'_>,
    operation: fn(&str, &str) -> Result<String, Error>,
) -> Result<Value> {
    operation(arguments.text(0)?, arguments.text(1)?).map(Value::text)
}

fn to_char(number: &str, arguments: &Arguments<'_>) -> Result<Value> {
    format::to_char(number, arguments.text(1)?).map(Value::text)
}
