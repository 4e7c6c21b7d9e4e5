//! Powers, roots, exponentials and logarithms of numerics.
//!
//! Inside, a real number is a whole number of units of 10^-places, with guard digits beyond what the result shows; the scales of
//! the results are PostgreSQL's.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use underpin_base::{Code, Error, Result};

use super::arithmetic::{
    CHOSEN_SCALE_MAX, GROUP, SIGNIFICANT_DIGITS_MIN, binary, leading_group, quotient,
};
use super::{Decimal, Numeric, WHOLE_DIGITS_MAX, digit_count, one, overflow, power_of_ten};

/// Digits computed beyond those that are shown.
const GUARD_DIGITS: i64 = 12;
/// Exponents beyond which an exponential overflows or vanishes.
const EXPONENT_MAX: f64 = 6_000.0;

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(Code::new(code), message)
}

fn complex_power() -> Error {
    refused(
        "2201F",
        "a negative number raised to a non-integer power yields a complex result",
    )
}

fn not_for_logarithm(zero: bool) -> Error {
    refused(
        "2201E",
        if zero {
            "cannot take logarithm of zero"
        } else {
            "cannot take logarithm of a negative number"
        },
    )
}

fn chosen_scale(weight: i64, least: u32) -> i64 {
    (SIGNIFICANT_DIGITS_MIN - weight)
        .max(i64::from(least))
        .clamp(0, CHOSEN_SCALE_MAX)
}

/// Returns the square root of a canonical text.
///
/// # Errors
/// `2201F` when the number is negative.
pub fn sqrt(number: &str) -> Result<String> {
    let root = match Numeric::parse(number)? {
        Numeric::Finite(it) if !it.is_negative() => {
            let (_, weight) = leading_group(&it);
            let scale = chosen_scale((weight + 1) * GROUP / 2 - 1, it.scale);
            let wanted = scale as u32 + 1;
            let radicand = it.shortened(i64::from(wanted) * 2, false).coefficient;
            Numeric::Finite(
                Decimal {
                    coefficient: radicand.sqrt(),
                    scale: wanted,
                }
                .rounded(scale),
            )
        }
        Numeric::NegativeInfinity | Numeric::Finite(_) => {
            return Err(refused(
                "2201F",
                "cannot take square root of a negative number",
            ));
        }
        special @ (Numeric::Infinity | Numeric::NaN) => special,
    };
    Ok(root.to_string())
}

/// Returns `base` to the power of `exponent`, both canonical texts.
///
/// # Errors
/// `2201F` for zero to a negative power and for a root of a negative number, `22003` when the result is too large.
pub fn power(base: &str, exponent: &str) -> Result<String> {
    binary(base, exponent, Numeric::power)
}

/// Returns e to the power of a canonical text.
///
/// # Errors
/// `22003` when the result is too large.
pub fn exp(number: &str) -> Result<String> {
    Ok(match Numeric::parse(number)? {
        Numeric::Finite(it) => {
            let weight = (Numeric::Finite(it.clone()).to_f64() * std::f64::consts::LOG10_E)
                .clamp(-2_000.0, 2_000.0) as i64;
            exponential(&it, chosen_scale(weight, it.scale))?.to_string()
        }
        Numeric::NegativeInfinity => "0".to_owned(),
        special => special.to_string(),
    })
}

/// Returns the natural logarithm of a canonical text.
///
/// # Errors
/// `2201E` when the number is not positive.
pub fn ln(number: &str) -> Result<String> {
    logarithm(number, |it| {
        let scale = chosen_scale(logarithm_weight(it), it.scale);
        Ok(natural(it, scale + GUARD_DIGITS).rounded(scale))
    })
}

