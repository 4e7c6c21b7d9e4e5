//! Rounding, sign and scale of canonical texts of `numeric`.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::{Signed as _, Zero as _};
use underpin_base::Result;

use super::{Decimal, Numeric};

/// How far PostgreSQL lets a caller round.
const SCALE_LIMIT: i64 = 2_000;

/// Returns the number rounded to `scale` digits after the point, half away from zero.
///
/// # Errors
/// Those of [`Numeric::parse`]; so for all functions of this module.
pub fn round(number: &str, scale: i64) -> Result<String> {
    unary(number, |it| {
        let scale = scale.clamp(-SCALE_LIMIT, SCALE_LIMIT);
        let rounded = it.rounded(scale);
        Decimal::checked(rounded.coefficient, rounded.scale)
    })
}

/// Returns the number cut to `scale` digits after the point.
///
/// # Errors
/// See [`round`].
pub fn trunc(number: &str, scale: i64) -> Result<String> {
    unary(number, |it| {
        Ok(it.shortened(scale.clamp(-SCALE_LIMIT, SCALE_LIMIT), false))
    })
}

/// Returns the least whole number that is not less.
///
/// # Errors
/// See [`round`].
pub fn ceil(number: &str) -> Result<String> {
    unary(number, |it| Ok(Decimal::whole(toward(&it, 1))))
}

/// Returns the greatest whole number that is not greater.
///
/// # Errors
/// See [`round`].
pub fn floor(number: &str) -> Result<String> {
    unary(number, |it| Ok(Decimal::whole(toward(&it, -1))))
}

/// Returns the number without its sign.
///
/// # Errors
/// See [`round`].
pub fn abs(number: &str) -> Result<String> {
    Ok(match Numeric::parse(number)? {
        Numeric::NegativeInfinity => Numeric::Infinity.to_string(),
        it if it.signum() < 0 => it.negate().to_string(),
        it => it.to_string(),
    })
}

/// Returns -1, 0 or 1 as the sign says, `NaN` for NaN.
///
/// # Errors
/// See [`round`].
pub fn sign(number: &str) -> Result<String> {
    Ok(match Numeric::parse(number)? {
        Numeric::NaN => "NaN".to_owned(),
        it => it.signum().to_string(),
    })
}

/// Returns the number of digits after the point, nothing when the number is not finite.
///
/// # Errors
/// See [`round`].
pub fn scale(number: &str) -> Result<Option<i64>> {
    Ok(match Numeric::parse(number)? {
        Numeric::Finite(it) => Some(i64::from(it.scale)),
        Numeric::NaN | Numeric::Infinity | Numeric::NegativeInfinity => None,
    })
}

/// Returns the number without zeros at its end after the point.
///
/// # Errors
/// See [`round`].
pub fn trim_scale(number: &str) -> Result<String> {
    let printed = Numeric::parse(number)?.to_string();
    Ok(if printed.contains('.') {
        let trimmed = printed.trim_end_matches('0').trim_end_matches('.');
        trimmed.to_owned()
    } else {
        printed
    })
}

fn unary(number: &str, operation: impl FnOnce(Decimal) -> Result<Decimal>) -> Result<String> {
    Ok(match Numeric::parse(number)? {
        Numeric::Finite(it) => Numeric::Finite(operation(it)?).to_string(),
        special => special.to_string(),
    })
}

/// Returns the whole number next to `number` in the direction `step`, or itself when it is whole.
fn toward(number: &Decimal, step: i64) -> BigInt {
    let whole = number.shortened(0, false).coefficient;
    let rest = &number.coefficient - &whole * super::power_of_ten(number.scale);
    let beyond = !rest.is_zero() && rest.is_positive() == (step > 0);
    if beyond { whole + step } else { whole }
}
