//! Type codes: a type as text, for the registered functions that must know the types of their arguments.
//!
//! A built-in type is its name (`int4`, `text[]`, `numeric(10,2)`); types of the project are JSON, so that a function needs no
//! catalog. Several codes are one per line; no code contains a line break.

use serde_json::{Value as Json, json};
use underpin_base::{Error, Name, QualifiedName, Result};

use crate::tree::{Context, Invoked};
use crate::types::{ColumnType, CompositeType, EnumType, Modifier, Type};

/// Arrays and composites within each other may be this deep.
const DEPTH_MAX: usize = 16;

/// Returns the code of `ty`.
pub fn type_code(ty: &Type) -> String {
    match built_in_code(ty) {
        Some(code) => code,
        None => type_json(ty, 0).to_string(),
    }
}

/// Returns the codes of `types`, one per line.
pub fn types_code<'a>(types: impl IntoIterator<Item = &'a Type>) -> String {
    let codes: Vec<String> = types.into_iter().map(type_code).collect();
    codes.join("\n")
}

/// Returns the code of `column`: its type's, and its modifier.
pub fn column_type_code(column: &ColumnType) -> String {
    match (built_in_code(&column.ty), column.modifier) {
        (Some(code), None) => code,
        (Some(code), Some(modifier)) => format!("{code}({})", modifier_code(modifier)),
        (None, _) => column_json(column, 0).to_string(),
    }
}

/// Reads [`types_code`].
///
/// # Errors
/// An internal error when the text is not of that form.
pub fn read_types(codes: &str) -> Result<Vec<Type>> {
    codes
        .lines()
        .map(|code| read_column_type(code).map(|column| column.ty))
        .collect()
}

/// Reads [`column_type_code`] or [`type_code`].
///
/// # Errors
/// An internal error when the text is not of that form.
pub fn read_column_type(code: &str) -> Result<ColumnType> {
    let column = if code.starts_with(['{', '"']) {
        serde_json::from_str(code)
            .ok()
            .and_then(|json| read_json(&json, 0))
    } else {
        read_built_in(code)
    };
    column.ok_or_else(|| Error::internal(format_args!("type code {code:?}")))
}

/// Returns the code of a context, as `underpin_context` reads it.
pub(super) fn context_code(context: &Context) -> String {
    match context {
        Context::Uid => "uid".to_owned(),
        Context::Role => "role".to_owned(),
        Context::Email => "email".to_owned(),
        Context::Jwt => "jwt".to_owned(),
        Context::CurrentUser => "current_user".to_owned(),
        Context::Now => "now".to_owned(),
        Context::Setting(name) => format!("setting:{name}"),
    }
}

/// Returns the code of what `underpin_invoke` is to invoke.
pub(super) fn invoked_code(invoked: &Invoked) -> String {
    json!([
        *invoked.name.schema,
        *invoked.name.name,
        invoked.overload,
        invoked.as_owner,
        invoked.rows,
    ])
    .to_string()
}

/// Reads the code of what `underpin_invoke` is to invoke.
///
/// # Errors
/// An internal error when the text is not of that form.
pub fn read_invoked(code: &str) -> Result<Invoked> {
    let (schema, name, overload, as_owner, rows): (String, String, usize, bool, bool) =
        serde_json::from_str(code).map_err(Error::internal)?;
    Ok(Invoked {
        name: QualifiedName::new(schema, name),
        overload,
        as_owner,
        rows,
    })
}

impl Context {
    /// Reads the code with which an expression in the schema asks for a context.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "uid" => Self::Uid,
            "role" => Self::Role,
            "email" => Self::Email,
            "jwt" => Self::Jwt,
            "current_user" => Self::CurrentUser,
            "now" => Self::Now,
            _ => Self::Setting(Name::from(code.strip_prefix("setting:")?)),
        })
    }
}

fn built_in_code(ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Array(element) => match built_in_code(element)? {
            code if code.ends_with(']') => return None,
            code => format!("{code}[]"),
        },
        Type::Enum(_) | Type::Composite(_) | Type::Opaque(_) => return None,
        _ => built_in_name(ty)?.to_owned(),
    })
}

