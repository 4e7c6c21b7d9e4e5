//! PostgreSQL's choice of an operator (`oper`), and the expression with the casts that its operands need.

use underpin_base::{Code, Error, Result, Value};

use super::candidates::{Choice, select};
use super::coercion::{Context, can_cast, coerce};
use super::signatures::{self, Signature};
use crate::functions::{Operator, Parameter};
use crate::tree::{Expr, ExprKind};
use crate::types::{ColumnType, RangeType, Type};

/// The types that an operator asks for and returns.
struct Chosen {
    left: Type,
    right: Type,
    result: Type,
}

/// Returns `left operator right` with the casts that PostgreSQL inserts.
///
/// # Errors
/// `42883` when there is no such operator, `42725` when several would do, and those of reading a literal.
pub fn operator(operator: Operator, left: Expr, right: Expr) -> Result<Expr> {
    let chosen = choose(operator, &left.ty, &right.ty)?;
    let left = coerce(left, &ColumnType::plain(chosen.left))?;
    let right = coerce(right, &ColumnType::plain(chosen.right))?;
    comparable_elements(operator, &left.ty)?;
    Ok(Expr {
        kind: ExprKind::Operator(operator, Box::new([left, right])),
        ty: chosen.result,
    })
}

/// Refuses an operator that compares the elements of arrays, when values of their type cannot be compared.
fn comparable_elements(operator: Operator, left: &Type) -> Result<()> {
    let needed = match operator {
        Operator::Concatenate => return Ok(()),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            "a comparison function"
        }
        _ => "an equality operator",
    };
    match left.element() {
        Some(element @ (Type::Json | Type::Xml)) => Err(Error::new(
            Code::UNDEFINED_FUNCTION,
            format!("could not identify {needed} for type {element}"),
        )),
        _ => Ok(()),
    }
}

/// Returns `left !operator right`: what PostgreSQL calls an operator of its own, `!~` or `!~~`.
///
/// # Errors
/// Those of [`operator`].
pub fn negated(operator: Operator, left: Expr, right: Expr) -> Result<Expr> {
    let (left_type, right_type) = (left.ty.clone(), right.ty.clone());
    match self::operator(operator, left, right) {
        Ok(expr) => Ok(expr.negate()),
        Err(error) if *error.code() == Code::UNDEFINED_FUNCTION => Err(missing(
            &format!("!{}", operator.symbol()),
            &left_type,
            &right_type,
        )),
        Err(error) => Err(error),
    }
}

/// Returns `operand operator any (array)`, or `all`.
///
/// # Errors
/// `42809` when the right side is no array or the operator no condition, and those of [`operator`].
pub fn quantified(operator: Operator, operand: Expr, array: Expr, all: bool) -> Result<Expr> {
    let element = match &array.ty {
        Type::Array(element) => Type::clone(element),
        // A literal is an array of what the operator asks for.
        Type::Unknown => Type::Unknown,
        _ => {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                "op ANY/ALL (array) requires array on right side",
            ));
        }
    };
    let chosen = choose(operator, &operand.ty, &element)?;
    if chosen.result != Type::Bool {
        return Err(Error::new(
            Code::WRONG_OBJECT_TYPE,
            "op ANY/ALL (array) requires operator to yield boolean",
        ));
    }
    if let (Type::Unknown, Type::Array(_)) = (&array.ty, &chosen.right) {
        return Err(Error::new(
            Code::UNDEFINED_OBJECT,
            format!("could not find array type for data type {}", chosen.right),
        ));
    }
    let operand = coerce(operand, &ColumnType::plain(chosen.left))?;
    let array = coerce(array, &ColumnType::plain(chosen.right.array()))?;
    Ok(Expr {
        kind: ExprKind::Quantified {
            operator,
            operand: Box::new(operand),
            array: Box::new(array),
            all,
        },
        ty: Type::Bool,
    })
}

/// Returns the types that the two sides of an equality of `left` and `right` are cast to.
///
/// # Errors
/// `42883` when such values cannot be compared.
pub fn equality(left: &Type, right: &Type) -> Result<(Type, Type)> {
    choose(Operator::Equal, left, right).map(|chosen| (chosen.left, chosen.right))
}