/// Returns the logarithm of `number` to `base`, both canonical texts.
///
/// # Errors
/// `2201E` when one is not positive, `22012` when the base is one.
pub fn log(base: &str, number: &str) -> Result<String> {
    let base = match (Numeric::parse(base)?, Numeric::parse(number)?) {
        (Numeric::NaN, _) | (_, Numeric::NaN) => return Ok("NaN".to_owned()),
        (Numeric::Infinity, Numeric::Infinity) => return Ok("NaN".to_owned()),
        (Numeric::Finite(base), _) => positive(base)?,
        (Numeric::NegativeInfinity, _) => return Err(not_for_logarithm(false)),
        (Numeric::Infinity, _) => return logarithm(number, |_| Ok(Decimal::whole(0))),
    };
    logarithm(number, |it| {
        let (base_weight, weight) = (logarithm_weight(&base), logarithm_weight(it));
        let scale = chosen_scale(weight - base_weight, base.scale.max(it.scale));
        let places = scale + GUARD_DIGITS + base_weight.abs() + weight.abs();
        let divisor = natural(&base, places);
        if divisor.is_zero() {
            return Err(crate::types::errors::division_by_zero());
        }
        let coefficient = quotient(&natural(it, places), &divisor, scale as u32);
        Ok(Decimal {
            coefficient,
            scale: scale as u32,
        })
    })
}

fn logarithm(number: &str, of: impl FnOnce(&Decimal) -> Result<Decimal>) -> Result<String> {
    Ok(match Numeric::parse(number)? {
        Numeric::Finite(it) => of(&positive(it)?)?.to_string(),
        Numeric::NegativeInfinity => return Err(not_for_logarithm(false)),
        special @ (Numeric::Infinity | Numeric::NaN) => special.to_string(),
    })
}

fn positive(number: Decimal) -> Result<Decimal> {
    if number.coefficient.is_positive() {
        Ok(number)
    } else {
        Err(not_for_logarithm(number.is_zero()))
    }
}

impl Numeric {
    /// Returns this to the power of `exponent`.
    ///
    /// # Errors
    /// See [`power`].
    pub fn power(&self, exponent: &Self) -> Result<Self> {
        let (Self::Finite(base), Self::Finite(power)) = (self, exponent) else {
            return self.special_power(exponent);
        };
        if base.is_zero() && power.is_negative() {
            return Err(refused(
                "2201F",
                "zero raised to a negative power is undefined",
            ));
        }
        let whole = power.shortened(0, false).coefficient;
        let is_whole = power.coefficient == &whole * power_of_ten(power.scale);
        if is_whole && let Some(small) = whole.to_i32() {
            return whole_power(base, small).map(Self::Finite);
        }
        if base.is_zero() {
            let scale = SIGNIFICANT_DIGITS_MIN as u32;
            return Ok(Self::Finite(Decimal {
                coefficient: BigInt::zero(),
                scale,
            }));
        }
        if base.is_negative() && !is_whole {
            return Err(complex_power());
        }
        let odd = is_whole && whole.bit(0);
        let negative = base.is_negative() && odd;
        let base = Decimal {
            coefficient: base.coefficient.abs(),
            scale: base.scale,
        };
        let result = real_power(&base, power)?;
        Ok(if negative {
            Self::Finite(result).negate()
        } else {
            Self::Finite(result)
        })
    }

    /// The power when one of the two is not finite, as POSIX `pow` has it.
    fn special_power(&self, exponent: &Self) -> Result<Self> {
        let one_value = Self::from_integer(1);
        let is_one = |it: &Self| matches!(it, Self::Finite(it) if it.rounded(0) == Decimal::whole(1) && it.coefficient == power_of_ten(it.scale));
        if is_one(self) || exponent.signum() == 0 && matches!(exponent, Self::Finite(_)) {
            return Ok(one_value);
        }
        if matches!(self, Self::NaN) || matches!(exponent, Self::NaN) {
            return Ok(Self::NaN);
        }
        let Self::Finite(power) = exponent else {
            let magnitude = self.to_f64().abs();
            let grows = (magnitude > 1.0) == (exponent.signum() > 0);
            if self.signum() == 0 && exponent.signum() < 0 {
                return Err(refused(
                    "2201F",
                    "zero raised to a negative power is undefined",
                ));
            }
            return Ok(if magnitude == 1.0 {
                one_value
            } else if grows {
                Self::Infinity
            } else {
                Self::from_integer(0)
            });
        };
        let whole = power.shortened(0, false).coefficient;
        let is_whole = power.coefficient == &whole * power_of_ten(power.scale);
        if self.signum() < 0 && !is_whole {
            return Err(complex_power());
        }
        if power.is_negative() {
            return Ok(Self::from_integer(0));
        }
        let odd = is_whole && whole.bit(0);
        Ok(Self::infinity(self.signum() < 0 && odd))
    }
}

