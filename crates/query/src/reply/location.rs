//! `Location` of a row that was made, and `Content-Location` of what was read.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::request::parameters;

/// What a URL's parameter need not escape.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What PostgREST leaves as it is in `Content-Location`.
const ESCAPED_IN_CONTENT: &AsciiSet = &ESCAPED
    .remove(b'*')
    .remove(b'(')
    .remove(b')')
    .remove(b'!')
    .remove(b'\'');

/// Returns the path of the one row that was made: its primary key, given as JSON rows, as filters. Nothing when there is no key, or
/// when there are more rows.
pub(super) fn of_row(relation: &str, key: &[u8]) -> Option<String> {
    let rows: Vec<Members> = serde_json::from_slice(key).ok()?;
    let [row] = rows.as_slice() else { return None };
    let filters: Vec<String> = row
        .0
        .iter()
        .map(|(column, value)| {
            let condition = match value {
                Json::Null => "is.null".to_owned(),
                Json::String(text) => format!("eq.{text}"),
                other => format!("eq.{other}"),
            };
            let column = utf8_percent_encode(column, ESCAPED);
            format!("{column}={}", utf8_percent_encode(&condition, ESCAPED))
        })
        .collect();
    (!filters.is_empty()).then(|| format!("/{relation}?{}", filters.join("&")))
}

/// Returns the path of what was read: the query string with its parameters in the order of their names, and the values of a repeated
/// one joined by commas, as PostgREST writes it.
pub(super) fn of_read(relation: &str, query: &str) -> String {
    let mut path = format!("/{relation}");
    let Ok(mut said) = parameters(query) else {
        return path;
    };
    said.sort_by(|one, other| one.key.cmp(&other.key));
    let mut last: Option<String> = None;
    for parameter in said {
        let value = utf8_percent_encode(&parameter.value, ESCAPED_IN_CONTENT);
        if last.as_ref() == Some(&parameter.key) {
            path.push_str(&format!(",{value}"));
            continue;
        }
        path.push(if last.is_none() { '?' } else { '&' });
        let key = utf8_percent_encode(&parameter.key, ESCAPED_IN_CONTENT);
        path.push_str(&format!("{key}={value}"));
        last = Some(parameter.key);
    }
    path
}

/// The members of an object, in their order.
struct Members(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Members;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}
