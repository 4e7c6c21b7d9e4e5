//! Bytes: encodings, digests and random values.

use aws_lc_rs::{digest, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use underpin_base::{Code, Error, Result, Value};

use super::arguments::Arguments;
use super::md5::md5;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_bytea_concatenate", |a| {
        Ok(Value::Bytes([a.bytes(0)?, a.bytes(1)?].concat().into()))
    }),
    ("pg_convert_from", |a| {
        utf8(a.text(1)?)?;
        match std::str::from_utf8(a.bytes(0)?) {
            Ok(text) if !text.contains('\0') => Ok(Value::text(text)),
            _ => Err(Error::new(
                Code::new("22021"),
                "invalid byte sequence for encoding \"UTF8\"",
            )),
        }
    }),
    ("pg_convert_to", |a| {
        utf8(a.text(1)?)?;
        Ok(Value::Bytes(a.text(0)?.as_bytes().into()))
    }),
    ("pg_decode", decode),
    ("pg_encode", encode),
    ("pg_digest", |a| {
        digest_named(a.text(0)?.as_bytes(), a.text(1)?)
    }),
    ("pg_digest_bytea", |a| digest_named(a.bytes(0)?, a.text(1)?)),
    ("pg_hmac", |a| {
        hmac_named(a.text(0)?.as_bytes(), a.text(1)?.as_bytes(), a.text(2)?)
    }),
    ("pg_hmac_bytea", |a| {
        hmac_named(a.bytes(0)?, a.bytes(1)?, a.text(2)?)
    }),
    ("pg_md5", |a| {
        Ok(Value::text(hex(&md5(a.text(0)?.as_bytes()))))
    }),
    ("pg_md5_bytea", |a| Ok(Value::text(hex(&md5(a.bytes(0)?))))),
    ("pg_sha224", |a| Ok(sha(&digest::SHA224, a.bytes(0)?))),
    ("pg_sha256", |a| Ok(sha(&digest::SHA256, a.bytes(0)?))),
    ("pg_sha384", |a| Ok(sha(&digest::SHA384, a.bytes(0)?))),
    ("pg_sha512", |a| Ok(sha(&digest::SHA512, a.bytes(0)?))),
    ("pg_gen_random_bytes", random_bytes),
    ("pg_gen_random_uuid", |_| Ok(random_uuid())),
    ("pg_uuid_generate_v4", |_| Ok(random_uuid())),
    ("pg_random", random),
];

/// Refuses every encoding but the one in which all text is.
fn utf8(name: &str) -> Result<()> {
    if matches!(
        name.to_ascii_lowercase().as_str(),
        "utf8" | "utf-8" | "unicode"
    ) {
        return Ok(());
    }
    Err(Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("conversion to and from the encoding \"{name}\" is not supported"),
    ))
}

fn random_uuid() -> Value {
    Value::text(uuid::Uuid::new_v4().to_string())
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    rand::fill(bytes).map_err(|_| Error::internal("the system gives no random bytes"))
}

/// A number from 0 to 1, 1 excluded, of 53 random bits.
fn random(_: &Arguments<'_>) -> Result<Value> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    let bits = u64::from_le_bytes(bytes) >> 11;
    Ok(Value::Float(bits as f64 / (1_u64 << 53) as f64))
}

fn random_bytes(arguments: &Arguments<'_>) -> Result<Value> {
    let count = usize::try_from(arguments.int(0)?)
        .ok()
        .filter(|count| (1..=1024).contains(count))
        .ok_or_else(|| Error::new(Code::new("39000"), "Length not in range"))?;
    let mut bytes = vec![0; count];
    fill(&mut bytes)?;
    Ok(Value::Bytes(bytes.into()))
}

/// Returns the bytes as lower-case hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn sha(algorithm: &'static digest::Algorithm, bytes: &[u8]) -> Value {
    Value::Bytes(digest::digest(algorithm, bytes).as_ref().into())
}

fn unknown_digest(name: &str) -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        format!("Cannot use \"{name}\": No such hash algorithm"),
    )
}

fn digest_named(bytes: &[u8], name: &str) -> Result<Value> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "md5" => Value::Bytes(md5(bytes).into()),
        "sha1" => sha(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes),
        "sha224" => sha(&digest::SHA224, bytes),
        "sha256" => sha(&digest::SHA256, bytes),
        "sha384" => sha(&digest::SHA384, bytes),
        "sha512" => sha(&digest::SHA512, bytes),
        _ => return Err(unknown_digest(name)),
    })
}

