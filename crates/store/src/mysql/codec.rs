//! Values as the driver has them: what a canonical value is bound as, and what a column's value is in canonical form.

use mysql_async::Value as Raw;
use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::datetime::Civil;
use underpin_sql::types::{self, Type};
use underpin_sql::writer::mysql::Dialect;

const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// Most digits before and after the point of a number that is compared in the database.
const DIGITS: (usize, usize) = (35, 30);

/// Returns what is bound for `value` as an operand of a condition.
///
/// # Errors
/// `0A000` for a value that the database does not have.
pub(super) fn operand(value: &Value, ty: &Type) -> Result<Raw> {
    match (value, ty) {
        (Value::Text(text), Type::Numeric) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            let (whole_max, fraction_max) = DIGITS;
            let is_number = text
                .bytes()
                .all(|it| it.is_ascii_digit() || b".-".contains(&it));
            if !is_number || whole.len() > whole_max || fraction.len() > fraction_max {
                return Err(no_value(ty, text));
            }
            Ok(Raw::Bytes(text.as_bytes().to_vec()))
        }
        _ => stored(value, ty),
    }
}

/// Returns what is bound for `value` of a column of type `ty`.
///
/// # Errors
/// `22003`, `22008` for a value that the database does not have.
pub(super) fn stored(value: &Value, ty: &Type) -> Result<Raw> {
    Ok(match (value, ty) {
        (Value::Null, _) => Raw::NULL,
        (Value::Int(days), Type::Date) => {
            let (year, month, day) = civil(*days).ok_or_else(|| out_of_range(ty))?;
            Raw::Date(year, month, day, 0, 0, 0, 0)
        }
        (Value::Int(moment), Type::Timestamp | Type::TimestampTz) => {
            let (year, month, day) =
                civil(moment.div_euclid(DAY_MICROSECONDS)).ok_or_else(|| out_of_range(ty))?;
            let (hour, minute, second, micro) = clock(moment.rem_euclid(DAY_MICROSECONDS));
            Raw::Date(year, month, day, hour, minute, second, micro)
        }
        (Value::Int(time), Type::Time) => {
            let days = u32::from(*time >= DAY_MICROSECONDS);
            let (hour, minute, second, micro) = clock(time.rem_euclid(DAY_MICROSECONDS));
            Raw::Time(false, days, hour, minute, second, micro)
        }
        (Value::Int(value), _) => Raw::Int(*value),
        (Value::Float(value), _) => Raw::Double(*value),
        (Value::Text(text), Type::Float4 | Type::Float8) => return Err(no_value(ty, text)),
        (Value::Text(text), _) => Raw::Bytes(text.as_bytes().to_vec()),
        (Value::Bytes(bytes), _) => Raw::Bytes(bytes.to_vec()),
    })
}

fn civil(days: i64) -> Option<(u16, u8, u8)> {
    // The years 1 to 9999.
    if !(-719_162..=2_932_896).contains(&days) {
        return None;
    }
    let civil = Civil::from_days(days);
    Some((
        u16::try_from(civil.year).ok()?,
        u8::try_from(civil.month).ok()?,
        u8::try_from(civil.day).ok()?,
    ))
}

fn clock(microseconds: i64) -> (u8, u8, u8, u32) {
    let part = |value: i64| u8::try_from(value).unwrap_or(0);
    (
        part(microseconds / 3_600_000_000),
        part(microseconds / 60_000_000 % 60),
        part(microseconds / 1_000_000 % 60),
        u32::try_from(microseconds % 1_000_000).unwrap_or(0),
    )
}

/// Reads values of columns, and what the database prints of values.
pub(super) struct Reader {
    /// [`read`] or [`read_found`].
    pub(super) raw: fn(Raw, &Type) -> Result<Value>,
    /// [`text_value`] or [`text_found`].
    pub(super) text: fn(&Type, &str) -> Result<Value>,
}

/// Returns how values are read of a database that `dialect` speaks of.
pub(super) fn reader(dialect: &Dialect) -> Reader {
    match dialect.found {
        true => Reader {
            raw: read_found,
            text: text_found,
        },
        false => Reader {
            raw: read,
            text: text_value,
        },
    }
}

