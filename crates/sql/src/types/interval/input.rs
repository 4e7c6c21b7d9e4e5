//! Reading intervals: PostgreSQL's words, the SQL standard's `year-month day time`, and ISO 8601 (see `iso`).

use underpin_base::{Code, Error, Result, Value};

use super::{DAYS_PER_MONTH, Interval, iso};
use crate::types::datetime::{
    Field, FieldKind, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND, fields,
    seconds_fraction,
};
use crate::types::errors::trim;

/// Why a text is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Format,
    Overflow,
}

/// A unit that a number in an interval may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
    Millennium,
}

/// The parts summed up so far, wider than an interval's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    years: i64,
    months: i64,
    days: i64,
    microseconds: i64,
}

/// Reads an interval into its canonical text.
pub(crate) fn input(text: &str) -> Result<Value> {
    Ok(Value::text(parse(text)?.to_string()))
}

/// Reads an interval.
pub(super) fn parse(text: &str) -> Result<Interval> {
    let trimmed = trim(text);
    let sum = match words(trimmed) {
        Err(Fault::Format) if trimmed.starts_with('P') => iso::parse(trimmed),
        other => other,
    };
    match sum {
        Ok(sum) => Interval::checked(sum.years * 12 + sum.months, sum.days, sum.microseconds),
        Err(Fault::Format) => Err(Error::new(
            Code::DATETIME_FORMAT,
            format!("invalid input syntax for type interval: \"{text}\""),
        )),
        Err(Fault::Overflow) => Err(Error::new(
            Code::new("22015"),
            format!("interval field value out of range: \"{text}\""),
        )),
    }
}

/// Tells whether a part fits its 32 bits.
fn fits(part: &i64) -> bool {
    i32::try_from(*part).is_ok()
}

impl Sum {
    /// Adds `whole` + `fraction` of `unit`; what does not fit a part goes to the next smaller.
    pub(super) fn add(&mut self, unit: Unit, whole: i64, fraction: f64) -> Result<(), Fault> {
        let second = MICROSECONDS_PER_SECOND;
        match unit {
            Unit::Microsecond => self.add_time(whole, fraction, 1),
            Unit::Millisecond => self.add_time(whole, fraction, second / 1_000),
            Unit::Second => self.add_time(whole, fraction, second),
            Unit::Minute => self.add_time(whole, fraction, 60 * second),
            Unit::Hour => self.add_time(whole, fraction, MICROSECONDS_PER_HOUR),
            Unit::Day => self.add_days(whole, fraction, 1),
            Unit::Week => self.add_days(whole, fraction, 7),
            Unit::Month => {
                self.months = self
                    .months
                    .checked_add(whole)
                    .filter(fits)
                    .ok_or(Fault::Overflow)?;
                self.add_days(0, fraction, DAYS_PER_MONTH)
            }
            Unit::Year => self.add_years(whole, 1, fraction),
            Unit::Decade => self.add_years(whole, 10, fraction),
            Unit::Century => self.add_years(whole, 100, fraction),
            Unit::Millennium => self.add_years(whole, 1_000, fraction),
        }
    }

    fn add_time(&mut self, whole: i64, fraction: f64, scale: i64) -> Result<(), Fault> {
        let part = (fraction * scale as f64).round_ties_even() as i64;
        self.microseconds = whole
            .checked_mul(scale)
            .and_then(|it| it.checked_add(part))
            .and_then(|it| it.checked_add(self.microseconds))
            .ok_or(Fault::Overflow)?;
        Ok(())
    }

    fn add_days(&mut self, whole: i64, fraction: f64, scale: i64) -> Result<(), Fault> {
        let days = fraction * scale as f64;
        let extra = days.trunc();
        self.days = whole
            .checked_mul(scale)
            .and_then(|it| it.checked_add(extra as i64))
            .and_then(|it| it.checked_add(self.days))
            .filter(fits)
            .ok_or(Fault::Overflow)?;
        self.add_time(0, days - extra, MICROSECONDS_PER_DAY)
    }

    fn add_years(&mut self, whole: i64, scale: i64, fraction: f64) -> Result<(), Fault> {
        let years = whole.checked_mul(scale);
        self.years = years
            .and_then(|it| it.checked_add(self.years))
            .filter(fits)
            .ok_or(Fault::Overflow)?;
        self.months += (fraction * (scale * 12) as f64).round_ties_even() as i64;
        Ok(())
    }

    fn negate(self) -> Result<Self, Fault> {
        Ok(Self {
            years: -self.years,
            months: -self.months,
            days: -self.days,
            microseconds: self.microseconds.checked_neg().ok_or(Fault::Overflow)?,
        })
    }
}