/// Returns `- operand`.
///
/// # Errors
/// Those of [`operator`], with one operand.
pub fn negation(operand: Expr) -> Result<Expr> {
    let operand = if operand.ty == Type::Unknown {
        coerce(operand, &ColumnType::plain(Type::Float8))?
    } else {
        operand
    };
    let negated = match (&operand.kind, &operand.ty) {
        (ExprKind::Constant(Value::Int(value)), Type::Int2 | Type::Int4 | Type::Int8) => {
            value.checked_neg().map(Value::Int)
        }
        (ExprKind::Constant(Value::Float(value)), _) => Some(Value::Float(-value)),
        (ExprKind::Constant(Value::Text(text)), Type::Numeric) => {
            Some(Value::text(match text.strip_prefix('-') {
                Some(positive) => positive.to_owned(),
                None if text.bytes().all(|byte| matches!(byte, b'0' | b'.')) => text.to_string(),
                None => format!("-{text}"),
            }))
        }
        _ => None,
    };
    if let Some(value) = negated {
        return Ok(Expr::constant(value, operand.ty));
    }
    let zero = match &operand.ty {
        Type::Int2 | Type::Int4 | Type::Int8 => Value::Int(0),
        Type::Float4 | Type::Float8 => Value::Float(0.0),
        Type::Numeric => Value::text("0"),
        Type::Interval => Value::text("00:00:00"),
        other => {
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("operator does not exist: - {other}"),
            )
            .hint(NO_MATCH));
        }
    };
    let ty = operand.ty.clone();
    operator(Operator::Subtract, Expr::constant(zero, ty), operand)
}

const NO_MATCH: &str = "No operator matches the given name and argument types. You might need to add explicit type casts.";

fn choose(operator: Operator, left: &Type, right: &Type) -> Result<Chosen> {
    if let Some(chosen) = structural(operator, left, right) {
        return Ok(chosen);
    }
    let rows = signatures::of(operator);
    // With one unknown side, PostgreSQL first assumes that both have the same type.
    let (first, second) = match (left, right) {
        (Type::Unknown, known) => (known, known),
        (known, Type::Unknown) => (known, known),
        both => both,
    };
    let exact = rows.iter().find(|row| {
        matches!(&row.parameters, [Parameter::Is(left), Parameter::Is(right)]
            if left == first && right == second)
    });
    if let Some(row) = exact {
        return chosen(row).ok_or_else(|| missing(operator.symbol(), left, right));
    }
    let candidates: Vec<Vec<Parameter>> = rows.iter().map(|row| row.parameters.to_vec()).collect();
    match select(&candidates, &[left.clone(), right.clone()]) {
        Choice::One(index) => rows
            .get(index)
            .and_then(chosen)
            .ok_or_else(|| missing(operator.symbol(), left, right)),
        Choice::Ambiguous => Err(ambiguous(operator, left, right)),
        // A literal may be a range or a multirange of whatever stands beside it.
        Choice::None
            if (operator == Operator::ContainedBy && *right == Type::Unknown)
                || (operator == Operator::Contains && *left == Type::Unknown) =>
        {
            Err(ambiguous(operator, left, right))
        }
        Choice::None => {
            with_text(operator, left, right).ok_or_else(|| missing(operator.symbol(), left, right))
        }
    }
}

fn ambiguous(operator: Operator, left: &Type, right: &Type) -> Error {
    Error::new(
        Code::AMBIGUOUS_FUNCTION,
        format!(
            "operator is not unique: {left} {} {right}",
            operator.symbol()
        ),
    )
    .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
}

fn chosen(row: &Signature) -> Option<Chosen> {
    let [Parameter::Is(left), Parameter::Is(right)] = &row.parameters else {
        return None;
    };
    Some(Chosen {
        left: left.clone(),
        right: right.clone(),
        result: row.result.clone(),
    })
}

fn missing(symbol: &str, left: &Type, right: &Type) -> Error {
    Error::new(
        Code::UNDEFINED_FUNCTION,
        format!("operator does not exist: {left} {symbol} {right}"),
    )
    .hint(NO_MATCH)
}