/// Returns `base` to a whole power by squaring, keeping no more digits than the result shows.
fn whole_power(base: &Decimal, exponent: i32) -> Result<Decimal> {
    let scale = SIGNIFICANT_DIGITS_MIN
        .max(i64::from(base.scale))
        .min(CHOSEN_SCALE_MAX);
    if exponent == 0 {
        return Ok(Decimal::whole(1).rounded(scale));
    }
    if base.is_zero() {
        return Ok(Decimal::whole(0).rounded(scale));
    }
    let weight = f64::from(exponent) * log10(base);
    if weight > (WHOLE_DIGITS_MAX + 1) as f64 {
        return Err(overflow());
    }
    if weight + 1.0 < -(scale as f64) {
        return Ok(Decimal::whole(0).rounded(scale));
    }
    let digits = scale + weight.max(0.0) as i64 + GUARD_DIGITS;
    let mut square = (base.coefficient.clone(), i64::from(base.scale));
    let mut result = (one(), 0i64);
    let mut rest = exponent.unsigned_abs();
    while rest > 0 {
        if rest & 1 == 1 {
            result = limited(&result.0 * &square.0, result.1 + square.1, digits);
        }
        rest >>= 1;
        if rest > 0 {
            square = limited(&square.0 * &square.0, square.1 * 2, digits);
        }
    }
    let (mut coefficient, mut places) = result;
    if exponent < 0 {
        let wanted = digits + digit_count(&coefficient);
        coefficient = power_of_ten(wanted as u32) / coefficient;
        places = wanted - places;
    }
    at_scale(coefficient, places, scale)
}

/// Drops digits beyond `digits`; the second part is the scale, which may be negative.
fn limited(coefficient: BigInt, scale: i64, digits: i64) -> (BigInt, i64) {
    let surplus = digit_count(&coefficient) - digits;
    if surplus > 0 {
        (coefficient / power_of_ten(surplus as u32), scale - surplus)
    } else {
        (coefficient, scale)
    }
}

/// Returns `coefficient` × 10^-`places` rounded to `scale`; `places` may be negative.
fn at_scale(coefficient: BigInt, places: i64, scale: i64) -> Result<Decimal> {
    let number = match u32::try_from(places) {
        Ok(places) => Decimal {
            coefficient,
            scale: places,
        },
        Err(_) if -places > WHOLE_DIGITS_MAX => return Err(overflow()),
        Err(_) => Decimal::whole(coefficient * power_of_ten(places.unsigned_abs() as u32)),
    };
    let rounded = number.rounded(scale);
    Decimal::checked(rounded.coefficient, rounded.scale)
}

/// Returns a positive `base` to a power that is not whole, or not small.
fn real_power(base: &Decimal, exponent: &Decimal) -> Result<Decimal> {
    let approximate =
        Numeric::Finite(exponent.clone()).to_f64() * log10(base) * std::f64::consts::LN_10;
    if approximate > EXPONENT_MAX {
        return Err(overflow());
    }
    let weight = (approximate * std::f64::consts::LOG10_E).max(-2_000.0) as i64;
    let scale = chosen_scale(weight, base.scale.max(exponent.scale));
    let places = scale + weight.max(0) + exponent.whole_digits().max(0) + GUARD_DIGITS;
    let logarithm = natural(base, places);
    let product = Decimal {
        coefficient: logarithm.coefficient * &exponent.coefficient,
        scale: logarithm.scale + exponent.scale,
    };
    exponential(&product, scale)
}

/// Returns the approximate logarithm to base ten of the magnitude of a number that is not zero.
fn log10(number: &Decimal) -> f64 {
    let digits = digit_count(&number.coefficient);
    let kept = digits.min(17);
    let leading =
        BigInt::from(number.coefficient.magnitude().clone()) / power_of_ten((digits - kept) as u32);
    leading.to_f64().unwrap_or(1.0).log10() + (digits - kept - i64::from(number.scale)) as f64
}

