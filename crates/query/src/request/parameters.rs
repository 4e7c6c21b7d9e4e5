//! The parameters of a query string or of a form: split and decoded, nothing more.

use percent_encoding::percent_decode_str;
use underpin_base::{Code, Error, Result};

/// A parameter. One without `=` has no value and means nothing to the data API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// What stands before the first `=`.
    pub(crate) key: String,
    /// What stands after it.
    pub(crate) value: String,
}

/// Splits `text` at `&` and `=` and decodes both sides: `+` is a blank, `%xx` a byte.
///
/// Like PostgreSQL, it takes no text that is not UTF-8 or has a NUL character (22021).
pub(crate) fn parameters(text: &str) -> Result<Vec<Parameter>> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| {
            Ok(Parameter {
                key: decode(key, true)?,
                value: decode(value, true)?,
            })
        })
        .collect()
}

/// Decodes `%xx`, and `+` as a blank where `plus_is_blank`.
pub(super) fn decode(text: &str, plus_is_blank: bool) -> Result<String> {
    let blanks = if plus_is_blank && text.contains('+') {
        std::borrow::Cow::Owned(text.replace('+', " "))
    } else {
        std::borrow::Cow::Borrowed(text)
    };
    let decoded = percent_decode_str(&blanks).decode_utf8().map_err(|error| {
        let bytes: Vec<u8> = percent_decode_str(&blanks).collect();
        let wrong = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        not_text(wrong)
    })?;
    if decoded.contains('\0') {
        return Err(not_text(0));
    }
    Ok(decoded.into_owned())
}

fn not_text(byte: u8) -> Error {
    Error::new(
        Code::CHARACTER_NOT_IN_REPERTOIRE,
        format!("invalid byte sequence for encoding \"UTF8\": 0x{byte:02x}"),
    )
}