/// `text || anynonarray` and its mirror.
fn with_text(operator: Operator, left: &Type, right: &Type) -> Option<Chosen> {
    let text = |ty: &Type| can_cast(ty, &Type::Text, Context::Implicit);
    let array = |ty: &Type| matches!(ty, Type::Array(_));
    let fits = operator == Operator::Concatenate
        && !array(left)
        && !array(right)
        && (text(left) || text(right));
    fits.then_some(Chosen {
        left: Type::Text,
        right: Type::Text,
        result: Type::Text,
    })
}

/// The operators on arrays, ranges, enumerations and rows, whose operands have one type that stands in no list.
fn structural(operator: Operator, left: &Type, right: &Type) -> Option<Chosen> {
    match (left, right) {
        (Type::Array(_), _) | (_, Type::Array(_)) => on_arrays(operator, left, right),
        (Type::Range(range) | Type::Multirange(range), _)
        | (_, Type::Range(range) | Type::Multirange(range)) => {
            on_ranges(operator, *range, left, right)
        }
        (Type::Enum(_) | Type::Composite(_), other)
        | (other, Type::Enum(_) | Type::Composite(_))
            if operator.is_comparison() =>
        {
            let named = if *other == Type::Unknown || left == right {
                if *left == Type::Unknown { right } else { left }
            } else {
                return None;
            };
            Some(same(named.clone(), Type::Bool))
        }
        _ => None,
    }
}

fn same(ty: Type, result: Type) -> Chosen {
    Chosen {
        left: ty.clone(),
        right: ty,
        result,
    }
}

fn on_arrays(operator: Operator, left: &Type, right: &Type) -> Option<Chosen> {
    let together = common_array(left, right);
    match operator {
        Operator::Contains | Operator::ContainedBy | Operator::Overlaps => {
            together.map(|ty| same(ty, Type::Bool))
        }
        _ if operator.is_comparison() => together.map(|ty| same(ty, Type::Bool)),
        Operator::Concatenate => match (together, left, right) {
            (Some(ty), _, _) => Some(same(ty.clone(), ty)),
            (None, Type::Array(element), other) => {
                let element = wider(element, other)?;
                Some(Chosen {
                    left: element.clone().array(),
                    right: element.clone(),
                    result: element.array(),
                })
            }
            (None, other, Type::Array(element)) => {
                let element = wider(element, other)?;
                Some(Chosen {
                    left: element.clone(),
                    right: element.clone().array(),
                    result: element.array(),
                })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The operators between ranges and multiranges over one type, and between one of them and what it is over; an unknown literal
/// is of the type of the other side.
fn on_ranges(operator: Operator, range: RangeType, left: &Type, right: &Type) -> Option<Chosen> {
    let is_over = |ty: &Type| [Type::Range(range), Type::Multirange(range)].contains(ty);
    let (left, right) = match (left, right) {
        (Type::Unknown, known) | (known, Type::Unknown) => (known, known),
        both => both,
    };
    let (result, fits) = match operator {
        Operator::Add | Operator::Subtract | Operator::Multiply => (left.clone(), left == right),
        Operator::Contains => (
            Type::Bool,
            is_over(left) && (is_over(right) || *right == range.subtype()),
        ),
        Operator::ContainedBy => (
            Type::Bool,
            is_over(right) && (is_over(left) || *left == range.subtype()),
        ),
        Operator::Overlaps
        | Operator::ShiftLeft
        | Operator::ShiftRight
        | Operator::NotRightOf
        | Operator::NotLeftOf
        | Operator::Adjacent => (Type::Bool, is_over(left) && is_over(right)),
        _ => (Type::Bool, operator.is_comparison() && left == right),
    };
    fits.then(|| Chosen {
        left: left.clone(),
        right: right.clone(),
        result,
    })
}

fn common_array(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Array(_), Type::Unknown) => Some(left.clone()),
        (Type::Unknown, Type::Array(_)) => Some(right.clone()),
        (Type::Array(first), Type::Array(second)) => wider(first, second).map(Type::array),
        _ => None,
    }
}

fn wider(first: &Type, second: &Type) -> Option<Type> {
    if can_cast(second, first, Context::Implicit) {
        Some(first.clone())
    } else if can_cast(first, second, Context::Implicit) {
        Some(second.clone())
    } else {
        None
    }
}
