//! [`Built`]: documents made of rows.
//!
//! The database makes a JSON array of every row, whose elements are the texts of its values, and arrays of such arrays; what a value looks
//! like in JSON is decided here, by the code that writes the columns of a top-level row.

use serde_json::value::RawValue;
use underpin_base::{Error, Name, Result, Value};

use super::select::{number, optional};
use super::unsupported;
use super::writer::Writer;
use crate::tree::{Body, Distinct, Expr, ExprKind, Select};
use crate::types::{self, Type};
use crate::writer::text::Text as _;

/// What a document is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Built {
    /// A value of this type.
    Value(Type),
    /// An object of these members.
    Object(Vec<(Name, Self)>),
    /// An array of objects of these members.
    Rows(Vec<(Name, Self)>),
}

/// Returns what the document `expr` is made of; nothing when it is none, but a value.
pub(super) fn built(expr: &Expr) -> Option<Built> {
    let members = |members: &mut dyn Iterator<Item = (&Name, &Expr)>| {
        members
            .map(|(name, expr)| {
                let built = built(expr).unwrap_or_else(|| Built::Value(expr.ty.clone()));
                (name.clone(), built)
            })
            .collect()
    };
    match &expr.kind {
        ExprKind::Object(fields) => Some(Built::Object(members(
            &mut fields.iter().map(|(name, expr)| (name, expr)),
        ))),
        ExprKind::Rows(select) => {
            let Body::Simple(simple) = &select.body else {
                return None;
            };
            Some(Built::Rows(members(
                &mut simple
                    .outputs
                    .iter()
                    .map(|output| (&output.name, &output.expr)),
            )))
        }
        ExprKind::Case(case) => {
            let all_null = case
                .branches
                .iter()
                .all(|(_, result)| result.kind == ExprKind::Constant(Value::Null));
            let otherwise = case.otherwise.as_ref()?;
            if all_null { built(otherwise) } else { None }
        }
        _ => None,
    }
}

impl Writer<'_> {
    /// Writes a document: text, or null.
    pub(super) fn document(&mut self, expr: &Expr) -> Result<()> {
        self.nested(|writer| writer.document_kind(expr))
    }

    fn document_kind(&mut self, expr: &Expr) -> Result<()> {
        match &expr.kind {
            ExprKind::Object(members) => self.elements(members.iter().map(|(_, expr)| expr)),
            ExprKind::Rows(select) => self.rows_document(select),
            ExprKind::Case(case) => {
                self.push("(CASE");
                for (condition, _) in &case.branches {
                    self.around(" WHEN ", condition, " THEN NULL")?;
                }
                if let Some(otherwise) = &case.otherwise {
                    self.push(" ELSE ");
                    self.document(otherwise)?;
                }
                self.push(" END)");
                Ok(())
            }
            _ => Err(unsupported("this document")),
        }
    }

    /// Writes the values of one row.
    fn elements<'e>(&mut self, exprs: impl Iterator<Item = &'e Expr>) -> Result<()> {
        let mut word = "CONCAT('['";
        self.push(word);
        word = ", ";
        let mut comma = "";
        for expr in exprs {
            self.push(word);
            self.push(comma);
            comma = "',', ";
            self.push("COALESCE(");
            match built(expr) {
                Some(_) => self.document(expr)?,
                None => self.element(expr)?,
            }
            self.push(", 'null')");
        }
        self.push(", ']')");
        Ok(())
    }

    fn element(&mut self, expr: &Expr) -> Result<()> {
        self.element_text(expr)?;
        // `json_quote` has a collation of its own, which mixes with no other.
        self.push(" COLLATE ");
        self.push(self.dialect.flavour.collation());
        Ok(())
    }

    fn element_text(&mut self, expr: &Expr) -> Result<()> {
        match &expr.ty {
            Type::Bool | Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
                self.around("CAST(", expr, " AS CHAR)")
            }
            Type::Float4 => self.around("JSON_QUOTE(CAST(CAST(", expr, " AS DOUBLE) AS CHAR))"),
            Type::Bytea => self.around("JSON_QUOTE(HEX(", expr, "))"),
            _ => self.around("JSON_QUOTE(CAST(", expr, " AS CHAR))"),
        }
    }

    fn rows_document(&mut self, select: &Select) -> Result<()> {
        let simple = self.plain(select)?;
        let plain = matches!(simple.distinct, Distinct::No)
            && simple.group_by.is_empty()
            && simple.having.is_none()
            && !simple.outputs.iter().any(|output| {
                output
                    .expr
                    .any_part(&mut |part| matches!(part.kind, ExprKind::Aggregate { .. }))
            });
        let limit = number(select.limit.as_ref())?;
        let offset = number(select.offset.as_ref())?;
        if !plain {
            return Err(unsupported("this query as a document"));
        }
        if (limit.is_some() || offset.is_some()) && !self.dialect.flavour.limits_within_aggregates()
        {
            return Err(unsupported("a limit within an aggregate"));
        }
        let items = self.apart(|writer| writer.items(&simple.from))?;
        self.push("(SELECT CONCAT('[', COALESCE(GROUP_CONCAT(");
        self.elements(simple.outputs.iter().map(|output| &output.expr))?;
        self.order_clause(&select.order_by, &optional(&simple.from))?;
        self.push(" SEPARATOR ','");
        if limit.is_some() || offset.is_some() {
            let limit = limit.unwrap_or(u64::MAX >> 1);
            self.push(&format!(" LIMIT {},{limit}", offset.unwrap_or(0)));
        }
        self.push("), ''), ']')");
        self.adopt(items);
        self.filter(simple.filter.as_ref())?;
        self.push(")");
        Ok(())
    }
}

impl Built {
    /// Writes the document that the database made as `text`, as JSON.
    ///
    /// # Errors
    /// An internal error when the text is not of that form: it was cut.
    pub fn write(&self, text: &str, decode: &Decode<'_>, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Value(ty) => {
                let value = match text.as_bytes().first() {
                    Some(b'n') => Value::Null,
                    Some(b'"') => {
                        let text: String = serde_json::from_str(text).map_err(Error::internal)?;
                        decode(ty, &text)?
                    }
                    _ => decode(ty, text)?,
                };
                types::write_json(ty, (&value).into(), out);
                Ok(())
            }
            _ if text == "null" => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            Self::Object(members) => write_object(members, text, decode, out),
            Self::Rows(members) => {
                let rows: Vec<&RawValue> = serde_json::from_str(text).map_err(Error::internal)?;
                out.push(b'[');
                for (index, row) in rows.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_object(members, row.get(), decode, out)?;
                }
                out.push(b']');
                Ok(())
            }
        }
    }
}

/// Reads a value of a type from the text that the database prints of it.
pub type Decode<'a> = dyn Fn(&Type, &str) -> Result<Value> + 'a;

fn write_object(
    members: &[(Name, Built)],
    text: &str,
    decode: &Decode<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let values: Vec<&RawValue> = serde_json::from_str(text).map_err(Error::internal)?;
    if values.len() != members.len() {
        return Err(Error::internal("a document has another number of members"));
    }
    out.push(b'{');
    for (index, ((name, built), value)) in members.iter().zip(values).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        types::write_json_string(name, out);
        out.push(b':');
        built.write(value.get(), decode, out)?;
    }
    out.push(b'}');
    Ok(())
}
