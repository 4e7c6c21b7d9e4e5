//! CSV bodies, RFC 4180: the first line names the columns, `NULL` is null, everything else a string.

use indexmap::IndexMap;
use underpin_base::{Code, Error, Limits, Name, Result};

use super::{KEYS_MAX, Wanted, check_size, json, too_many_keys};
use crate::request::{Payload, PayloadRow};

/// Reads `text`.
pub(super) fn payload(text: &str, wanted: &Wanted<'_>, limits: &Limits) -> Result<Payload> {
    let mut reader = Reader::new(text);
    let Some(header) = reader.record()? else {
        return Err(invalid("not enough input"));
    };
    // Of columns with the same name the last one counts, as with JSON.
    let kept: IndexMap<Name, usize> = header
        .iter()
        .enumerate()
        .map(|(index, field)| (Name::from(&*field.text), index))
        .filter(|(name, _)| wanted.has(name))
        .collect();
    let mut rows = Vec::new();
    while let Some(record) = reader.record()? {
        if record.len() != header.len() {
            return Err(uneven());
        }
        check_size(rows.len() + 1, kept.len(), limits)?;
        let value = |index: &usize| record.get(*index).map(Field::json);
        rows.push(PayloadRow {
            values: kept.values().map(value).collect(),
        });
    }
    Ok(Payload {
        keys: kept.into_keys().collect(),
        uniform: true,
        is_array: true,
        rows,
        more: None,
    })
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Field {
    text: String,
}

impl Field {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn json(&self) -> Box<str> {
        if self.text == "NULL" {
            return "null".into();
        }
        json::string(&self.text)
    }
}

/// Reads records from a text.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Returns what comes after the records that were read.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Reads a line; nothing at the end of the text. Empty lines are passed over.
    pub(super) fn record(&mut self) -> Result<Option<Vec<Field>>> {
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            fields.push(Field {
                text: self.field()?,
            });
            if fields.len() > KEYS_MAX {
                return Err(too_many_keys());
            }
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                continue;
            }
            if self.rest.is_empty() || self.rest.starts_with(['\r', '\n']) {
                return Ok(Some(fields));
            }
            return Err(invalid("a quoted field goes on after its quote"));
        }
    }

    fn field(&mut self) -> Result<String> {
        let Some(mut quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\r', '\n']);
            let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Ok(text.to_owned());
        };
        let mut text = String::new();
        loop {
            let Some((part, rest)) = quoted.split_once('"') else {
                return Err(invalid("a quoted field has no end"));
            };
            text.push_str(part);
            let Some(rest_of_field) = rest.strip_prefix('"') else {
                self.rest = rest;
                return Ok(text);
            };
            text.push('"');
            quoted = rest_of_field;
        }
    }
}

pub(super) fn uneven() -> Error {
    Error::new(Code::BODY, "All lines must have same number of fields")
}

fn invalid(reason: &str) -> Error {
    Error::new(Code::BODY, format!("parse error ({reason})"))
}
