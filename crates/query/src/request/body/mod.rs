//! Bodies: JSON, CSV and forms become a [`Payload`] or [`Arguments`], with values kept as text.
//!
//! Invariant: the memory that a payload takes is bounded by `limits.body_bytes_max`, whatever the body says.

mod csv;
mod json;
mod spooled;

pub use spooled::SpooledRows;

use std::collections::HashSet;

use underpin_base::{Code, Error, Limits, Name, Result};

use super::parameters::{Parameter, parameters};
use super::{Arguments, Payload, PayloadRow};
use crate::Spool;

/// What is known of a body before it is read.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// The bytes.
    pub(super) bytes: &'a [u8],
    /// The `Content-Type` header.
    pub(super) content_type: Option<&'a str>,
    /// `columns`: keys that are not among them are passed over.
    pub(super) columns: Option<&'a [Name]>,
    /// The whole body, when it is too large to be held; `bytes` is then its beginning.
    pub(super) spool: Option<&'a Spool>,
    /// The limits.
    pub(super) limits: &'a Limits,
}

/// The most keys that a body may have: PostgreSQL's tables have no more columns.
const KEYS_MAX: usize = 1_600;

/// The keys that are wanted of a body; nothing when all are.
#[derive(Debug)]
struct Wanted<'a>(Option<HashSet<&'a str>>);

impl Wanted<'_> {
    fn has(&self, key: &str) -> bool {
        self.0.as_ref().is_none_or(|keys| keys.contains(key))
    }

    fn is_all(&self) -> bool {
        self.0.is_none()
    }
}

/// The types of bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContentType {
    Json,
    Csv,
    Form,
    Raw(&'static str),
}

impl Body<'_> {
    /// Reads the rows of a write.
    pub(super) fn payload(&self) -> Result<Payload> {
        if let Some(spool) = self.spool {
            let rows = self.spooled_rows(spool).ok_or_else(invalid_json)?;
            return Ok(Payload {
                keys: rows.keys().cloned().collect(),
                uniform: true,
                is_array: true,
                rows: Vec::new(),
                more: Some(rows),
            });
        }
        match self.type_of_content()? {
            ContentType::Json => json::payload(self.text()?, &self.wanted(), self.limits),
            ContentType::Csv => csv::payload(self.text()?, &self.wanted(), self.limits),
            ContentType::Form => self.form_payload(),
            ContentType::Raw(media_type) => Err(not_acceptable(media_type)),
        }
    }

    /// Reads the arguments of a call. No body at all is no arguments.
    pub(super) fn arguments(&self) -> Result<Arguments> {
        match self.type_of_content()? {
            ContentType::Json => {
                let text = match self.text()? {
                    "" => "{}",
                    text => text,
                };
                Ok(Arguments::Json {
                    payload: json::payload(text, &self.wanted(), self.limits)?,
                    body: text.into(),
                })
            }
            ContentType::Csv => {
                let payload = csv::payload(self.text()?, &self.wanted(), self.limits)?;
                let body = json::write(&payload).into();
                Ok(Arguments::Json { payload, body })
            }
            ContentType::Form => Ok(Arguments::Text(
                self.form()?
                    .into_iter()
                    .map(|parameter| (parameter.key.into(), parameter.value))
                    .collect(),
            )),
            ContentType::Raw(media_type) => Ok(Arguments::Raw {
                media_type,
                body: self.bytes.into(),
            }),
        }
    }

    /// Returns the rows of a body that is too large to be held; nothing when it must be held whole to be read.
    pub(super) fn spooled_rows(&self, spool: &Spool) -> Option<SpooledRows> {
        // The beginning may end within a character.
        let text = match std::str::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(self.bytes.get(..error.valid_up_to())?).ok()?,
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match self.type_of_content().ok()? {
            ContentType::Json => SpooledRows::of_json(spool, text, self.columns, self.limits),
            ContentType::Csv => SpooledRows::of_csv(spool, text, self.columns, self.limits),
            ContentType::Form | ContentType::Raw(_) => None,
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        let columns = self.columns.map(<[Name]>::iter);
        Wanted(columns.map(|columns| columns.map(|column| &**column).collect()))
    }

    fn form(&self) -> Result<Vec<Parameter>> {
        let text = self.text()?;
        if text.bytes().filter(|byte| *byte == b'&').count() >= KEYS_MAX {
            return Err(too_many_keys());
        }
        parameters(text)
    }

    fn type_of_content(&self) -> Result<ContentType> {
        let header = self.content_type.unwrap_or("application/json");
        let media_type = header.split(';').next().unwrap_or_default().trim();
        Ok(match media_type.to_ascii_lowercase().as_str() {
            "application/json" | "" => ContentType::Json,
            "text/csv" => ContentType::Csv,
            "application/x-www-form-urlencoded" => ContentType::Form,
            "text/plain" => ContentType::Raw("text/plain"),
            "text/xml" => ContentType::Raw("text/xml"),
            "application/octet-stream" => ContentType::Raw("application/octet-stream"),
            _ => return Err(not_acceptable(media_type)),
        })
    }

    /// The body as text; a byte order mark is passed over.
    fn text(&self) -> Result<&str> {
        let text = std::str::from_utf8(self.bytes).map_err(|_| invalid_json())?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// A form is one row of strings; of a repeated name the last value counts.
    fn form_payload(&self) -> Result<Payload> {
        let mut row = indexmap::IndexMap::new();
        let wanted = self.wanted();
        for parameter in self.form()? {
            if wanted.has(&parameter.key) {
                row.insert(Name::from(parameter.key), parameter.value);
            }
        }
        let (keys, values): (Vec<_>, Vec<_>) = row
            .into_iter()
            .map(|(key, value)| (key, Some(json::string(&value))))
            .unzip();
        Ok(Payload {
            keys,
            uniform: true,
            is_array: false,
            rows: vec![PayloadRow { values }],
            more: None,
        })
    }
}

fn invalid_json() -> Error {
    Error::new(Code::BODY, "Empty or invalid json")
}

fn too_many_keys() -> Error {
    Error::new(
        Code::BODY,
        format!("the body has more than {KEYS_MAX} keys, the limit is {KEYS_MAX}"),
    )
}

fn not_acceptable(media_type: &str) -> Error {
    Error::new(
        Code::BODY,
        format!("Content-Type not acceptable: {media_type}"),
    )
}

fn too_many_rows(max: usize) -> Error {
    Error::new(
        Code::BODY,
        format!("the body has more than {max} rows, the limit is {max}"),
    )
    .hint("the setting is limits.insert_rows_max")
}

/// Refuses more rows than an insert may have, more keys than a table may have columns, and more values than the body may fill memory with.
fn check_size(rows: usize, keys: usize, limits: &Limits) -> Result<()> {
    if keys > KEYS_MAX {
        return Err(too_many_keys());
    }
    if rows > limits.insert_rows_max {
        return Err(too_many_rows(limits.insert_rows_max));
    }
    // Rows that lack keys, and CSV, could otherwise make a short body into very many values.
    let values_max = limits.body_bytes_max / 4;
    if rows.saturating_mul(keys) > values_max {
        return Err(Error::new(
            Code::BODY,
            format!("the body has more than {values_max} values, the limit is {values_max}"),
        )
        .hint("the limit is a quarter of limits.body_bytes_max"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
