//! Reading dates and times into canonical values.

use underpin_base::{Code, Error, Result, Value};

use super::civil::{Civil, MICROSECONDS_PER_DAY};
use super::decode::{Decoder, Fault, Meaning};
use super::print::timetz_text;
use super::session;
use super::token::{FieldKind, fields};
use super::{
    DATE_INFINITY, DATE_NEGATIVE_INFINITY, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY,
};
use crate::types::Type;
use crate::types::errors::trim;

/// The first day: 4714-11-24 BC, the start of the Julian calendar's count.
pub(super) const FIRST_DAY: i64 = -2_440_588;
/// The day behind the last: 5874898-01-01.
pub(in crate::types) const DAYS_END: i64 = 2_145_042_906;

/// Returns the time now, in microseconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

/// Reads a value of `date`, `time`, `timetz`, `timestamp` or `timestamptz`.
pub(crate) fn input(ty: &Type, text: &str) -> Result<Value> {
    // Without a zone it is a time of the session's.
    let is_plain = *ty == Type::Timestamp || (*ty == Type::TimestampTz && session::is_utc());
    if is_plain && let Some(microseconds) = usual_form(text) {
        return Ok(Value::Int(microseconds));
    }
    decode(ty, text).map_err(|fault| refusal(ty, text, fault))?
}

/// Returns the error that PostgreSQL raises for `fault`.
fn refusal(ty: &Type, text: &str, fault: Fault) -> Error {
    match fault {
        Fault::Format => Error::new(
            Code::DATETIME_FORMAT,
            format!("invalid input syntax for type {}: \"{text}\"", name(ty)),
        ),
        Fault::Overflow => field_out_of_range(text),
        Fault::MonthOrDay => {
            field_out_of_range(text).hint("Perhaps you need a different \"datestyle\" setting.")
        }
        Fault::ZoneOverflow => Error::new(
            Code::new("22009"),
            format!("time zone displacement out of range: \"{text}\""),
        ),
        Fault::UnknownZone(zone) => Error::new(
            Code::INVALID_PARAMETER,
            format!("time zone \"{zone}\" not recognized"),
        ),
    }
}

fn field_out_of_range(text: &str) -> Error {
    Error::new(
        Code::DATETIME_OVERFLOW,
        format!("date/time field value out of range: \"{text}\""),
    )
}

fn name(ty: &Type) -> &'static str {
    match ty {
        Type::Date => "date",
        Type::Time => "time",
        Type::TimeTz => "time with time zone",
        Type::Timestamp => "timestamp",
        _ => "timestamp with time zone",
    }
}

/// Reads `yyyy-mm-dd hh:mm:ss[.ffffff]`, with `T` or a space and nothing behind, or `Z` or `+00[:00]`: what programs send.
fn usual_form(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        bytes.get(range)?.iter().try_fold(0i64, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + i64::from(byte - b'0'))
        })
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    if !(is(4, b"-") && is(7, b"-") && is(10, b"T ") && is(13, b":") && is(16, b":")) {
        return None;
    }
    let civil = Civil {
        year: number(0..4)?,
        month: number(5..7)?,
        day: number(8..10)?,
    };
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let valid = civil.year >= 1
        && (1..=12).contains(&civil.month)
        && (1..=super::days_in_month(civil.year, civil.month)).contains(&civil.day)
        && hour < 24
        && minute < 60
        && second < 60;
    let rest = text.get(19..).filter(|_| valid)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(tail) => {
            let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, zone) = tail.split_at(digits);
            (super::seconds_fraction(digits)?, zone)
        }
        None => (0, rest),
    };
    if !matches!(zone, "" | "Z" | "+00" | "+00:00") {
        return None;
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(civil.to_days() * MICROSECONDS_PER_DAY + seconds * 1_000_000 + fraction)
}

fn decode(ty: &Type, text: &str) -> Result<Result<Value>, Fault> {
    let fields = fields(trim(text)).ok_or(Fault::Format)?;
    let now = now();
    let time_only = matches!(ty, Type::Time | Type::TimeTz);
    // A time may be preceded by a date, which then only matters to the zone.
    let is_date =
        |field: &super::token::Field| field.kind == FieldKind::Date && !field.text.contains('/');
    let has_date = fields.len() > 1 && fields.iter().any(is_date);
    let mut decoder = Decoder::new(now.div_euclid(MICROSECONDS_PER_DAY), time_only && !has_date);
    let meaning = decoder.decode(&fields)?;
    match ty {
        Type::Date => date(&decoder, meaning, now, text),
        Type::Time | Type::TimeTz => time(ty, &decoder, meaning, now),
        _ => timestamp(ty, &decoder, meaning, now, text),
    }
}

