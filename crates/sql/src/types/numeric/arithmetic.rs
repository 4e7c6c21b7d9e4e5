//! `+`, `-`, `*`, `/` and `%` of numerics, with PostgreSQL's scales of the results.

use bigdecimal::num_bigint::BigInt;
use underpin_base::Result;

use super::{Decimal, Numeric, SCALE_MAX, digit_count, power_of_ten};
use crate::types::errors::division_by_zero;

/// Fewest significant digits of a quotient.
pub(super) const SIGNIFICANT_DIGITS_MIN: i64 = 16;
/// Most digits after the point that PostgreSQL chooses itself.
pub(super) const CHOSEN_SCALE_MAX: i64 = 1_000;
/// PostgreSQL counts in digits of base 10,000; the scale of a quotient depends on it.
pub(super) const GROUP: i64 = 4;

/// Returns the sum of two canonical texts.
///
/// # Errors
/// `22003` when the result has too many digits; so for all functions of this module.
pub fn add(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::add)
}

/// Returns the difference of two canonical texts.
///
/// # Errors
/// See [`add`].
pub fn subtract(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::subtract)
}

/// Returns the product of two canonical texts.
///
/// # Errors
/// See [`add`].
pub fn multiply(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::multiply)
}

/// Returns the quotient of two canonical texts.
///
/// # Errors
/// See [`add`]; `22012` when `right` is zero.
pub fn divide(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::divide)
}

/// Returns the rest of the division of two canonical texts; it has the sign of `left`.
///
/// # Errors
/// See [`add`]; `22012` when `right` is zero.
pub fn modulo(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::modulo)
}

/// Returns the whole quotient of two canonical texts (`div`).
///
/// # Errors
/// See [`add`]; `22012` when `right` is zero.
pub fn truncated_quotient(left: &str, right: &str) -> Result<String> {
    binary(left, right, Numeric::truncated_quotient)
}

/// Returns a canonical text with its sign changed.
///
/// # Errors
/// Those of [`Numeric::parse`].
pub fn negate(number: &str) -> Result<String> {
    Ok(Numeric::parse(number)?.negate().to_string())
}

pub(super) fn binary(
    left: &str,
    right: &str,
    operation: fn(&Numeric, &Numeric) -> Result<Numeric>,
) -> Result<String> {
    let result = operation(&Numeric::parse(left)?, &Numeric::parse(right)?)?;
    Ok(result.to_string())
}

impl Numeric {
    /// Returns the sum.
    ///
    /// # Errors
    /// `22003` when the result has too many digits; so for the other operations.
    pub fn add(&self, other: &Self) -> Result<Self> {
        let (Self::Finite(left), Self::Finite(right)) = (self, other) else {
            return Ok(match (self, other) {
                (Self::NaN, _) | (_, Self::NaN) => Self::NaN,
                (Self::Infinity, Self::NegativeInfinity)
                | (Self::NegativeInfinity, Self::Infinity) => Self::NaN,
                (Self::Finite(_), special) | (special, _) => special.clone(),
            });
        };
        let scale = left.scale.max(right.scale);
        let sum = left.coefficient_at(scale) + right.coefficient_at(scale);
        Decimal::checked(sum, scale).map(Self::Finite)
    }

    /// Returns the number with its sign changed.
    #[must_use]
    pub fn negate(&self) -> Self {
        match self {
            Self::NaN => Self::NaN,
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
            Self::Finite(number) => Self::Finite(Decimal {
                coefficient: -&number.coefficient,
                scale: number.scale,
            }),
        }
    }

    /// Returns the difference.
    ///
    /// # Errors
    /// See [`Self::add`].
    pub fn subtract(&self, other: &Self) -> Result<Self> {
        self.add(&other.negate())
    }

    /// Returns the product, whose scale is the sum of the scales.
    ///
    /// # Errors
    /// See [`Self::add`].
    pub fn multiply(&self, other: &Self) -> Result<Self> {
        let (Self::Finite(left), Self::Finite(right)) = (self, other) else {
            if matches!(self, Self::NaN) || matches!(other, Self::NaN) {
                return Ok(Self::NaN);
            }
            return Ok(match self.signum() * other.signum() {
                0 => Self::NaN,
                sign => Self::infinity(sign < 0),
            });
        };
        let product = Decimal {
            coefficient: &left.coefficient * &right.coefficient,
            scale: left.scale + right.scale,
        };
        let scale = i64::from(product.scale).min(SCALE_MAX);
        let product = product.rounded(scale);
        Decimal::checked(product.coefficient, product.scale).map(Self::Finite)
    }

