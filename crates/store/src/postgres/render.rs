//! Plans in PostgreSQL's words: what is bound, and which columns come back as JSON.

use std::sync::Arc;

use underpin_base::{Error, Name, Result, Value, ValueRef};
use underpin_query::plan::{Plan, Read};
use underpin_query::request::Format;
use underpin_sql::infer;
use underpin_sql::tree::{Body, ExprKind, Select};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::postgres::Contexts;
use underpin_sql::writer::{Bind, Rendered, postgres};

use super::client::Query;
use crate::supplied::supplied;

/// Returns the query of `read` in PostgreSQL's words; written once, however often the read is executed.
///
/// # Errors
/// `54001` for a tree that is too deep.
pub(super) fn written(read: &Read, contexts: Contexts) -> Result<&Rendered> {
    if let Some(written) = read.written.get() {
        return Ok(written);
    }
    let rendered = postgres::select_for(&answered(read)?, contexts)?;
    Ok(read.written.get_or_init(|| rendered))
}

/// Returns the query of `read` with the columns in JSON that cannot be told from their text.
pub(super) fn answered(read: &Read) -> Result<Select> {
    let mut select = read.select.clone();
    if is_text(read) {
        return Ok(select);
    }
    if let Body::Simple(simple) = &mut select.body {
        for output in &mut simple.outputs {
            if as_json(&output.expr.ty) {
                output.expr = infer::function("to_json", vec![output.expr.clone()])?;
            }
        }
    }
    Ok(select)
}

/// Returns the columns of the answer to `read`, as [`answered`] has them.
pub(super) fn columns(read: &Read) -> Vec<(Name, Type)> {
    let of = |ty: &Type| match is_text(read) || !as_json(ty) {
        true => ty.clone(),
        false => Type::Json,
    };
    let columns = read.columns.iter();
    columns.map(|(name, ty)| (name.clone(), of(ty))).collect()
}

/// CSV is made of PostgreSQL's own texts.
fn is_text(read: &Read) -> bool {
    read.format == Format::Csv || !matches!(read.select.body, Body::Simple(_))
}

/// Tells whether the JSON of values of `ty` is PostgreSQL's to make.
fn as_json(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Array(_) | Type::Composite(_) | Type::Record | Type::Opaque(_)
    )
}

/// Returns a query for the server, with what is bound to it.
///
/// # Errors
/// An internal error for what PostgreSQL itself should have supplied.
pub(super) fn query(rendered: &Rendered, plan: &Plan) -> Result<Query> {
    let bound = rendered.binds.iter().zip(&rendered.types);
    let parameters = bound
        .map(|(bind, ty)| match bind {
            Bind::Value(value) => Ok(text(ty, value)),
            Bind::Parameter(index) => match plan.operands().get(*index) {
                Some(value) => Ok(text(ty, value)),
                None => Err(Error::internal("an operand is missing")),
            },
            Bind::Context(context) => {
                Ok(text(ty, &supplied(context, plan.identity(), plan.asked())?))
            }
            Bind::Affected => Err(Error::internal("the database knows this itself")),
        })
        .collect::<Result<_>>()?;
    let role = Arc::clone(&plan.identity().role);
    Ok(Query::new(Arc::clone(&rendered.sql), parameters).kept_for(role))
}

/// Returns a value as PostgreSQL prints it; nothing for null.
fn text(ty: &Type, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    let mut text = String::new();
    types::output(ty, ValueRef::from(value), &mut text);
    Some(text)
}

/// Returns how many rows a query says it wants at most; nothing when it does not say.
pub(super) fn limit(select: &Select) -> Option<u64> {
    match &select.limit.as_ref()?.kind {
        ExprKind::Constant(Value::Int(limit)) => u64::try_from(*limit).ok(),
        _ => None,
    }
}
