//! Input and output of every type; each family of types has its file.
//!
//! Whatever [`input`] accepts is canonical afterwards, and [`output`] and [`write_json`] expect canonical values only: given
//! anything else they print something, and never panic.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::json::{Kind, Scanner};
use super::{ColumnType, Type};
use super::{
    array, boolean, bytea, composite, datetime, enumeration, float, integer, interval, json,
    modifier, network, numeric, range, search, text, uuid,
};

/// Reads PostgreSQL's text of type `ty` into canonical form.
///
/// # Errors
/// PostgreSQL's own, with its code and message: `22P02` for a text that is not of the type, `22003`, `22007`, `22008` for values out of range.
pub fn input(ty: &Type, text: &str) -> Result<Value> {
    match ty {
        Type::Bool => boolean::input(text),
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => integer::input(ty, text),
        Type::Float4 | Type::Float8 => float::input(ty, text),
        Type::Numeric => Ok(Value::text(numeric::Numeric::parse(text)?.to_string())),
        Type::Text
        | Type::Varchar
        | Type::Bpchar
        | Type::Name
        | Type::Citext
        | Type::Xml
        | Type::Opaque(_)
        | Type::Unknown => text::input(ty, text),
        Type::Uuid => uuid::input(text),
        Type::Date | Type::Time | Type::TimeTz | Type::Timestamp | Type::TimestampTz => {
            datetime::input(ty, text)
        }
        Type::Interval => interval::input(text),
        Type::Json => json::validate(text).map(|()| Value::text(text)),
        Type::Jsonb => json::canonical(text).map(Value::text),
        Type::Bytea => bytea::input(text),
        Type::Inet | Type::Cidr | Type::MacAddr => network::input(ty, text),
        Type::Range(over) => range::input(*over, text),
        Type::Multirange(over) => range::input_multirange(*over, text),
        Type::TsVector => search::Vector::parse(text).map(|it| Value::text(it.to_string())),
        Type::TsQuery => search::Query::parse(text).map(|it| Value::text(it.to_string())),
        Type::RegConfig => search::Configuration::named(text).map(|it| Value::text(it.name())),
        Type::Enum(named) => enumeration::input(ty, named, text),
        Type::Array(element) => array::input(&ColumnType::plain((**element).clone()), text),
        Type::Composite(named) => composite::input(named, text),
        Type::Void => Ok(Value::text("")),
        Type::Record => Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "input of anonymous composite types is not implemented",
        )),
    }
}

/// Reads PostgreSQL's text for a column or cast of `column`: [`input`], then the modifier as an assignment applies it.
///
/// # Errors
/// Those of [`input`], and `22001` for a text that is too long.
pub fn input_column(column: &ColumnType, text: &str) -> Result<Value> {
    match &column.ty {
        Type::Array(element) if column.modifier.is_some() => {
            let element = ColumnType {
                ty: (**element).clone(),
                modifier: column.modifier,
            };
            array::input(&element, text)
        }
        ty => modifier::apply(column, input(ty, text)?, false),
    }
}

/// Reads a JSON value (its text) for a column, as `json_populate_record` does: strings are read as the type's text, other
/// scalars by their text, `null` is null, and `json`/`jsonb` columns take it whole.
///
/// # Errors
/// Those of [`input_column`].
pub fn from_json(column: &ColumnType, json: &str) -> Result<Value> {
    let mut scanner = Scanner::new(json);
    let value = scanner.value()?;
    scanner.end()?;
    from_json_value(column, value)
}

/// [`from_json`] for text that a [`Scanner`] returned as one value.
pub(super) fn from_json_value(column: &ColumnType, value: &str) -> Result<Value> {
    let kind = json::kind(value);
    if kind == Kind::Null {
        return Ok(Value::Null);
    }
    match (&column.ty, kind) {
        (Type::Json, _) => Ok(Value::text(value)),
        (Type::Jsonb, _) => json::canonical(value).map(Value::text),
        (Type::Array(element), Kind::Array) => {
            let element = ColumnType {
                ty: (**element).clone(),
                modifier: column.modifier,
            };
            array::from_json(&element, value)
        }
        (Type::Array(_), kind) if kind != Kind::String => {
            Err(Error::new(Code::INVALID_TEXT, "expected JSON array"))
        }
        (Type::Composite(named), Kind::Object) => composite::from_json(named, value),
        (_, Kind::String) => {
            let quoted = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            input_column(column, &json::unescape(quoted.unwrap_or(value))?)
        }
        _ => input_column(column, value),
    }
}

