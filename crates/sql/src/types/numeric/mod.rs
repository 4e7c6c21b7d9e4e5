//! `numeric`: numbers of any precision, which keep the scale they were written with.
//!
//! The canonical form is PostgreSQL's text. [`Numeric`] is what arithmetic works on; the functions that take and return text are
//! for callers who hold canonical values. [`compare()`] compares canonical texts without reading them.

mod arithmetic;
mod compare;
pub mod format;
mod power;
mod rounding;

#[cfg(test)]
mod tests;

use std::fmt;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::num_traits::{One as _, Pow as _, ToPrimitive as _, Zero as _};
use underpin_base::{Code, Error, Result};

use super::errors::{invalid, trim};

pub use arithmetic::{add, divide, modulo, multiply, negate, subtract, truncated_quotient};
pub use compare::compare;
pub use power::{exp, ln, log, power, sqrt};
pub use rounding::{abs, ceil, floor, round, scale, sign, trim_scale, trunc};

/// Most digits before the point.
const WHOLE_DIGITS_MAX: i64 = 131_072;
/// Most digits after the point.
const SCALE_MAX: i64 = 16_383;
/// Most zeros that an exponent may stand for. PostgreSQL allows more, but keeps them in a few bytes; kept as text, a request of a
/// megabyte would become gigabytes.
const EXPONENT_ZEROS_MAX: i64 = 1_000;
/// Most digits that fit a 128-bit number.
const FAST_DIGITS: usize = 38;

/// A number that is finite: `coefficient` × 10^-`scale`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    coefficient: BigInt,
    scale: u32,
}

/// A value of type `numeric`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are PostgreSQL's words")]
pub enum Numeric {
    NegativeInfinity,
    Finite(Decimal),
    Infinity,
    NaN,
}

/// Returns the error of a result that no `numeric` can hold.
fn overflow() -> Error {
    Error::new(Code::NUMERIC_OUT_OF_RANGE, "value overflows numeric format")
}

/// Returns 10^`exponent`.
fn power_of_ten(exponent: u32) -> BigInt {
    match 10i128.checked_pow(exponent) {
        Some(small) => BigInt::from(small),
        None => BigInt::from(10).pow(exponent),
    }
}

/// Returns the number of decimal digits of `number`; none for zero.
fn digit_count(number: &BigInt) -> i64 {
    if number.is_zero() {
        return 0;
    }
    if let Some(small) = number.magnitude().to_u128() {
        return i64::from(small.ilog10()) + 1;
    }
    // Within one of the truth, by the number of bits.
    let estimate = (number.bits() as f64 * std::f64::consts::LOG10_2) as u32;
    let mut count = i64::from(estimate);
    let mut power = power_of_ten(estimate);
    while power.magnitude() <= number.magnitude() {
        power *= 10;
        count += 1;
    }
    count
}

impl Decimal {
    /// Returns `coefficient` × 10^-`scale`.
    ///
    /// # Errors
    /// `22003` when it has too many digits for a `numeric`.
    fn checked(coefficient: BigInt, scale: u32) -> Result<Self> {
        let whole = digit_count(&coefficient) - i64::from(scale);
        if whole > WHOLE_DIGITS_MAX || i64::from(scale) > SCALE_MAX {
            return Err(overflow());
        }
        Ok(Self { coefficient, scale })
    }

    /// Returns a whole number.
    fn whole(number: impl Into<BigInt>) -> Self {
        Self {
            coefficient: number.into(),
            scale: 0,
        }
    }

    fn is_zero(&self) -> bool {
        self.coefficient.is_zero()
    }

    fn is_negative(&self) -> bool {
        self.coefficient.sign() == Sign::Minus
    }

    /// Returns the number of digits before the point; zero or less when it is less than one.
    fn whole_digits(&self) -> i64 {
        digit_count(&self.coefficient) - i64::from(self.scale)
    }

