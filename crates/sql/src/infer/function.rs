//! PostgreSQL's choice of a function (`func_get_detail`), and the call with the casts that its arguments need.

use underpin_base::{Code, Error, Result};

use super::candidates::{Choice, select};
use super::coercion::{Context, can_cast, coerce};
use super::unify::common_type;
use crate::functions::{Function, Parameter};
use crate::tree::{Expr, ExprKind};
use crate::types::{ColumnType, RangeType, Type};

/// A built-in function that was chosen.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The function.
    pub function: Function,
    /// Its arguments, cast to what it asks for.
    pub arguments: Vec<Expr>,
    /// The type of its result, or of one row of it.
    pub result: Type,
}

/// Returns a call of the built-in function `name`.
///
/// # Errors
/// `42883` when there is none, `42725` when several would do, `0A000` when it returns rows, and those of reading a literal.
pub fn function(name: &str, arguments: Vec<Expr>) -> Result<Expr> {
    let types: Vec<Type> = arguments
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    let Some(resolved) = resolve(name, arguments.clone())? else {
        return conversion(name, arguments).unwrap_or_else(|| Err(missing(name, &types)));
    };
    if resolved.function.definition().set {
        return Err(Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            format!(
                "set-returning function {name} is supported in FROM and at the top of a select list only"
            ),
        ));
    }
    Ok(Expr {
        kind: ExprKind::Function(resolved.function, resolved.arguments),
        ty: resolved.result,
    })
}

/// A type's name called with one argument is a cast (`date(created_at)`).
fn conversion(name: &str, mut arguments: Vec<Expr>) -> Option<Result<Expr>> {
    let ty = Type::built_in(name).filter(|ty| !matches!(ty, Type::Unknown | Type::Void))?;
    if arguments.len() != 1 || !can_cast(&arguments.first()?.ty, &ty, Context::Explicit) {
        return None;
    }
    Some(coerce(arguments.pop()?, &ColumnType::plain(ty)))
}

/// Returns the error for a function that does not exist.
fn missing(name: &str, types: &[Type]) -> Error {
    Error::new(
        Code::UNDEFINED_FUNCTION,
        format!("function {name}({}) does not exist", listed(types)),
    )
    .hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    )
}

