//! The one type of several expressions: `union`, `case`, `coalesce`, `array[…]`, `in`, `values`.

use underpin_base::{Code, Error, Result};

use super::candidates::{category, is_preferred};
use super::coercion::{Context, can_cast, coerce};
use crate::tree::Expr;
use crate::types::{ColumnType, Type};

/// Returns the type that values of `types` have in common, as PostgreSQL chooses it; text when none is known.
///
/// # Errors
/// `42804` naming two types that do not go together; `construct` (`CASE`, `UNION`) opens the sentence.
pub fn common_type(types: &[Type], construct: &str) -> Result<Type> {
    let mut known = types.iter().filter(|ty| **ty != Type::Unknown);
    let Some(first) = known.next() else {
        return Ok(Type::Text);
    };
    let mut common = first;
    for ty in known {
        if ty == common {
            continue;
        }
        if category(ty) != category(common) {
            return Err(mismatch(construct, common, ty));
        }
        if !is_preferred(common)
            && can_cast(common, ty, Context::Implicit)
            && !can_cast(ty, common, Context::Implicit)
        {
            common = ty;
        }
    }
    for ty in types {
        if !can_cast(ty, common, Context::Implicit) {
            return Err(Error::new(
                Code::CANNOT_COERCE,
                format!("{construct} could not convert type {ty} to {common}"),
            ));
        }
    }
    Ok(common.clone())
}

fn mismatch(construct: &str, first: &Type, second: &Type) -> Error {
    let message = if construct.is_empty() {
        format!("types {first} and {second} cannot be matched")
    } else {
        format!("{construct} types {first} and {second} cannot be matched")
    };
    Error::new(Code::DATATYPE_MISMATCH, message)
}

/// Returns `values` cast to their common type, and that type.
///
/// # Errors
/// Those of [`common_type`], and of reading a literal as that type.
pub fn unify(values: Vec<Expr>, construct: &str) -> Result<(Vec<Expr>, Type)> {
    let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
    let common = common_type(&types, construct)?;
    let to = ColumnType::plain(common.clone());
    let values = values
        .into_iter()
        .map(|value| coerce(value, &to))
        .collect::<Result<_>>()?;
    Ok((values, common))
}