/// Returns PostgreSQL's estimate of the decimal weight of a positive number's natural logarithm.
fn logarithm_weight(number: &Decimal) -> i64 {
    let unit = power_of_ten(number.scale);
    let difference = Decimal {
        coefficient: &number.coefficient - &unit,
        scale: number.scale,
    };
    if difference.coefficient.abs() * 10 <= unit {
        if difference.is_zero() {
            return 0;
        }
        return digit_count(&difference.coefficient) - i64::from(number.scale) - 1;
    }
    (log10(number) * std::f64::consts::LN_10).abs().log10() as i64
}

/// Returns e to the power of `number`, rounded to `scale`.
fn exponential(number: &Decimal, scale: i64) -> Result<Decimal> {
    let approximate = Numeric::Finite(number.clone()).to_f64();
    if approximate >= EXPONENT_MAX {
        return Err(overflow());
    }
    if approximate <= -EXPONENT_MAX {
        return Ok(Decimal::whole(0).rounded(scale));
    }
    // e^x = 10^tens × e^rest, with the rest between -ln 10 and ln 10.
    let tens = (approximate * std::f64::consts::LOG10_E).round() as i64;
    let places = (scale + tens.max(0) + GUARD_DIGITS) as u32;
    let unit = power_of_ten(places);
    let rest =
        number.shortened(i64::from(places), false).coefficient - natural_of_ten(places) * tens;
    // Halving the argument eight times makes the series short.
    let argument = rest >> 8usize;
    let mut sum = unit.clone();
    let mut term = unit.clone();
    let mut count = 0;
    while !term.is_zero() {
        count += 1;
        term = term * &argument / (&unit * count);
        sum += &term;
    }
    for _ in 0..8 {
        sum = &sum * &sum / &unit;
    }
    at_scale(sum, i64::from(places) - tens, scale)
}

/// Returns the natural logarithm of a positive number with `places` digits after the point.
fn natural(number: &Decimal, places: i64) -> Decimal {
    let places = (places + GUARD_DIGITS) as u32;
    let unit = power_of_ten(places);
    // The number is mantissa × 10^tens × 2^-doublings, with the mantissa near one. When it is near one itself, no constant is
    // subtracted, or the digits of a small result would be lost.
    let tens = if is_near_one(number) {
        0
    } else {
        number.whole_digits()
    };
    let mut mantissa = match u32::try_from(i64::from(number.scale) + tens) {
        Ok(scale) => {
            let scaled = Decimal {
                coefficient: number.coefficient.clone(),
                scale,
            };
            scaled.shortened(i64::from(places), false).coefficient
        }
        Err(_) => &number.coefficient * power_of_ten((-tens) as u32 - number.scale) * &unit,
    };
    let mut doublings = 0;
    while &mantissa * 10 < &unit * 7 {
        mantissa *= 2;
        doublings += 1;
    }
    let mut sum = artanh_series(&(&mantissa - &unit), &(&mantissa + &unit), &unit) * 2;
    if tens != 0 {
        sum += natural_of_ten(places) * tens;
    }
    if doublings != 0 {
        sum -= natural_of_two(&unit) * doublings;
    }
    Decimal {
        coefficient: sum,
        scale: places,
    }
}

/// Tells whether a positive number is between 0.7 and 1.4.
fn is_near_one(number: &Decimal) -> bool {
    let unit = power_of_ten(number.scale);
    let tenfold = &number.coefficient * 10;
    tenfold > &unit * 7 && tenfold < unit * 14
}

/// Returns artanh(`numerator` / `denominator`) in units of 1 / `unit`.
fn artanh_series(numerator: &BigInt, denominator: &BigInt, unit: &BigInt) -> BigInt {
    let ratio = numerator * unit / denominator;
    let square = &ratio * &ratio / unit;
    let (mut sum, mut power, mut count) = (ratio.clone(), ratio, 1);
    loop {
        power = power * &square / unit;
        count += 2;
        if power.is_zero() {
            return sum;
        }
        sum += &power / count;
    }
}

fn natural_of_two(unit: &BigInt) -> BigInt {
    artanh_series(&one(), &BigInt::from(3), unit) * 2
}

fn natural_of_ten(places: u32) -> BigInt {
    let unit = power_of_ten(places);
    // ln 10 = 3 ln 2 + ln 5/4.
    natural_of_two(&unit) * 3 + artanh_series(&one(), &BigInt::from(9), &unit) * 2
}