fn hmac_named(bytes: &[u8], key: &[u8], name: &str) -> Result<Value> {
    let algorithm = match name.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => hmac::HMAC_SHA224,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return Err(unknown_digest(name)),
    };
    let tag = hmac::sign(&hmac::Key::new(algorithm, key), bytes);
    Ok(Value::Bytes(tag.as_ref().into()))
}

fn unknown_encoding(name: &str) -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        format!("unrecognized encoding: \"{name}\""),
    )
}

fn encode(arguments: &Arguments<'_>) -> Result<Value> {
    let (bytes, format) = (arguments.bytes(0)?, arguments.text(1)?);
    Ok(Value::text(match format.to_ascii_lowercase().as_str() {
        "hex" => hex(bytes),
        "base64" => {
            // PostgreSQL breaks the line after 76 characters.
            let encoded = STANDARD.encode(bytes);
            let lines: Vec<&str> = encoded
                .as_bytes()
                .chunks(76)
                .map(|line| std::str::from_utf8(line).unwrap_or_default())
                .collect();
            lines.join("\n")
        }
        "escape" => escape(bytes),
        _ => return Err(unknown_encoding(format)),
    }))
}

/// PostgreSQL's `escape` form: a NUL and bytes above 127 as three octal digits, the backslash doubled.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            0 | 128.. => text.push_str(&format!("\\{byte:03o}")),
            b'\\' => text.push_str("\\\\"),
            _ => text.push(char::from(*byte)),
        }
    }
    text
}

fn decode(arguments: &Arguments<'_>) -> Result<Value> {
    let (text, format) = (arguments.text(0)?, arguments.text(1)?);
    let bytes = match format.to_ascii_lowercase().as_str() {
        "hex" => decode_hex(text)?,
        "base64" => decode_base64(text)?,
        "escape" => unescape(text)?,
        _ => return Err(unknown_encoding(format)),
    };
    Ok(Value::Bytes(bytes.into()))
}

fn decode_hex(text: &str) -> Result<Vec<u8>> {
    let mut digits = Vec::with_capacity(text.len());
    for character in text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
    {
        let digit = character.to_digit(16).ok_or_else(|| {
            Error::new(
                Code::INVALID_PARAMETER,
                format!("invalid hexadecimal digit: \"{character}\""),
            )
        })?;
        digits.push(u8::try_from(digit).unwrap_or_default());
    }
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    for pair in digits.chunks(2) {
        let [high, low] = pair else {
            return Err(Error::new(
                Code::INVALID_PARAMETER,
                "invalid hexadecimal data: odd number of digits",
            ));
        };
        bytes.push(high << 4 | low);
    }
    Ok(bytes)
}

fn decode_base64(text: &str) -> Result<Vec<u8>> {
    let packed: String = text
        .chars()
        .filter(|character| !character.is_ascii_whitespace())
        .collect();
    STANDARD.decode(&packed).map_err(|error| match error {
        base64::DecodeError::InvalidByte(offset, _) => {
            let symbol = packed.get(offset..).and_then(|rest| rest.chars().next());
            Error::new(
                Code::INVALID_PARAMETER,
                format!(
                    "invalid symbol \"{}\" found while decoding base64 sequence",
                    symbol.unwrap_or_default()
                ),
            )
        }
        _ => Error::new(Code::INVALID_PARAMETER, "invalid base64 end sequence")
            .hint("Input data is missing padding, is truncated, or is otherwise corrupted."),
    })
}

fn unescape(text: &str) -> Result<Vec<u8>> {
    let invalid = || Error::new(Code::INVALID_TEXT, "invalid input syntax for type bytea");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let first = rest.next().ok_or_else(invalid)?;
        if first == b'\\' {
            bytes.push(b'\\');
            continue;
        }
        let mut value = 0_u16;
        for digit in [Some(first), rest.next(), rest.next()] {
            let digit = digit.filter(|digit| (b'0'..=b'7').contains(digit));
            value = value * 8 + u16::from(digit.ok_or_else(invalid)? - b'0');
        }
        bytes.push(u8::try_from(value).map_err(|_| invalid())?);
    }
    Ok(bytes)
}
