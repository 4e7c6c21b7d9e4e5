//! JSON bodies: an object or an array of objects, read once, values passed on as the text they are.

use std::fmt;

use indexmap::IndexSet;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use underpin_base::{Code, Error, Limits, Name, Result};

use super::{Wanted, check_size, invalid_json};
use crate::request::{Payload, PayloadRow};

/// Reads `text`. Like PostgREST, it takes any other JSON than objects for an empty array.
pub(super) fn payload(text: &str, wanted: &Wanted<'_>, limits: &Limits) -> Result<Payload> {
    check_depth(text, limits)?;
    let mut rows = Rows {
        keys: IndexSet::new(),
        wanted,
        limits,
        rows: Vec::new(),
        refused: None,
    };
    let is_array = match text.trim_start().as_bytes().first() {
        Some(b'[') => true,
        Some(b'{') => false,
        _ => {
            serde_json::from_str::<&RawValue>(text).map_err(|_| invalid_json())?;
            return Ok(Payload {
                uniform: true,
                is_array: true,
                ..Payload::default()
            });
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = if is_array {
        deserializer.deserialize_seq(ArrayVisitor(&mut rows))
    } else {
        RowSeed(&mut rows).deserialize(&mut deserializer)
    };
    if let Err(error) = read.and_then(|()| deserializer.end()) {
        return Err(rows.refuse(&error));
    }
    Ok(rows.finish(is_array))
}

/// Reads `text` as one row whose keys are those of `keys` and, where others are wanted, more.
pub(super) fn row(
    text: &str,
    keys: IndexSet<Name>,
    wanted: &Wanted<'_>,
) -> Result<(IndexSet<Name>, PayloadRow)> {
    let limits = Limits::default();
    let mut rows = Rows {
        keys,
        wanted,
        limits: &limits,
        rows: Vec::new(),
        refused: None,
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = RowSeed(&mut rows).deserialize(&mut deserializer);
    if let Err(error) = read.and_then(|()| deserializer.end()) {
        return Err(rows.refuse(&error));
    }
    let row = rows.rows.pop().unwrap_or_default();
    Ok((rows.keys, row))
}

/// Returns `text` as a JSON string.
pub(super) fn string(text: &str) -> Box<str> {
    serde_json::Value::from(text).to_string().into()
}

/// Returns `payload` as JSON text.
pub(super) fn write(payload: &Payload) -> String {
    let rows: Vec<String> = payload
        .rows
        .iter()
        .map(|row| {
            let members: Vec<String> = payload
                .keys
                .iter()
                .zip(&row.values)
                .filter_map(|(key, value)| Some(format!("{}:{}", string(key), value.as_ref()?)))
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .collect();
    format!("[{}]", rows.join(","))
}

/// Refuses a body that is nested too deeply, before anything recurses into it.
fn check_depth(text: &str, limits: &Limits) -> Result<()> {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits.json_depth_max {
            return Err(too_deep(limits.json_depth_max));
        }
    }
    Ok(())
}

pub(super) fn too_deep(max: usize) -> Error {
    Error::new(
        Code::BODY,
        format!("the body is nested more than {max} levels deep, the limit is {max}"),
    )
    .hint("the setting is limits.json_depth_max")
}

pub(super) fn not_uniform() -> Error {
    Error::new(Code::BODY, "All object keys must match")
}

/// What PostgREST, or with `columns` PostgreSQL, says to an array of something else than objects.
fn no_object(wanted: &Wanted<'_>) -> Error {
    if wanted.is_all() {
        return not_uniform();
    }
    Error::new(
        Code::INVALID_PARAMETER,
        "argument of json_to_recordset must be an array of objects",
    )
}

struct Rows<'a> {
    keys: IndexSet<Name>,
    wanted: &'a Wanted<'a>,
    limits: &'a Limits,
    rows: Vec<PayloadRow>,
    /// Why reading was stopped, when it was not the JSON's fault.
    refused: Option<Error>,
}

/// What to do with a member.
enum Member {
    Keep(usize),
    PassOver,
}

impl Rows<'_> {
    /// Returns why reading stopped.
    fn refuse(&mut self, error: &serde_json::Error) -> Error {
        self.refused.take().unwrap_or_else(|| {
            if error.is_data() {
                no_object(self.wanted)
            } else {
                invalid_json()
            }
        })
    }

    fn member(&mut self, key: &str) -> Result<Member> {
        if let Some(index) = self.keys.get_index_of(key) {
            return Ok(Member::Keep(index));
        }
        if !self.wanted.has(key) {
            return Ok(Member::PassOver);
        }
        if self.wanted.is_all() && !self.rows.is_empty() {
            return Err(not_uniform());
        }
        check_size(self.rows.len() + 1, self.keys.len() + 1, self.limits)?;
        self.keys.insert(Name::from(key));
        Ok(Member::Keep(self.keys.len() - 1))
    }

    fn push(&mut self, row: PayloadRow) -> Result<()> {
        let complete =
            row.values.len() == self.keys.len() && row.values.iter().all(Option::is_some);
        if self.wanted.is_all() && !complete {
            return Err(not_uniform());
        }
        check_size(self.rows.len() + 1, self.keys.len(), self.limits)?;
        self.rows.push(row);
        Ok(())
    }

    fn finish(self, is_array: bool) -> Payload {
        let width = self.keys.len();
        let mut uniform = true;
        let mut rows = self.rows;
        for row in &mut rows {
            row.values.resize(width, None);
            uniform &= row.values.iter().all(Option::is_some);
        }
        Payload {
            keys: self.keys.into_iter().collect(),
            uniform,
            is_array,
            rows,
            more: None,
        }
    }
}

struct ArrayVisitor<'a, 'b>(&'a mut Rows<'b>);

impl<'de> Visitor<'de> for ArrayVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(RowSeed(self.0))?.is_some() {}
        Ok(())
    }
}

struct RowSeed<'a, 'b>(&'a mut Rows<'b>);

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Not `deserialize_any`: with `arbitrary_precision`, a number would come as a map too.
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut row = PayloadRow {
            values: Vec::with_capacity(self.0.keys.len()),
        };
        while let Some(member) = members.next_key_seed(KeySeed(self.0))? {
            let value: &RawValue = members.next_value()?;
            let Member::Keep(index) = member else {
                continue;
            };
            if index >= row.values.len() {
                row.values.resize(index + 1, None);
            }
            // A key that is repeated means its last value, as in PostgreSQL's jsonb.
            if let Some(place) = row.values.get_mut(index) {
                *place = Some(value.get().into());
            }
        }
        stop_at(self.0.push(row), &mut self.0.refused)
    }
}

struct KeySeed<'a, 'b>(&'a mut Rows<'b>);

impl<'de> DeserializeSeed<'de> for KeySeed<'_, '_> {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_, '_> {
    type Value = Member;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Member, E> {
        stop_at(self.0.member(key), &mut self.0.refused)
    }
}

/// Ends the reading with an error of ours, which serde cannot carry.
fn stop_at<T, E: serde::de::Error>(result: Result<T>, refused: &mut Option<Error>) -> Result<T, E> {
    result.map_err(|error| {
        *refused = Some(error);
        E::custom("refused")
    })
}