/// Returns the canonical form of a column's value, in a database that others fill.
///
/// # Errors
/// `22003`, `22008` for a value that the type has no room for, another of class 22 for one that is none of the type.
pub(super) fn read_found(raw: Raw, ty: &Type) -> Result<Value> {
    match raw {
        Raw::UInt(value) if *ty == Type::Numeric => Ok(Value::text(value.to_string())),
        Raw::UInt(value) => match i64::try_from(value) {
            Ok(value) => Ok(integer(value, ty)),
            Err(_) => types::input(ty, &value.to_string()),
        },
        Raw::Time(negative, days, hour, ..) if *ty == Type::Time && (negative || days > 0) => {
            let hours = days * 24 + u32::from(hour);
            let sign = if negative { "-" } else { "" };
            Err(Error::new(
                Code::DATETIME_OVERFLOW,
                format!("date/time field value out of range: \"{sign}{hours}:…\""),
            )
            .hint("A time of this database may be longer than a day; leave the column out of `select`."))
        }
        Raw::Bytes(bytes) if matches!(ty, Type::Jsonb | Type::Numeric) => {
            let text = String::from_utf8(bytes).map_err(Error::internal)?;
            types::input(ty, &text)
        }
        other => read(other, ty),
    }
}

/// Returns the canonical form of what a database that others fill prints of a value.
///
/// # Errors
/// Those of [`read_found`].
pub(super) fn text_found(ty: &Type, text: &str) -> Result<Value> {
    match ty {
        Type::Jsonb | Type::Numeric | Type::Int8 | Type::Time => types::input(ty, text),
        _ => text_value(ty, text),
    }
}

/// Returns the canonical form of a column's value.
///
/// # Errors
/// An internal error for a value that is not of the type.
pub(super) fn read(raw: Raw, ty: &Type) -> Result<Value> {
    Ok(match raw {
        Raw::NULL => Value::Null,
        Raw::Bytes(bytes) if *ty == Type::Bytea => Value::Bytes(bytes.into()),
        Raw::Bytes(bytes) => {
            let text = String::from_utf8(bytes).map_err(Error::internal)?;
            match ty {
                _ if is_text(ty) => Value::Text(text.into()),
                _ => text_value(ty, &text)?,
            }
        }
        Raw::Int(value) => integer(value, ty),
        Raw::UInt(value) => integer(i64::try_from(value).map_err(Error::internal)?, ty),
        Raw::Float(value) => Value::Float(f64::from(value)),
        Raw::Double(value) => Value::Float(value),
        Raw::Date(year, month, day, hour, minute, second, micro) => {
            if month == 0 || day == 0 {
                // A date that is none, in a database that others fill.
                return Ok(Value::Null);
            }
            let days = Civil {
                year: i64::from(year),
                month: i64::from(month),
                day: i64::from(day),
            }
            .to_days();
            match ty {
                Type::Date => Value::Int(days),
                _ => {
                    Value::Int(days * DAY_MICROSECONDS + microseconds(hour, minute, second, micro))
                }
            }
        }
        Raw::Time(negative, days, hour, minute, second, micro) => {
            let time =
                i64::from(days) * DAY_MICROSECONDS + microseconds(hour, minute, second, micro);
            Value::Int(if negative { -time } else { time })
        }
    })
}

fn microseconds(hour: u8, minute: u8, second: u8, micro: u32) -> i64 {
    let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    seconds * 1_000_000 + i64::from(micro)
}

fn integer(value: i64, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::bool(value != 0),
        Type::Numeric => Value::text(value.to_string()),
        #[expect(clippy::cast_precision_loss, reason = "a double is what was asked for")]
        Type::Float4 | Type::Float8 => Value::Float(value as f64),
        _ => Value::Int(value),
    }
}

fn is_text(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Bool
            | Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Oid
            | Type::Float4
            | Type::Float8
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Bytea
    )
}

/// Returns the canonical form of what the database prints of a value.
///
/// # Errors
/// An internal error for a text that is not of the type.
pub(super) fn text_value(ty: &Type, text: &str) -> Result<Value> {
    match ty {
        Type::Bool => Ok(Value::bool(text != "0")),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
            text.parse().map(Value::Int).map_err(Error::internal)
        }
        Type::Float4 | Type::Float8 => text.parse().map(Value::Float).map_err(Error::internal),
        // In UTC, whatever zone the answer is to be in.
        Type::Timestamp | Type::TimestampTz => types::input(&Type::Timestamp, text),
        Type::Date | Type::Time => types::input(ty, text),
        Type::Bytea => types::input(ty, &format!("\\x{text}")),
        _ => Ok(Value::text(text)),
    }
}

fn out_of_range(ty: &Type) -> Error {
    Error::new(
        Code::DATETIME_OVERFLOW,
        format!("{ty} out of range for this database: years 1 to 9999"),
    )
}

fn no_value(ty: &Type, text: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("the value {text} of type {ty} is not supported on MySQL"),
    )
}
