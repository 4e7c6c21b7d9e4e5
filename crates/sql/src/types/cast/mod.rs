//! Casts: which value of another type a value becomes, as PostgreSQL's explicit casts have it.
//!
//! Whether a cast applies by itself is the inference's concern; here every cast that exists is done.

mod number;
mod temporal;

#[cfg(test)]
mod tests;

pub use temporal::{date_to_timestamp, timestamp_to_date};

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::array::{Builder, Elements};
use super::errors::invalid_parameter;
use super::io::{from_json_value, input, output};
use super::json::{self, Kind};
use super::range::Multirange;
use super::{ColumnType, Type, modifier, network};

/// Converts a value of type `from` to `to`, as an explicit cast does.
///
/// # Errors
/// PostgreSQL's own: `42846` when there is no such cast, and those of reading a text.
pub fn cast(from: &Type, to: &ColumnType, value: ValueRef<'_>) -> Result<Value> {
    if value == ValueRef::Null {
        return Ok(Value::Null);
    }
    match (from, &to.ty, value) {
        (Type::Array(from), Type::Array(element), ValueRef::Text(array)) => {
            let element = ColumnType {
                ty: (**element).clone(),
                modifier: to.modifier,
            };
            let mut builder = Builder::new();
            elements(from, &element, array, &mut builder)?;
            Ok(builder.finish())
        }
        (from, ty, value) if from == ty => modifier::apply(to, value.to_value(), true),
        _ => modifier::apply(to, convert(from, &to.ty, value)?, true),
    }
}

/// Casts the elements of an array, through all its dimensions.
fn elements(from: &Type, to: &ColumnType, array: &str, builder: &mut Builder) -> Result<()> {
    let broken = |_| Error::internal("a canonical array has a wrong shape");
    let source = ColumnType::plain(from.clone());
    builder.open().map_err(broken)?;
    for item in Elements::new(array) {
        if json::kind(item) == Kind::Array && !from.is_json() {
            elements(from, to, item, builder)?;
            continue;
        }
        let value = from_json_value(&source, item)?;
        let value = cast(from, to, ValueRef::from(&value))?;
        builder
            .push(&to.ty, ValueRef::from(&value))
            .map_err(broken)?;
    }
    builder.close().map_err(broken)
}

fn convert(from: &Type, to: &Type, value: ValueRef<'_>) -> Result<Value> {
    if let (Type::Void | Type::Record, _) | (_, Type::Void | Type::Record) = (from, to) {
        return Err(no_cast(from, to));
    }
    if to.is_text() || *to == Type::Xml {
        let padded_xml = *from == Type::Bpchar && *to == Type::Xml;
        return match value {
            ValueRef::Text(padded) if padded_xml => Ok(Value::text(padded)),
            _ => input(to, &text(from, value)),
        };
    }
    match (from, value) {
        (
            Type::Text
            | Type::Varchar
            | Type::Bpchar
            | Type::Name
            | Type::Citext
            | Type::Unknown
            | Type::Xml,
            ValueRef::Text(text),
        ) => input(to, text),
        (Type::Json, ValueRef::Text(text)) if *to == Type::Jsonb => {
            json::canonical(text).map(Value::text)
        }
        (Type::Range(range), ValueRef::Text(text)) if *to == Type::Multirange(*range) => {
            Ok(Value::text(Multirange::read(text).to_string()))
        }
        (Type::Jsonb, ValueRef::Text(json)) => from_jsonb(to, json),
        (Type::Cidr, ValueRef::Text(text)) if *to == Type::Inet => input(to, text),
        (Type::Inet, ValueRef::Text(text)) if *to == Type::Cidr => {
            Ok(Value::text(network::to_cidr(text)))
        }
        _ if from.is_numeric() || *from == Type::Bool => {
            number::convert(from, to, value).unwrap_or_else(|| Err(no_cast(from, to)))
        }
        _ => temporal::convert(from, to, value).unwrap_or_else(|| Err(no_cast(from, to))),
    }
}

fn no_cast(from: &Type, to: &Type) -> Error {
    Error::new(
        Code::CANNOT_COERCE,
        format!("cannot cast type {from} to {to}"),
    )
}

/// Returns what a cast to `text` gives, which is not always what is printed.
pub fn text(from: &Type, value: ValueRef<'_>) -> String {
    match (from, value) {
        (Type::Bool, ValueRef::Int(value)) => {
            (if value == 0 { "false" } else { "true" }).to_owned()
        }
        (Type::Bpchar, ValueRef::Text(text)) => text.trim_end_matches(' ').to_owned(),
        (Type::Inet | Type::Cidr, ValueRef::Text(text)) => network::with_prefix(text),
        _ => {
            let mut out = String::new();
            output(from, value, &mut out);
            out
        }
    }
}

/// Casts canonical JSON to a number, a boolean or `json`.
fn from_jsonb(to: &Type, json: &str) -> Result<Value> {
    if *to == Type::Json {
        let mut printed = String::with_capacity(json.len() + 8);
        json::print(json, &mut printed);
        return Ok(Value::text(printed));
    }
    let is_number = to.is_numeric() && *to != Type::Oid;
    if !is_number && *to != Type::Bool {
        return Err(no_cast(&Type::Jsonb, to));
    }
    let kind = match json::kind(json) {
        Kind::Number if is_number => {
            return convert(&Type::Numeric, to, ValueRef::Text(json)).or_else(|error| {
                if *to == Type::Numeric {
                    Ok(Value::text(json))
                } else {
                    Err(error)
                }
            });
        }
        Kind::Bool if !is_number => return Ok(Value::bool(json == "true")),
        Kind::Null => "null",
        Kind::Bool => "boolean",
        Kind::Number => "numeric",
        Kind::String => "string",
        Kind::Array => "array",
        Kind::Object => "object",
    };
    Err(invalid_parameter(format!(
        "cannot cast jsonb {kind} to type {to}"
    )))
}