    /// Returns the quotient, with at least 16 significant digits.
    ///
    /// # Errors
    /// See [`Self::add`]; `22012` when `other` is zero.
    pub fn divide(&self, other: &Self) -> Result<Self> {
        let (left, right) = match self.division_operands(other)? {
            Ok(operands) => operands,
            Err(special) => return Ok(special),
        };
        let scale = quotient_scale(left, right);
        Decimal::checked(quotient(left, right, scale as u32), scale as u32).map(Self::Finite)
    }

    /// Returns the whole part of the quotient.
    ///
    /// # Errors
    /// See [`Self::divide`].
    pub fn truncated_quotient(&self, other: &Self) -> Result<Self> {
        let (left, right) = match self.division_operands(other)? {
            Ok(operands) => operands,
            Err(special) => return Ok(special),
        };
        let scale = left.scale.max(right.scale);
        let quotient = left.coefficient_at(scale) / right.coefficient_at(scale);
        Decimal::checked(quotient, 0).map(Self::Finite)
    }

    /// Returns the rest of the division, with the sign of `self`.
    ///
    /// # Errors
    /// See [`Self::divide`].
    pub fn modulo(&self, other: &Self) -> Result<Self> {
        if let (Self::Finite(_), Self::Infinity | Self::NegativeInfinity) = (self, other) {
            return Ok(self.clone());
        }
        if let (Self::Infinity | Self::NegativeInfinity, Self::Finite(right)) = (self, other)
            && !right.is_zero()
        {
            return Ok(Self::NaN);
        }
        let Ok((left, right)) = self.division_operands(other)? else {
            return Ok(Self::NaN);
        };
        let scale = left.scale.max(right.scale);
        let rest = left.coefficient_at(scale) % right.coefficient_at(scale);
        Decimal::checked(rest, scale).map(Self::Finite)
    }

    /// Returns the finite operands of a division, or the result when one is not finite.
    fn division_operands<'a>(
        &'a self,
        other: &'a Self,
    ) -> Result<Result<(&'a Decimal, &'a Decimal), Self>> {
        Ok(match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => Err(Self::NaN),
            (_, Self::Finite(right)) if right.is_zero() => return Err(division_by_zero()),
            (Self::Finite(left), Self::Finite(right)) => Ok((left, right)),
            (Self::Finite(_), _) => Err(Self::Finite(Decimal::whole(0))),
            (_, Self::Finite(_)) => Err(Self::infinity(self.signum() * other.signum() < 0)),
            (_, _) => Err(Self::NaN),
        })
    }
}

/// Returns the first digit in base 10,000 and its weight.
pub(super) fn leading_group(number: &Decimal) -> (i64, i64) {
    let digits = digit_count(&number.coefficient);
    if digits == 0 {
        return (0, 0);
    }
    let position = number.whole_digits() - 1;
    let weight = position.div_euclid(GROUP);
    let length = position.rem_euclid(GROUP) + 1;
    let magnitude = BigInt::from(number.coefficient.magnitude().clone());
    let group = if digits >= length {
        magnitude / power_of_ten((digits - length) as u32)
    } else {
        magnitude * power_of_ten((length - digits) as u32)
    };
    // Four digits at most.
    (i64::try_from(group).unwrap_or(0), weight)
}

fn quotient_scale(left: &Decimal, right: &Decimal) -> i64 {
    let (left_group, left_weight) = leading_group(left);
    let (right_group, right_weight) = leading_group(right);
    let mut weight = left_weight - right_weight;
    if left_group <= right_group {
        weight -= 1;
    }
    (SIGNIFICANT_DIGITS_MIN - weight * GROUP)
        .max(i64::from(left.scale))
        .max(i64::from(right.scale))
        .clamp(0, CHOSEN_SCALE_MAX)
}

/// Returns the coefficient of `left` / `right` at `scale`, rounded half away from zero.
pub(super) fn quotient(left: &Decimal, right: &Decimal, scale: u32) -> BigInt {
    let shift = i64::from(scale) + i64::from(right.scale) - i64::from(left.scale);
    let power = power_of_ten(shift.unsigned_abs() as u32);
    let (dividend, divisor) = if shift >= 0 {
        (&left.coefficient * power, right.coefficient.clone())
    } else {
        (left.coefficient.clone(), &right.coefficient * power)
    };
    let quotient = &dividend / &divisor;
    let rest: BigInt = (&dividend - &quotient * &divisor) * 2;
    if rest.magnitude() < divisor.magnitude() {
        quotient
    } else if left.is_negative() == right.is_negative() {
        quotient + 1
    } else {
        quotient - 1
    }
}
