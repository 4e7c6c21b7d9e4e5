//! The types that aggregates take and return.

use underpin_base::{Code, Error, Result};

use super::coercion::{Context, can_cast, coerce, settled};
use crate::functions::Aggregate;
use crate::tree::Expr;
use crate::types::{ColumnType, Type};

/// Returns the arguments of an aggregate, cast to what it asks for, and the type of its result.
///
/// # Errors
/// `42883` when it does not take such arguments.
pub fn aggregate(
    aggregate: Aggregate,
    name: &str,
    arguments: Vec<Expr>,
) -> Result<(Vec<Expr>, Type)> {
    let types: Vec<Type> = arguments
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let Some((parameters, result)) = signature(aggregate, &types) else {
        return Err(no_aggregate(name, &arguments));
    };
    let arguments = arguments
        .into_iter()
        .zip(parameters)
        .map(|(argument, parameter)| match parameter {
            Some(ty) => coerce(argument, &ColumnType::plain(ty)),
            None => settled(argument),
        })
        .collect::<Result<_>>()?;
    Ok((arguments, result))
}

/// Returns the error of an aggregate that does not take such arguments.
pub(crate) fn no_aggregate(name: &str, arguments: &[Expr]) -> Error {
    let types: Vec<String> = arguments
        .iter()
        .map(|argument| argument.ty.to_string())
        .collect();
    Error::new(
        Code::UNDEFINED_FUNCTION,
        format!("function {name}({}) does not exist", types.join(", ")),
    )
    .hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    )
}

/// Returns the types of the parameters (nothing: as it is) and of the result.
fn signature(aggregate: Aggregate, types: &[Type]) -> Option<(Vec<Option<Type>>, Type)> {
    use Type::{
        Bool, Bytea, Float4, Float8, Int2, Int4, Int8, Interval, Json, Jsonb, Numeric, Text,
    };
    let one = |parameter: Type, result: Type| Some((vec![Some(parameter)], result));
    match (aggregate, types) {
        (Aggregate::Count, [] | [_]) => Some((vec![None], Int8)),
        (Aggregate::Sum, [ty]) => match ty {
            Int2 | Int4 => one(ty.clone(), Int8),
            Int8 | Numeric => one(ty.clone(), Numeric),
            Float4 | Float8 | Interval => one(ty.clone(), ty.clone()),
            _ => None,
        },
        (Aggregate::Avg, [ty]) => match ty {
            Int2 | Int4 | Int8 | Numeric => one(ty.clone(), Numeric),
            Float4 | Float8 => one(ty.clone(), Float8),
            Interval => one(Interval, Interval),
            _ => None,
        },
        (Aggregate::Min | Aggregate::Max, [ty]) => {
            let ty = extreme(ty)?;
            one(ty.clone(), ty)
        }
        (Aggregate::BoolAnd | Aggregate::BoolOr, [ty]) => {
            can_cast(ty, &Bool, Context::Implicit).then(|| (vec![Some(Bool)], Bool))
        }
        (Aggregate::ArrayAgg, [ty]) => {
            let result = match ty {
                Type::Array(_) => ty.clone(),
                Type::Unknown => Text.array(),
                _ => ty.clone().array(),
            };
            Some((vec![None], result))
        }
        (Aggregate::StringAgg, [text, separator]) => {
            let all = |to: &Type| {
                can_cast(text, to, Context::Implicit) && can_cast(separator, to, Context::Implicit)
            };
            if all(&Text) {
                Some((vec![Some(Text), Some(Text)], Text))
            } else if all(&Bytea) {
                Some((vec![Some(Bytea), Some(Bytea)], Bytea))
            } else {
                None
            }
        }
        (Aggregate::JsonAgg, [_]) => Some((vec![None], Json)),
        (Aggregate::JsonbAgg, [_]) => Some((vec![None], Jsonb)),
        (Aggregate::JsonObjectAgg, [_, _]) => Some((vec![None, None], Json)),
        (Aggregate::JsonbObjectAgg, [_, _]) => Some((vec![None, None], Jsonb)),
        (
            Aggregate::StddevSamp | Aggregate::StddevPop | Aggregate::VarSamp | Aggregate::VarPop,
            [ty],
        ) => match ty {
            Int2 | Int4 | Int8 | Numeric => one(ty.clone(), Numeric),
            Float4 | Float8 => one(ty.clone(), Float8),
            _ => None,
        },
        (Aggregate::RangeAgg, [Type::Range(range) | Type::Multirange(range)]) => {
            Some((vec![None], Type::Multirange(*range)))
        }
        (Aggregate::RangeIntersectAgg, [ty @ (Type::Range(_) | Type::Multirange(_))]) => {
            one(ty.clone(), ty.clone())
        }
        _ => of_ordered_set(aggregate, types),
    }
}

/// Returns what [`signature`] does, of an aggregate of sorted values: they are the last argument.
fn of_ordered_set(aggregate: Aggregate, types: &[Type]) -> Option<(Vec<Option<Type>>, Type)> {
    use Type::{Float4, Float8, Int2, Int4, Int8, Interval, Numeric};
    match (aggregate, types) {
        (Aggregate::PercentileCont, [fraction, ty]) => {
            let (fraction, several) = fraction_type(fraction)?;
            let ty = match ty {
                Int2 | Int4 | Int8 | Numeric | Float4 | Float8 => Float8,
                Interval => Interval,
                _ => return None,
            };
            let result = if several {
                ty.clone().array()
            } else {
                ty.clone()
            };
            Some((vec![Some(fraction), Some(ty)], result))
        }
        (Aggregate::PercentileDisc, [fraction, ty]) => {
            let (fraction, several) = fraction_type(fraction)?;
            let ty = known(ty);
            let result = match (several, &ty) {
                (true, Type::Array(_)) => return None,
                (true, ty) => ty.clone().array(),
                (false, ty) => ty.clone(),
            };
            Some((vec![Some(fraction), Some(ty)], result))
        }
        (Aggregate::Mode, [ty]) => {
            let ty = known(ty);
            Some((vec![Some(ty.clone())], ty))
        }
        _ => None,
    }
}

/// Returns the type of the fractions of a percentile, and whether there are several.
fn fraction_type(ty: &Type) -> Option<(Type, bool)> {
    let several = Type::Float8.array();
    if can_cast(ty, &Type::Float8, Context::Implicit) {
        Some((Type::Float8, false))
    } else {
        can_cast(ty, &several, Context::Implicit).then_some((several, true))
    }
}

fn known(ty: &Type) -> Type {
    match ty {
        Type::Unknown => Type::Text,
        ty => ty.clone(),
    }
}

/// The types that `min` and `max` have; PostgreSQL 15 has neither for `boolean`, `uuid`, `jsonb` and `bytea`.
fn extreme(ty: &Type) -> Option<Type> {
    match ty {
        Type::Unknown | Type::Varchar | Type::Name => Some(Type::Text),
        Type::Bool
        | Type::Uuid
        | Type::Json
        | Type::Jsonb
        | Type::Bytea
        | Type::Xml
        | Type::MacAddr
        | Type::Range(_)
        | Type::TsVector
        | Type::TsQuery
        | Type::RegConfig
        | Type::Multirange(_)
        | Type::Composite(_)
        | Type::Record
        | Type::Void => None,
        Type::Cidr => Some(Type::Inet),
        other => Some(other.clone()),
    }
}
