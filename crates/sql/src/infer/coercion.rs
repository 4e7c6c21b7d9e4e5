//! Casts: which exist, in which contexts PostgreSQL applies them, and the expression that they make.

use underpin_base::{Code, Error, Result, Value, ValueRef};

use crate::tree::{Expr, ExprKind};
use crate::types::datetime::read_now;
use crate::types::{self, ColumnType, Modifier, Type};

/// When a cast is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Context {
    /// Wherever types differ.
    Implicit,
    /// When a value is put into a column.
    Assignment,
    /// When it is asked for.
    Explicit,
}

/// Tells whether `from` is cast to `to` in `context`.
pub(super) fn can_cast(from: &Type, to: &Type, context: Context) -> bool {
    if from == to || *from == Type::Unknown {
        return true;
    }
    match (from, to) {
        (Type::Array(from), Type::Array(to)) => can_cast(from, to, context),
        (Type::Composite(_), Type::Record) => true,
        (Type::Record, Type::Composite(_)) => context >= Context::Assignment,
        _ => listed(from, to).is_some_and(|needed| needed <= context),
    }
}

/// PostgreSQL's table of casts (`pg_cast`), and the conversions through text that every type has.
fn listed(from: &Type, to: &Type) -> Option<Context> {
    use Context::{Assignment, Explicit, Implicit};
    use Type::{
        Bool, Bpchar, Bytea, Cidr, Citext, Date, Float4, Float8, Inet, Int2, Int4, Int8, Interval,
        Json, Jsonb, Name, Numeric, Oid, Text, Time, TimeTz, Timestamp, TimestampTz, Varchar,
    };
    Some(match (from, to) {
        (Int2, Int4 | Int8 | Numeric | Float4 | Float8 | Oid)
        | (Int4, Int8 | Numeric | Float4 | Float8 | Oid)
        | (Int8, Numeric | Float4 | Float8 | Oid)
        | (Numeric, Float4 | Float8)
        | (Float4, Float8)
        | (Varchar | Citext, Text | Varchar)
        | (Text | Varchar | Bpchar, Text | Varchar | Bpchar | Name)
        | (Name, Text)
        | (Date, Timestamp | TimestampTz)
        | (Timestamp, TimestampTz)
        | (Time, TimeTz | Interval)
        | (Cidr, Inet) => Implicit,
        (Int4 | Int8 | Numeric | Float4 | Float8, Int2 | Int4 | Int8)
        | (Float4 | Float8, Numeric)
        | (Float8, Float4)
        | (Oid, Int4 | Int8)
        | (Citext, Bpchar | Name)
        | (Timestamp | TimestampTz, Date | Time)
        | (TimestampTz, Timestamp | TimeTz)
        | (Interval | TimeTz, Time)
        | (Json, Jsonb)
        | (Jsonb, Json)
        | (Inet, Cidr) => Assignment,
        (Type::Range(from), Type::Multirange(to)) if from == to => Explicit,
        (Int4, Bool)
        | (Bool, Int4)
        | (Jsonb, Bool | Int2 | Int4 | Int8 | Numeric | Float4 | Float8) => Explicit,
        (Type::Void | Type::Record, _) | (_, Type::Void | Type::Record | Type::Unknown) => {
            return None;
        }
        (_, to) if to.is_text() => Assignment,
        (from, Bytea) if from.is_text() => Explicit,
        (from, _) if from.is_text() => Explicit,
        _ => return None,
    })
}

/// Reads `text`, a quoted literal, as `ty`.
///
/// # Errors
/// Those of [`types::input`].
pub fn literal(text: &str, ty: &Type) -> Result<Expr> {
    if *ty == Type::Unknown {
        return Ok(Expr::constant(Value::text(text), Type::Unknown));
    }
    Ok(match read_now(|| types::input(ty, text))? {
        Some(value) => Expr::constant(value, ty.clone()),
        None => Expr::text(text).cast(ty.clone().into()),
    })
}

/// Returns `expr`, or text when its type is unknown: what PostgreSQL makes of a literal that is put out as it is.
///
/// # Errors
/// None for text.
pub fn settled(expr: Expr) -> Result<Expr> {
    if expr.ty == Type::Unknown {
        return coerce(expr, &ColumnType::plain(Type::Text));
    }
    Ok(expr)
}

/// Returns `expr` as a condition of the clause `clause` (`WHERE`, `JOIN/ON`, `AND`).
///
/// # Errors
/// `42804` when it is not a boolean.
pub fn condition(expr: Expr, clause: &str) -> Result<Expr> {
    if !can_cast(&expr.ty, &Type::Bool, Context::Implicit) {
        return Err(Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "argument of {clause} must be type boolean, not type {}",
                expr.ty
            ),
        ));
    }
    coerce(expr, &ColumnType::plain(Type::Bool))
}

/// Returns `expr` as it is put into a column of type `to`.
///
/// # Errors
/// `42804` when there is no assignment cast, and those of reading a literal.
pub fn assign(expr: Expr, to: &ColumnType) -> Result<Expr> {
    if !can_cast(&expr.ty, &to.ty, Context::Assignment) {
        return Err(Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "expression is of type {} where type {} is expected",
                expr.ty, to.ty
            ),
        )
        .hint("You will need to rewrite or cast the expression."));
    }
    match &expr.kind {
        ExprKind::Constant(Value::Text(text)) if expr.ty == Type::Unknown => {
            let value = read_now(|| types::input_column(to, text))?;
            Ok(match value {
                Some(value) => Expr::constant(value, to.ty.clone()),
                None => Expr::text(text).cast(to.clone()),
            })
        }
        // An explicit cast cuts what is too long; a column refuses it, so its own rule is left to decide.
        _ if matches!(to.modifier, Some(Modifier::Length(_))) && to.ty == Type::Varchar => {
            coerce(expr, &ColumnType::plain(to.ty.clone()))
        }
        _ => coerce(expr, to),
    }
}

