//! Reading intervals as they are printed, without splitting them into fields: comparison reads two at a time.

use super::Interval;
use crate::types::datetime::{MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND};

/// Reads the canonical form; nothing for any other, which [`super::input()`] may still read.
pub(super) fn parse(text: &str) -> Option<Interval> {
    let mut interval = Interval::default();
    let mut words = text.split(' ');
    let mut units_left = ["year", "mon", "day"].as_slice();
    while let Some(word) = words.next() {
        if word.contains(':') {
            interval.microseconds = clock(word)?;
            return words.next().is_none().then_some(interval);
        }
        let value: i32 = word.parse().ok()?;
        let unit = words.next()?;
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        // Each unit comes once and in order.
        let place = units_left.iter().position(|it| *it == unit)?;
        units_left = units_left.get(place + 1..)?;
        match unit {
            "year" => interval.months = value.checked_mul(12)?,
            "mon" => interval.months = interval.months.checked_add(value)?,
            _ => interval.days = value,
        }
    }
    Some(interval)
}

/// Reads `[+-]hh:mm:ss[.ffffff]`.
fn clock(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (hours, rest) = unsigned.split_once(':')?;
    let (minutes, rest) = rest.split_once(':')?;
    let (seconds, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let valid = digits(hours)
        && digits(fraction)
        && fraction.len() <= 6
        && [minutes, seconds]
            .iter()
            .all(|part| part.len() == 2 && digits(part) && *part < "60");
    if !valid {
        return None;
    }
    let number = |text: &str| text.parse::<i64>().ok();
    let below_hour = (number(minutes)? * 60 + number(seconds)?) * MICROSECONDS_PER_SECOND;
    let scale = 10i64.pow(6 - fraction.len() as u32);
    let fraction = if fraction.is_empty() {
        0
    } else {
        number(fraction)?
    };
    let below_hour = below_hour + fraction * scale;
    // Summed with its sign, since the least number has no positive counterpart.
    let hours = number(hours)?;
    if negative {
        hours
            .checked_mul(-MICROSECONDS_PER_HOUR)?
            .checked_sub(below_hour)
    } else {
        hours
            .checked_mul(MICROSECONDS_PER_HOUR)?
            .checked_add(below_hour)
    }
}
