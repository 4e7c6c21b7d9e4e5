//! Whole numbers: `smallint`, `integer`, `bigint` and `oid`.

use underpin_base::{Result, Value};

use super::Type;
use super::errors::{invalid, trim, value_out_of_range};

/// Why a text is not a whole number of 64 bits.
enum Fault {
    Syntax,
    Range,
}

/// Reads a number of type `ty`, which is one of the integer types.
pub(super) fn input(ty: &Type, text: &str) -> Result<Value> {
    let name = name(ty);
    let number = parse(trim(text)).map_err(|fault| match fault {
        Fault::Syntax => invalid(name, text),
        Fault::Range => value_out_of_range(name, text),
    })?;
    if *ty == Type::Oid && (i64::from(i32::MIN)..0).contains(&number) {
        // PostgreSQL reads a negative oid as its 32 bits.
        return Ok(Value::Int(number + (1 << 32)));
    }
    if fits(ty, number) {
        Ok(Value::Int(number))
    } else {
        Err(value_out_of_range(name, text))
    }
}

/// Tells whether `number` is in the range of `ty`.
pub(super) fn fits(ty: &Type, number: i64) -> bool {
    match ty {
        Type::Int2 => i16::try_from(number).is_ok(),
        Type::Int4 => i32::try_from(number).is_ok(),
        Type::Oid => u32::try_from(number).is_ok(),
        _ => true,
    }
}

/// Returns the type's name in messages.
pub(super) fn name(ty: &Type) -> &'static str {
    match ty {
        Type::Int2 => "smallint",
        Type::Int4 => "integer",
        Type::Oid => "oid",
        _ => "bigint",
    }
}

fn parse(text: &str) -> Result<i64, Fault> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Syntax);
    }
    text.parse().map_err(|_| Fault::Range)
}

/// Appends `number` in decimal.
pub(super) fn write(number: i64, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 20];
    let mut rest = number.unsigned_abs();
    let mut length = 0;
    for byte in buffer.iter_mut().rev() {
        // A digit fits a byte.
        *byte = b'0' + (rest % 10) as u8;
        rest /= 10;
        length += 1;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(buffer.get(buffer.len() - length..).unwrap_or_default());
}
