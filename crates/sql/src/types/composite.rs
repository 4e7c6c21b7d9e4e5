//! Row types: PostgreSQL's literals `(a,"b c",)` in and out; kept as a JSON object of the fields.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::errors::is_space;
use super::io::{from_json_value, input_column, output as output_field, write_json};
use super::json::{Scanner, unescape, write_json_string};
use super::{ColumnType, CompositeType};

/// Writes the object of a row, field by field.
struct Builder(Vec<u8>);

impl Builder {
    fn push(&mut self, name: &str, column: &ColumnType, value: &Value) {
        self.0.push(if self.0.is_empty() { b'{' } else { b',' });
        write_json_string(name, &mut self.0);
        self.0.push(b':');
        write_json(&column.ty, ValueRef::from(value), &mut self.0);
    }

    fn finish(mut self) -> Value {
        if self.0.is_empty() {
            self.0.push(b'{');
        }
        self.0.push(b'}');
        // Only JSON of texts was written.
        Value::text(String::from_utf8(self.0).unwrap_or_default())
    }
}

/// Reads a row literal of the type `named`.
pub(super) fn input(named: &CompositeType, text: &str) -> Result<Value> {
    let malformed = |details: &str| {
        Error::new(
            Code::INVALID_TEXT,
            format!("malformed record literal: \"{text}\""),
        )
        .details(details)
    };
    let Some(mut rest) = text.trim_start_matches(is_space).strip_prefix('(') else {
        return Err(malformed("Missing left parenthesis."));
    };
    let mut builder = Builder(Vec::new());
    for (index, (name, column)) in named.fields.iter().enumerate() {
        if index > 0 {
            rest = rest
                .strip_prefix(',')
                .ok_or_else(|| malformed("Too few columns."))?;
        }
        let (field, tail) =
            read_field(rest).ok_or_else(|| malformed("Unexpected end of input."))?;
        rest = tail;
        let value = match field {
            Some(field) => input_column(column, &field)?,
            None => Value::Null,
        };
        builder.push(name, column, &value);
    }
    let Some(rest) = rest.strip_prefix(')') else {
        return Err(malformed("Too many columns."));
    };
    if !rest.trim_start_matches(is_space).is_empty() {
        return Err(malformed("Junk after right parenthesis."));
    }
    Ok(builder.finish())
}

/// Reads a field up to a comma or parenthesis outside quotes; an empty one is null.
fn read_field(text: &str) -> Option<(Option<String>, &str)> {
    if text.starts_with([',', ')']) {
        return Some((None, text));
    }
    let mut field = String::new();
    let mut in_quotes = false;
    let mut characters = text.chars();
    loop {
        let before = characters.as_str();
        match characters.next()? {
            ',' | ')' if !in_quotes => return Some((Some(field), before)),
            '\\' => field.push(characters.next()?),
            '"' if in_quotes && characters.as_str().starts_with('"') => {
                characters.next();
                field.push('"');
            }
            '"' => in_quotes = !in_quotes,
            character => field.push(character),
        }
    }
}

/// Reads a JSON object as a row of the type `named`; a missing member is null, an unknown one is ignored.
pub(super) fn from_json(named: &CompositeType, json: &str) -> Result<Value> {
    let values = members(named, json)?;
    let mut builder = Builder(Vec::new());
    for ((name, column), json) in named.fields.iter().zip(values) {
        let value = match json {
            Some(json) => from_json_value(column, json)?,
            None => Value::Null,
        };
        builder.push(name, column, &value);
    }
    Ok(builder.finish())
}

/// Returns the JSON of each field, in the order of the fields.
fn members<'a>(named: &CompositeType, json: &'a str) -> Result<Vec<Option<&'a str>>> {
    let mut values = vec![None; named.fields.len()];
    let mut scanner = Scanner::new(json);
    scanner.members(&mut |scanner, key| {
        let key = unescape(key)?;
        let value = scanner.value()?;
        let place = named.fields.iter().position(|(name, _)| **name == *key);
        if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
            *slot = Some(value);
        }
        Ok(())
    })?;
    Ok(values)
}

/// Appends the literal of a canonical row.
pub(super) fn output(named: &CompositeType, canonical: &str, out: &mut String) {
    let values = members(named, canonical).unwrap_or_default();
    out.push('(');
    let mut text = String::new();
    for (index, ((_, column), json)) in named.fields.iter().zip(values).enumerate() {
        if index > 0 {
            out.push(',');
        }
        let value = json.and_then(|json| from_json_value(column, json).ok());
        let Some(value) = value.filter(|value| !value.is_null()) else {
            continue;
        };
        text.clear();
        output_field(&column.ty, ValueRef::from(&value), &mut text);
        write_field(&text, out);
    }
    out.push(')');
}

fn write_field(text: &str, out: &mut String) {
    let special = |it: char| matches!(it, '"' | '\\' | '(' | ')' | ',') || is_space(it);
    if !text.is_empty() && !text.contains(special) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push(character);
        }
        out.push(character);
    }
    out.push('"');
}