fn built_in_name(ty: &Type) -> Option<&'static str> {
    Some(match ty {
        Type::Bool => "bool",
        Type::Int2 => "int2",
        Type::Int4 => "int4",
        Type::Int8 => "int8",
        Type::Oid => "oid",
        Type::Float4 => "float4",
        Type::Float8 => "float8",
        Type::Numeric => "numeric",
        Type::Text => "text",
        Type::Varchar => "varchar",
        Type::Bpchar => "bpchar",
        Type::Name => "name",
        Type::Citext => "citext",
        Type::Xml => "xml",
        Type::Uuid => "uuid",
        Type::Date => "date",
        Type::Time => "time",
        Type::TimeTz => "timetz",
        Type::Timestamp => "timestamp",
        Type::TimestampTz => "timestamptz",
        Type::Interval => "interval",
        Type::Json => "json",
        Type::Jsonb => "jsonb",
        Type::Bytea => "bytea",
        Type::Inet => "inet",
        Type::Cidr => "cidr",
        Type::MacAddr => "macaddr",
        Type::Range(range) => range.name(),
        Type::Multirange(range) => range.multirange_name(),
        Type::TsVector => "tsvector",
        Type::TsQuery => "tsquery",
        Type::RegConfig => "regconfig",
        Type::Record => "record",
        Type::Void => "void",
        Type::Unknown => "unknown",
        Type::Enum(_) | Type::Composite(_) | Type::Opaque(_) | Type::Array(_) => return None,
    })
}

fn modifier_code(modifier: Modifier) -> String {
    match modifier {
        Modifier::Length(length) => length.to_string(),
        Modifier::Precision(precision, scale) => format!("{precision},{scale}"),
        Modifier::Fraction(digits) => format!("f{digits}"),
    }
}

fn read_modifier(code: &str) -> Option<Modifier> {
    if let Some(digits) = code.strip_prefix('f') {
        return digits.parse().ok().map(Modifier::Fraction);
    }
    match code.split_once(',') {
        Some((precision, scale)) => Some(Modifier::Precision(
            precision.parse().ok()?,
            scale.parse().ok()?,
        )),
        None => code.parse().ok().map(Modifier::Length),
    }
}

fn read_built_in(code: &str) -> Option<ColumnType> {
    let (name, modifier) = match code.split_once('(') {
        Some((name, rest)) => (name, Some(read_modifier(rest.strip_suffix(')')?)?)),
        None => (code, None),
    };
    let ty = match name.strip_suffix("[]") {
        Some(element) => Type::built_in(element)?.array(),
        None => Type::built_in(name)?,
    };
    Some(ColumnType { ty, modifier })
}

fn type_json(ty: &Type, depth: usize) -> Json {
    match ty {
        Type::Enum(named) => json!({
            "enum": [&*named.name.schema, &*named.name.name],
            "labels": named.labels.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
        }),
        Type::Composite(named) if depth < DEPTH_MAX => json!({
            "composite": [&*named.name.schema, &*named.name.name],
            "fields": named
                .fields
                .iter()
                .map(|(name, column)| json!([&**name, column_json(column, depth + 1)]))
                .collect::<Vec<Json>>(),
        }),
        Type::Array(element) if depth < DEPTH_MAX => {
            json!({ "array": type_json(element, depth + 1) })
        }
        // What is deeper is written out as text anyway.
        Type::Composite(_) | Type::Array(_) => json!("text"),
        _ => json!(built_in_name(ty)),
    }
}

fn column_json(column: &ColumnType, depth: usize) -> Json {
    let ty = type_json(&column.ty, depth);
    match column.modifier {
        Some(modifier) => json!({ "type": ty, "modifier": modifier_code(modifier) }),
        None => ty,
    }
}

fn read_json(json: &Json, depth: usize) -> Option<ColumnType> {
    if depth > 2 * DEPTH_MAX {
        return None;
    }
    if let Json::String(name) = json {
        return Type::built_in(name).map(ColumnType::plain);
    }
    if let Some(ty) = json.get("type") {
        let modifier = read_modifier(json.get("modifier")?.as_str()?)?;
        return Some(ColumnType {
            ty: read_json(ty, depth + 1)?.ty,
            modifier: Some(modifier),
        });
    }
    if let Some(element) = json.get("array") {
        return Some(ColumnType::plain(read_json(element, depth + 1)?.ty.array()));
    }
    if let Some(name) = json.get("enum") {
        let labels = json.get("labels")?.as_array()?;
        return Some(ColumnType::plain(Type::Enum(
            EnumType {
                name: read_name(name)?,
                labels: labels
                    .iter()
                    .map(|label| label.as_str().map(Name::from))
                    .collect::<Option<_>>()?,
            }
            .into(),
        )));
    }
    let fields = json.get("fields")?.as_array()?;
    let fields = fields
        .iter()
        .map(|field| {
            Some((
                Name::from(field.get(0)?.as_str()?),
                read_json(field.get(1)?, depth + 1)?,
            ))
        })
        .collect::<Option<_>>()?;
    Some(ColumnType::plain(Type::Composite(
        CompositeType {
            name: read_name(json.get("composite")?)?,
            fields,
        }
        .into(),
    )))
}

fn read_name(json: &Json) -> Option<QualifiedName> {
    Some(QualifiedName::new(
        json.get(0)?.as_str()?,
        json.get(1)?.as_str()?,
    ))
}