    /// Returns the coefficient that this number has at `scale`, which is not less than its own.
    fn coefficient_at(&self, scale: u32) -> BigInt {
        match scale.checked_sub(self.scale) {
            None | Some(0) => self.coefficient.clone(),
            Some(more) => &self.coefficient * power_of_ten(more),
        }
    }

    /// Returns the number rounded to `scale` digits after the point (before it when negative), half away from zero.
    fn rounded(&self, scale: i64) -> Self {
        self.shortened(scale, true)
    }

    fn shortened(&self, scale: i64, round: bool) -> Self {
        let shown = u32::try_from(scale.max(0)).unwrap_or(u32::MAX);
        let surplus = i64::from(self.scale) - scale;
        let Ok(surplus @ 1..) = u32::try_from(surplus) else {
            return Self {
                coefficient: self.coefficient_at(shown),
                scale: shown,
            };
        };
        if i64::from(surplus) > digit_count(&self.coefficient) {
            // Fewer digits than are dropped: nothing is left, and no power of ten need be made.
            return Self {
                coefficient: BigInt::zero(),
                scale: shown,
            };
        }
        let divisor = power_of_ten(surplus);
        let mut quotient = &self.coefficient / &divisor;
        if round {
            let rest: BigInt = (&self.coefficient - &quotient * &divisor) * 2;
            if rest.magnitude() >= divisor.magnitude() {
                if self.is_negative() {
                    quotient -= 1;
                } else {
                    quotient += 1;
                }
            }
        }
        if scale < 0 {
            quotient *= power_of_ten(scale.unsigned_abs() as u32);
        }
        Self {
            coefficient: quotient,
            scale: shown,
        }
    }
}

impl Numeric {
    /// Returns a whole number.
    pub fn from_integer(number: impl Into<BigInt>) -> Self {
        Self::Finite(Decimal::whole(number))
    }

    /// Reads the text of a `numeric`.
    ///
    /// # Errors
    /// `22P02` when it is no number, `22003` when it has too many digits.
    pub fn parse(text: &str) -> Result<Self> {
        let word = trim(text);
        let (negative, unsigned) = match word.as_bytes().first() {
            Some(b'-') => (true, word.get(1..).unwrap_or_default()),
            Some(b'+') => (false, word.get(1..).unwrap_or_default()),
            _ => (false, word),
        };
        if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return Self::special(word, negative, unsigned).ok_or_else(|| invalid("numeric", text));
        }
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let exponent = parse_exponent(exponent)
                    .ok_or_else(|| invalid("numeric", text))?
                    .ok_or_else(overflow)?;
                (mantissa, exponent)
            }
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || mantissa.len() < 2 && whole.is_empty() {
            return Err(invalid("numeric", text));
        }
        finite(negative, whole, fraction, exponent).map(Self::Finite)
    }

    fn special(word: &str, negative: bool, unsigned: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("nan") {
            Some(Self::NaN)
        } else if unsigned.eq_ignore_ascii_case("infinity") || unsigned.eq_ignore_ascii_case("inf")
        {
            Some(Self::infinity(negative))
        } else {
            None
        }
    }

    fn infinity(negative: bool) -> Self {
        if negative {
            Self::NegativeInfinity
        } else {
            Self::Infinity
        }
    }

    /// Returns the sign: -1, 0 or 1; 0 for NaN too.
    fn signum(&self) -> i32 {
        match self {
            Self::NegativeInfinity => -1,
            Self::Infinity => 1,
            Self::NaN => 0,
            Self::Finite(number) if number.is_zero() => 0,
            Self::Finite(number) if number.is_negative() => -1,
            Self::Finite(_) => 1,
        }
    }

    /// Applies `numeric(precision, scale)`: rounds half away from zero.
    ///
    /// # Errors
    /// `22003` when the number does not fit.
    pub fn fit(self, precision: u16, scale: i16) -> Result<Self> {
        let refused = |details: String| {
            Err(Error::new(Code::NUMERIC_OUT_OF_RANGE, "numeric field overflow").details(details))
        };
        match self {
            Self::NaN => Ok(Self::NaN),
            Self::Infinity | Self::NegativeInfinity => refused(format!(
                "A field with precision {precision}, scale {scale} cannot hold an infinite value."
            )),
            Self::Finite(number) => {
                let rounded = number.rounded(i64::from(scale));
                let whole_max = i64::from(precision) - i64::from(scale);
                if !rounded.is_zero() && rounded.whole_digits() > whole_max {
                    let bound = match whole_max {
                        0 => "1".to_owned(),
                        digits => format!("10^{digits}"),
                    };
                    return refused(format!(
                        "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
                    ));
                }
                Ok(Self::Finite(rounded))
            }
        }
    }

    /// Returns the nearest double-precision number.
    pub fn to_f64(&self) -> f64 {
        match self {
            Self::NaN => f64::NAN,
            Self::Infinity => f64::INFINITY,
            Self::NegativeInfinity => f64::NEG_INFINITY,
            // A decimal text always reads.
            Self::Finite(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// Returns the whole number nearest to this, halves away from zero; nothing when it is not finite or too large.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Finite(number) => number.rounded(0).coefficient.to_i64(),
            Self::NaN | Self::Infinity | Self::NegativeInfinity => None,
        }
    }
}