fn listed(types: &[Type]) -> String {
    types
        .iter()
        .map(Type::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns the built-in function that `name` means with these arguments; nothing when none takes them.
///
/// # Errors
/// `42725` when several would do, `42804` when polymorphic arguments do not go together, and those of reading a literal.
pub fn resolve(name: &str, arguments: Vec<Expr>) -> Result<Option<Resolved>> {
    let types: Vec<Type> = arguments
        .iter()
        .map(|argument| argument.ty.clone())
        .collect();
    // A literal that is called by a type's name is read as the type, whatever functions have the name.
    if types == [Type::Unknown] && Type::built_in(name).is_some() {
        return Ok(None);
    }
    let mut functions = Vec::new();
    let mut candidates = Vec::new();
    for function in Function::named(name) {
        if let Some(parameters) = expanded(function, types.len()) {
            functions.push(function);
            candidates.push(parameters);
        }
    }
    let index = match select(&candidates, &types) {
        Choice::One(index) => index,
        Choice::None => return Ok(None),
        Choice::Ambiguous => return Err(ambiguous(name, &types)),
    };
    let (Some(function), Some(parameters)) = (functions.get(index), candidates.get(index)) else {
        return Ok(None);
    };
    let element = bound_element(parameters, &types)?;
    let range = bound_range(name, parameters, &types)?;
    let arguments = arguments
        .into_iter()
        .zip(parameters)
        .map(|(argument, parameter)| bind(argument, parameter, element.as_ref(), range))
        .collect::<Result<_>>()?;
    let result = match (&function.definition().result, element) {
        (Parameter::Is(ty), _) => ty.clone(),
        (Parameter::Element, Some(element)) => element,
        (Parameter::Array, Some(element)) => element.array(),
        (Parameter::Range, _) => range.map_or(Type::Text, Type::Range),
        (Parameter::Multirange, _) => range.map_or(Type::Text, Type::Multirange),
        (Parameter::Element, None) => range.map_or(Type::Text, RangeType::subtype),
        (Parameter::Any | Parameter::Array, _) => Type::Text,
    };
    Ok(Some(Resolved {
        function: *function,
        arguments,
        result,
    }))
}

fn ambiguous(name: &str, types: &[Type]) -> Error {
    Error::new(
        Code::AMBIGUOUS_FUNCTION,
        format!("function {name}({}) is not unique", listed(types)),
    )
    .hint("Could not choose a best candidate function. You might need to add explicit type casts.")
}

/// Chooses among routines of the project: each candidate is the list of the types that its parameters have, as many as there are
/// arguments. Returns the index of the one chosen.
///
/// # Errors
/// `42883` when none takes the arguments, `42725` when several would do.
pub fn choose(name: &str, candidates: &[Vec<Type>], arguments: &[Type]) -> Result<usize> {
    let candidates: Vec<Vec<Parameter>> = candidates
        .iter()
        .map(|types| types.iter().cloned().map(Parameter::Is).collect())
        .collect();
    match select(&candidates, arguments) {
        Choice::One(index) => Ok(index),
        Choice::None => Err(missing(name, arguments)),
        Choice::Ambiguous => Err(ambiguous(name, arguments)),
    }
}

/// Returns the parameters for a call with `count` arguments, the variadic one repeated; nothing when it cannot take so many.
fn expanded(function: Function, count: usize) -> Option<Vec<Parameter>> {
    let definition = function.definition();
    let mut parameters = definition.parameters.clone();
    if definition.variadic {
        let last = parameters.pop()?;
        let repeated = count.checked_sub(parameters.len())?;
        // Only `variadic "any"` may be left out altogether.
        if repeated == 0 && last != Parameter::Any {
            return None;
        }
        parameters.extend(std::iter::repeat_n(last, repeated));
    }
    (parameters.len() == count).then_some(parameters)
}

/// Returns what `anyelement` stands for in this call; nothing when no parameter is polymorphic.
fn bound_element(parameters: &[Parameter], types: &[Type]) -> Result<Option<Type>> {
    let mut elements = Vec::new();
    for (parameter, ty) in parameters.iter().zip(types) {
        match (parameter, ty) {
            (Parameter::Element, ty) => elements.push(ty.clone()),
            (Parameter::Array, Type::Array(element)) => elements.push(Type::clone(element)),
            (Parameter::Array, _) => elements.push(Type::Unknown),
            (Parameter::Is(_) | Parameter::Any | Parameter::Range | Parameter::Multirange, _) => {}
        }
    }
    if elements.is_empty() {
        return Ok(None);
    }
    common_type(&elements, "arguments of").map(Some)
}

/// Returns over what `anyrange` and `anymultirange` are in this call; nothing when no parameter is one.
fn bound_range(name: &str, parameters: &[Parameter], types: &[Type]) -> Result<Option<RangeType>> {
    let mut bound = None;
    let mut asked = false;
    for (parameter, ty) in parameters.iter().zip(types) {
        if !matches!(parameter, Parameter::Range | Parameter::Multirange) {
            continue;
        }
        asked = true;
        match (ty, bound) {
            (Type::Range(range) | Type::Multirange(range), None) => bound = Some(*range),
            (Type::Range(range) | Type::Multirange(range), Some(other)) if *range != other => {
                return Err(missing(name, types));
            }
            _ => {}
        }
    }
    if asked && bound.is_none() {
        return Err(Error::new(
            Code::DATATYPE_MISMATCH,
            "could not determine polymorphic type because input has type unknown",
        ));
    }
    Ok(bound)
}

fn bind(
    argument: Expr,
    parameter: &Parameter,
    element: Option<&Type>,
    range: Option<RangeType>,
) -> Result<Expr> {
    let to = match (parameter, element) {
        (Parameter::Is(ty), _) => ty.clone(),
        (Parameter::Element, Some(element)) => element.clone(),
        (Parameter::Array, Some(element)) => element.clone().array(),
        (Parameter::Range, _) => range.map_or(Type::Text, Type::Range),
        (Parameter::Multirange, _) => range.map_or(Type::Text, Type::Multirange),
        (Parameter::Any | Parameter::Element | Parameter::Array, _) => {
            if argument.ty == Type::Unknown {
                Type::Text
            } else {
                return Ok(argument);
            }
        }
    };
    coerce(argument, &ColumnType::plain(to))
}