/// Appends the text that PostgreSQL's output function gives; nothing for null.
pub fn output(ty: &Type, value: ValueRef<'_>, out: &mut String) {
    match (ty, value) {
        (_, ValueRef::Null) => {}
        (Type::Bool, ValueRef::Int(value)) => out.push(if value == 0 { 'f' } else { 't' }),
        (Type::Jsonb, ValueRef::Text(value)) => json::print(value, out),
        (Type::Range(over), ValueRef::Text(value)) => range::print(*over, value, out),
        (Type::Multirange(over), ValueRef::Text(value)) => {
            range::print_multirange(*over, value, out);
        }
        (Type::Array(element), ValueRef::Text(value)) => array::output(element, value, out),
        (Type::Composite(named), ValueRef::Text(value)) => composite::output(named, value, out),
        (_, ValueRef::Text(value)) => out.push_str(value),
        _ => {
            let mut bytes = Vec::with_capacity(32);
            write_bare(ty, value, &mut bytes);
            // What is not text is printed in ASCII.
            out.push_str(std::str::from_utf8(&bytes).unwrap_or_default());
        }
    }
}

/// Appends the print of a value that is not kept as text.
fn write_bare(ty: &Type, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match (ty, value) {
        (Type::Date | Type::Time | Type::Timestamp | Type::TimestampTz, ValueRef::Int(value)) => {
            datetime::write(ty, value, datetime::Style::Text, out);
        }
        (Type::Float4 | Type::Float8, ValueRef::Int(value)) => float::write(ty, value as f64, out),
        (_, ValueRef::Int(value)) => integer::write(value, out),
        (_, ValueRef::Float(value)) => float::write(ty, value, out),
        (_, ValueRef::Bytes(value)) => bytea::write(value, out),
        (_, ValueRef::Text(value)) => out.extend_from_slice(value.as_bytes()),
        (_, ValueRef::Null) => {}
    }
}

/// Appends the JSON that PostgreSQL's `to_json` gives, without white space.
pub fn write_json(ty: &Type, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match (ty, value) {
        (_, ValueRef::Null) => out.extend_from_slice(b"null"),
        (Type::Bool, ValueRef::Int(value)) => {
            out.extend_from_slice(if value == 0 { b"false" } else { b"true" });
        }
        (Type::Int2 | Type::Int4 | Type::Int8, ValueRef::Int(value)) => integer::write(value, out),
        (
            Type::Json | Type::Jsonb | Type::Array(_) | Type::Composite(_) | Type::Record,
            ValueRef::Text(value),
        ) => out.extend_from_slice(value.as_bytes()),
        (Type::Numeric, ValueRef::Text(value))
            if value.ends_with(|it: char| it.is_ascii_digit()) =>
        {
            out.extend_from_slice(value.as_bytes());
        }
        (Type::Uuid, ValueRef::Text(value)) => {
            out.push(b'"');
            out.extend_from_slice(value.as_bytes());
            out.push(b'"');
        }
        (Type::Range(_) | Type::Multirange(_), ValueRef::Text(text)) => {
            let mut printed = String::with_capacity(text.len() + 24);
            output(ty, value, &mut printed);
            json::write_json_string(&printed, out);
        }
        (_, ValueRef::Text(value)) => json::write_json_string(value, out),
        (Type::Date | Type::Time | Type::Timestamp | Type::TimestampTz, ValueRef::Int(value)) => {
            out.push(b'"');
            datetime::write(ty, value, datetime::Style::Json, out);
            out.push(b'"');
        }
        (Type::Float4 | Type::Float8, _) | (_, ValueRef::Float(_)) => write_bare(ty, value, out),
        (_, ValueRef::Bytes(value)) => {
            // The backslash is escaped in JSON.
            out.extend_from_slice(b"\"\\");
            bytea::write(value, out);
            out.push(b'"');
        }
        (_, ValueRef::Int(_)) => {
            out.push(b'"');
            write_bare(ty, value, out);
            out.push(b'"');
        }
    }
}
