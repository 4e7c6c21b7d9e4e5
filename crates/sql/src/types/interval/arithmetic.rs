//! Sums, products and justification of intervals.

use underpin_base::Result;

use super::{DAYS_PER_MONTH, Interval, out_of_range};
use crate::types::datetime::MICROSECONDS_PER_DAY;
use crate::types::errors::division_by_zero;

impl Interval {
    /// Returns the sum, part by part.
    ///
    /// # Errors
    /// `22008` when a part is out of range; so for the other operations.
    pub fn plus(self, other: Self) -> Result<Self> {
        let sum = || {
            Some(Self {
                months: self.months.checked_add(other.months)?,
                days: self.days.checked_add(other.days)?,
                microseconds: self.microseconds.checked_add(other.microseconds)?,
            })
        };
        sum().ok_or_else(out_of_range)
    }

    /// Returns the interval with the sign of each part changed.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn negated(self) -> Result<Self> {
        let parts = || {
            Some(Self {
                months: self.months.checked_neg()?,
                days: self.days.checked_neg()?,
                microseconds: self.microseconds.checked_neg()?,
            })
        };
        parts().ok_or_else(out_of_range)
    }

    /// Returns the difference.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn minus(self, other: Self) -> Result<Self> {
        self.plus(other.negated()?)
    }

    /// Returns the interval times `factor`; what is left of months goes to days, what is left of days to the time.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn times(self, factor: f64) -> Result<Self> {
        Self::scaled(
            f64::from(self.months) * factor,
            f64::from(self.days) * factor,
            self.microseconds as f64 * factor,
        )
    }

    /// Returns the interval divided by `divisor`.
    ///
    /// # Errors
    /// See [`Self::plus`]; `22012` when `divisor` is zero.
    pub fn divided_by(self, divisor: f64) -> Result<Self> {
        if divisor == 0.0 {
            return Err(division_by_zero());
        }
        Self::scaled(
            f64::from(self.months) / divisor,
            f64::from(self.days) / divisor,
            self.microseconds as f64 / divisor,
        )
    }

    /// Carries the fractions of months and days down, each rounded to a microsecond first, as PostgreSQL does.
    fn scaled(months: f64, days: f64, microseconds: f64) -> Result<Self> {
        let round = |value: f64| (value * 1e6).round_ties_even() / 1e6;
        let whole = |value: f64| {
            let fits = value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX);
            fits.then_some(value.trunc() as i64)
                .ok_or_else(out_of_range)
        };
        let (whole_months, whole_days) = (whole(months)?, whole(days)?);
        let month_rest = round((months - months.trunc()) * DAYS_PER_MONTH as f64);
        let mut seconds = round((days - days.trunc() + month_rest - month_rest.trunc()) * 86_400.0);
        let mut total_days = whole_days + month_rest.trunc() as i64;
        if seconds.abs() >= 86_400.0 {
            let carried = (seconds / 86_400.0).trunc();
            total_days += carried as i64;
            seconds -= carried * 86_400.0;
        }
        let time = (microseconds + seconds * 1e6).round_ties_even();
        if time.is_nan() || time.abs() >= i64::MAX as f64 {
            return Err(out_of_range());
        }
        Self::checked(whole_months, total_days, time as i64)
    }

    /// `justify_hours`: 24 hours become a day.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn justify_hours(self) -> Result<Self> {
        let carried = self.microseconds / MICROSECONDS_PER_DAY;
        let mut days = i64::from(self.days) + carried;
        let mut time = self.microseconds % MICROSECONDS_PER_DAY;
        if days > 0 && time < 0 {
            time += MICROSECONDS_PER_DAY;
            days -= 1;
        } else if days < 0 && time > 0 {
            time -= MICROSECONDS_PER_DAY;
            days += 1;
        }
        Self::checked(i64::from(self.months), days, time)
    }

    /// `justify_days`: 30 days become a month.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn justify_days(self) -> Result<Self> {
        let mut months = i64::from(self.months) + i64::from(self.days) / DAYS_PER_MONTH;
        let mut days = i64::from(self.days) % DAYS_PER_MONTH;
        if months > 0 && days < 0 {
            days += DAYS_PER_MONTH;
            months -= 1;
        } else if months < 0 && days > 0 {
            days -= DAYS_PER_MONTH;
            months += 1;
        }
        Self::checked(months, days, self.microseconds)
    }

    /// `justify_interval`: both, and all parts get the same sign.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn justify(self) -> Result<Self> {
        let mut days = i64::from(self.days) + self.microseconds / MICROSECONDS_PER_DAY;
        let mut time = self.microseconds % MICROSECONDS_PER_DAY;
        let mut months = i64::from(self.months) + days / DAYS_PER_MONTH;
        days %= DAYS_PER_MONTH;
        if months > 0 && (days < 0 || days == 0 && time < 0) {
            days += DAYS_PER_MONTH;
            months -= 1;
        } else if months < 0 && (days > 0 || days == 0 && time > 0) {
            days -= DAYS_PER_MONTH;
            months += 1;
        }
        if days > 0 && time < 0 {
            time += MICROSECONDS_PER_DAY;
            days -= 1;
        } else if days < 0 && time > 0 {
            time -= MICROSECONDS_PER_DAY;
            days += 1;
        }
        Self::checked(months, days, time)
    }

    /// `make_interval(years, months, weeks, days, hours, minutes, seconds)`.
    ///
    /// # Errors
    /// See [`Self::plus`].
    pub fn make(
        (years, months): (i64, i64),
        (weeks, days): (i64, i64),
        (hours, minutes, seconds): (i64, i64, f64),
    ) -> Result<Self> {
        let time = (seconds * 1e6).round_ties_even();
        if time.is_nan() || time.abs() >= i64::MAX as f64 {
            return Err(out_of_range());
        }
        let microseconds = hours
            .checked_mul(60)
            .and_then(|it| it.checked_add(minutes))
            .and_then(|it| it.checked_mul(60_000_000))
            .and_then(|it| it.checked_add(time as i64))
            .ok_or_else(out_of_range)?;
        Self::checked(
            years.saturating_mul(12).saturating_add(months),
            weeks.saturating_mul(7).saturating_add(days),
            microseconds,
        )
    }
}