/// Reads an exponent: nothing when it is no number, nothing within when it is beyond PostgreSQL's bound.
fn parse_exponent(text: &str) -> Option<Option<i64>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = text.parse::<i64>().ok();
    Some(number.filter(|exponent| exponent.abs() < i64::from(i32::MAX / 2)))
}

/// Returns the number that `whole`.`fraction`e`exponent` tells.
fn finite(negative: bool, whole: &str, fraction: &str, exponent: i64) -> Result<Decimal> {
    let whole = whole.trim_start_matches('0');
    let scale = fraction.len() as i64 - exponent;
    if scale > SCALE_MAX || exponent.abs() > EXPONENT_ZEROS_MAX + fraction.len() as i64 {
        return Err(overflow());
    }
    let digits = whole.len() + fraction.len();
    let mut coefficient = if digits <= FAST_DIGITS {
        let digits = whole.bytes().chain(fraction.bytes());
        BigInt::from(digits.fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0')))
    } else {
        if whole.len() as i64 > WHOLE_DIGITS_MAX {
            return Err(overflow());
        }
        BigInt::parse_bytes([whole, fraction].concat().as_bytes(), 10).ok_or_else(overflow)?
    };
    if negative {
        coefficient = -coefficient;
    }
    let Ok(scale) = u32::try_from(scale) else {
        if coefficient.is_zero() {
            return Ok(Decimal::whole(0));
        }
        if digit_count(&coefficient) - scale > WHOLE_DIGITS_MAX {
            return Err(overflow());
        }
        return Ok(Decimal::whole(
            coefficient * power_of_ten(scale.unsigned_abs() as u32),
        ));
    };
    Decimal::checked(coefficient, scale)
}

impl fmt::Display for Numeric {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NaN => formatter.write_str("NaN"),
            Self::Infinity => formatter.write_str("Infinity"),
            Self::NegativeInfinity => formatter.write_str("-Infinity"),
            Self::Finite(number) => number.fmt(formatter),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.coefficient.magnitude().to_u64() {
            Some(small) => small.to_string(),
            None => self.coefficient.magnitude().to_string(),
        };
        if self.is_negative() {
            formatter.write_str("-")?;
        }
        let scale = self.scale as usize;
        if scale == 0 {
            return formatter.write_str(&digits);
        }
        match digits.len().checked_sub(scale) {
            None | Some(0) => write!(formatter, "0.{digits:0>scale$}"),
            Some(whole) => {
                let (whole, fraction) = digits.split_at(whole);
                write!(formatter, "{whole}.{fraction}")
            }
        }
    }
}

/// Returns one as a whole number.
fn one() -> BigInt {
    BigInt::one()
}