/// Reads fields from the last to the first: a unit applies to the number before it.
fn words(text: &str) -> Result<Sum, Fault> {
    let fields = fields(text).ok_or(Fault::Format)?;
    let mut sum = Sum::default();
    let mut unit = None;
    let mut seen: Vec<Unit> = Vec::new();
    let mut ago = false;
    let mut pending = false;
    for field in fields.iter().rev() {
        match field.kind {
            FieldKind::Word | FieldKind::Special => {
                if field.text == "ago" && !ago && seen.is_empty() && !pending {
                    ago = true;
                } else if field.text != "at" && field.text != "@" {
                    unit = Some(unit_named(&field.text).ok_or(Fault::Format)?);
                    pending = true;
                }
                continue;
            }
            FieldKind::Time | FieldKind::Zone if field.text.contains(':') => {
                mark(&mut seen, &[Unit::Hour, Unit::Minute, Unit::Second])?;
                sum.add(Unit::Microsecond, clock(&field.text)?, 0.0)?;
                // A bare number before a time is days.
                unit = Some(Unit::Day);
            }
            FieldKind::Time => return Err(Fault::Format),
            FieldKind::Zone | FieldKind::Date | FieldKind::Number => {
                let used = number(&mut sum, field, unit.unwrap_or(Unit::Second))?;
                mark(&mut seen, &[used])?;
                if used == Unit::Month && unit != Some(Unit::Month) {
                    unit = Some(Unit::Month);
                }
            }
        }
        pending = false;
    }
    if seen.is_empty() || pending {
        return Err(Fault::Format);
    }
    if ago { sum.negate() } else { Ok(sum) }
}

/// Notes that units were told; each may be told once.
fn mark(seen: &mut Vec<Unit>, units: &[Unit]) -> Result<(), Fault> {
    if units.iter().any(|unit| seen.contains(unit)) {
        return Err(Fault::Format);
    }
    seen.extend_from_slice(units);
    Ok(())
}

/// Reads `hh:mm[:ss[.fff]]` or `mm:ss.fff`, with or without sign, as microseconds.
fn clock(text: &str) -> Result<i64, Fault> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, seconds_fraction(fraction).ok_or(Fault::Format)?),
        None => (unsigned, 0),
    };
    let mut parts = Vec::with_capacity(3);
    for part in whole.split(':') {
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Fault::Format);
        }
        parts.push(part.parse::<i64>().map_err(|_| Fault::Overflow)?);
    }
    let (hours, minutes, seconds) = match *parts.as_slice() {
        [minutes, seconds] if unsigned.contains('.') => (0, minutes, seconds),
        [hours, minutes] => (hours, minutes, 0),
        [hours, minutes, seconds] => (hours, minutes, seconds),
        _ => return Err(Fault::Format),
    };
    if minutes > 59 || seconds > 60 {
        return Err(Fault::Overflow);
    }
    let total = hours
        .checked_mul(MICROSECONDS_PER_HOUR)
        .and_then(|it| {
            it.checked_add((minutes * 60 + seconds) * MICROSECONDS_PER_SECOND + fraction)
        })
        .ok_or(Fault::Overflow)?;
    Ok(if negative { -total } else { total })
}

/// Adds a number of `unit`, or years and months (`1-2`); returns the unit that was added.
fn number(sum: &mut Sum, field: &Field, unit: Unit) -> Result<Unit, Fault> {
    let negative = field.text.starts_with('-');
    let unsigned = field.text.strip_prefix(['+', '-']).unwrap_or(&field.text);
    let signed = |value: i64| if negative { -value } else { value };
    if let Some((years, months)) = unsigned.split_once('-') {
        let (years, months) = (digits(years)?, digits(months)?);
        if months >= 12 {
            return Err(Fault::Overflow);
        }
        let total = years.checked_mul(12).ok_or(Fault::Overflow)? + months;
        sum.add(Unit::Month, signed(total), 0.0)?;
        return Ok(Unit::Month);
    }
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((whole, fraction)) => (whole, fraction_of_one(fraction)?),
        None => (unsigned, 0.0),
    };
    let whole = if whole.is_empty() && unsigned.len() > 1 {
        0
    } else {
        digits(whole)?
    };
    let fraction = if negative { -fraction } else { fraction };
    sum.add(unit, signed(whole), fraction)?;
    Ok(unit)
}

fn digits(text: &str) -> Result<i64, Fault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    text.parse().map_err(|_| Fault::Overflow)
}

/// Reads the digits behind a point as a fraction of one.
pub(super) fn fraction_of_one(text: &str) -> Result<f64, Fault> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    format!("0.{text}0").parse().map_err(|_| Fault::Format)
}

fn unit_named(word: &str) -> Option<Unit> {
    Some(match word {
        "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecon" | "microsecond"
        | "microseconds" => Unit::Microsecond,
        "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecon" | "millisecond"
        | "milliseconds" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennia" | "millennium" => Unit::Millennium,
        _ => return None,
    })
}