/// Returns `expr` as type `to`, which `what` must be: a limit, an argument.
///
/// # Errors
/// `42804` when there is no assignment cast; `what` opens the sentence.
pub fn required(expr: Expr, to: &Type, what: &str) -> Result<Expr> {
    if !can_cast(&expr.ty, to, Context::Assignment) {
        return Err(Error::new(
            Code::DATATYPE_MISMATCH,
            format!("{what} must be type {to}, not type {}", expr.ty),
        ));
    }
    coerce(expr, &ColumnType::plain(to.clone()))
}

/// Returns `expr` with an explicit cast to `to`.
///
/// # Errors
/// `42846` when there is no such cast, and those of reading a literal.
pub fn cast(expr: Expr, to: &ColumnType) -> Result<Expr> {
    if !can_cast(&expr.ty, &to.ty, Context::Explicit) {
        return Err(Error::new(
            Code::CANNOT_COERCE,
            format!("cannot cast type {} to {}", expr.ty, to.ty),
        ));
    }
    coerce(expr, to)
}

/// Returns `expr` as type `to`, which the caller knows to be allowed.
pub(super) fn coerce(expr: Expr, to: &ColumnType) -> Result<Expr> {
    if expr.ty == to.ty && to.modifier.is_none() {
        return Ok(expr);
    }
    if let ExprKind::Constant(value) = &expr.kind {
        return fold(value, &expr.ty, to);
    }
    // A parameter has the type that its place asks for, as in a prepared statement.
    if let (ExprKind::Parameter(_), Type::Unknown) = (&expr.kind, &expr.ty) {
        return Ok(Expr {
            ty: to.ty.clone(),
            ..expr
        });
    }
    if let (ExprKind::Row(_), Type::Composite(_)) = (&expr.kind, &to.ty) {
        return composite(expr, to);
    }
    if let (ExprKind::Array(_), Type::Array(element)) = (&expr.kind, &to.ty) {
        return array(expr, element, to);
    }
    let relabelled = matches!(
        (&expr.ty, &to.ty),
        (Type::Varchar | Type::Name, Type::Text)
            | (Type::Text, Type::Varchar)
            | (Type::Composite(_), Type::Record)
    );
    if relabelled && to.modifier.is_none() {
        return Ok(Expr {
            ty: to.ty.clone(),
            ..expr
        });
    }
    Ok(expr.cast(to.clone()))
}

/// A constant is cast at once, so that an error shows when the text is read and an index can be used for the comparison.
fn fold(value: &Value, from: &Type, to: &ColumnType) -> Result<Expr> {
    let folded = read_now(|| folded(value, from, to))?;
    Ok(match (folded, value) {
        (None, Value::Text(text)) => Expr::text(text).cast(to.clone()),
        (folded, _) => Expr::constant(folded.unwrap_or_default(), to.ty.clone()),
    })
}

fn folded(value: &Value, from: &Type, to: &ColumnType) -> Result<Value> {
    Ok(match (from, value) {
        (_, Value::Null) => Value::Null,
        (Type::Unknown, Value::Text(text)) if to.modifier.is_none() => types::input(&to.ty, text)?,
        // A literal is cast like any other text: `'abcdef'::varchar(3)` is cut, not refused.
        (Type::Unknown, Value::Text(text)) => {
            let plain = types::input(&to.ty, text)?;
            types::cast(&to.ty, to, ValueRef::from(&plain))?
        }
        _ => types::cast(from, to, ValueRef::from(value))?,
    })
}

/// `row(…)::type`: each field is assigned.
fn composite(expr: Expr, to: &ColumnType) -> Result<Expr> {
    let (ExprKind::Row(values), Type::Composite(composite)) = (expr.kind, &to.ty) else {
        return Err(Error::internal("a row is cast to what is no row type"));
    };
    if values.len() != composite.fields.len() {
        let words = if values.len() < composite.fields.len() {
            "few"
        } else {
            "many"
        };
        return Err(Error::new(
            Code::CANNOT_COERCE,
            format!("cannot cast type record to {}", to.ty),
        )
        .details(format!("Input has too {words} columns.")));
    }
    let members = composite
        .fields
        .iter()
        .zip(values)
        .map(|((name, ty), value)| Ok((name.clone(), assign(value, ty)?)))
        .collect::<Result<_>>()?;
    Ok(Expr {
        kind: ExprKind::Object(members),
        ty: to.ty.clone(),
    })
}

/// A cast of `array[…]` is a cast of its elements.
fn array(expr: Expr, element: &Type, to: &ColumnType) -> Result<Expr> {
    let ExprKind::Array(values) = expr.kind else {
        return Err(Error::internal("what is no array is cast as one"));
    };
    let to_element = ColumnType {
        ty: element.clone(),
        modifier: to.modifier,
    };
    let values = values
        .into_iter()
        .map(|value| match value.ty {
            Type::Array(_) => coerce(value, to),
            _ => coerce(value, &to_element),
        })
        .collect::<Result<_>>()?;
    Ok(Expr {
        kind: ExprKind::Array(values),
        ty: to.ty.clone(),
    })
}