fn date(decoder: &Decoder, meaning: Meaning, now: i64, text: &str) -> Result<Result<Value>, Fault> {
    let days = match meaning {
        Meaning::Now => now.div_euclid(MICROSECONDS_PER_DAY),
        Meaning::Epoch => 0,
        Meaning::Infinity => DATE_INFINITY,
        Meaning::NegativeInfinity => DATE_NEGATIVE_INFINITY,
        Meaning::Moment => {
            let days = decoder.days().ok_or(Fault::Format)?;
            if !(FIRST_DAY..DAYS_END).contains(&days) {
                return Ok(Err(Error::new(
                    Code::DATETIME_OVERFLOW,
                    format!("date out of range: \"{text}\""),
                )));
            }
            days
        }
    };
    Ok(Ok(Value::Int(days)))
}

fn time(ty: &Type, decoder: &Decoder, meaning: Meaning, now: i64) -> Result<Result<Value>, Fault> {
    let microseconds = match meaning {
        Meaning::Now => now.rem_euclid(MICROSECONDS_PER_DAY),
        Meaning::Moment if decoder.has_time() => decoder.microseconds(),
        _ => return Err(Fault::Format),
    };
    let offset = match (decoder.zone(), decoder.days()) {
        (None, _) => 0,
        (Some(super::zone::Zone::Fixed(seconds)), _) => *seconds,
        // Its offset depends on the day.
        (Some(_), None) => return Err(Fault::Format),
        (Some(zone), Some(days)) => {
            zone.offset_at_local(days.saturating_mul(MICROSECONDS_PER_DAY) + microseconds)
        }
    };
    Ok(Ok(if *ty == Type::Time {
        Value::Int(microseconds)
    } else {
        Value::text(timetz_text(microseconds, offset))
    }))
}

fn timestamp(
    ty: &Type,
    decoder: &Decoder,
    meaning: Meaning,
    now: i64,
    text: &str,
) -> Result<Result<Value>, Fault> {
    let microseconds = match meaning {
        Meaning::Now => now,
        Meaning::Epoch => 0,
        Meaning::Infinity => TIMESTAMP_INFINITY,
        Meaning::NegativeInfinity => TIMESTAMP_NEGATIVE_INFINITY,
        Meaning::Moment => {
            let days = decoder.days().ok_or(Fault::Format)?;
            let local = days
                .checked_mul(MICROSECONDS_PER_DAY)
                .and_then(|day| day.checked_add(decoder.microseconds()));
            let moment = local.and_then(|local| match decoder.zone() {
                Some(zone) if *ty == Type::TimestampTz => {
                    local.checked_sub(zone.offset_at_local(local) * 1_000_000)
                }
                None if *ty == Type::TimestampTz => Some(session::to_utc(local)),
                _ => Some(local),
            });
            let in_range = |it: &i64| super::in_timestamp_range(*it);
            let Some(moment) = moment.filter(in_range) else {
                return Ok(Err(Error::new(
                    Code::DATETIME_OVERFLOW,
                    format!("timestamp out of range: \"{text}\""),
                )));
            };
            moment
        }
    };
    Ok(Ok(Value::Int(microseconds)))
}

/// PostgreSQL counts timestamps from 2000-01-01, and halves are rounded away from there.
pub(super) const ROUNDING_ORIGIN: i64 = 946_684_800_000_000;

/// Rounds a timestamp to `digits` digits of the second's fraction.
pub(crate) fn round_timestamp(microseconds: i64, digits: u8) -> i64 {
    match microseconds {
        TIMESTAMP_INFINITY | TIMESTAMP_NEGATIVE_INFINITY => microseconds,
        _ => round_fraction(microseconds.saturating_sub(ROUNDING_ORIGIN), digits)
            .saturating_add(ROUNDING_ORIGIN),
    }
}

/// Rounds microseconds to `digits` digits of the second's fraction, halves away from zero.
pub(crate) fn round_fraction(microseconds: i64, digits: u8) -> i64 {
    let unit = 10i64.pow(6u32.saturating_sub(u32::from(digits)));
    let magnitude = microseconds.saturating_abs().saturating_add(unit / 2) / unit * unit;
    if microseconds < 0 {
        -magnitude
    } else {
        magnitude
    }
}

/// Rounds the canonical text of a `timetz`.
pub(crate) fn round_timetz(text: &str, digits: u8) -> String {
    let (microseconds, offset) = super::timetz_parts(text);
    timetz_text(round_fraction(microseconds, digits), offset)
}
