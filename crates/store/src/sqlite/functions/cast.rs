//! What expressions of any type need: casts, the greatest and least value, `any` and `all`, and the request's own values.

use std::cmp::Ordering;

use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::json;
use underpin_sql::types::pattern::Options;
use underpin_sql::types::range::{Multirange, Range, contains_element};
use underpin_sql::types::{self, Type};

use super::arguments::Arguments;
use super::registry::MachineryRow;
use super::regular_expression::is_match;
use super::{multirange, network, range};

/// The implementations.
pub(super) const MACHINERY: &[MachineryRow] = &[
    ("underpin_cast", 3, true, cast),
    ("underpin_greatest", -1, false, |arguments| {
        extreme(arguments, Ordering::Greater)
    }),
    ("underpin_least", -1, false, |arguments| {
        extreme(arguments, Ordering::Less)
    }),
    ("underpin_any", 4, false, |arguments| {
        quantified(arguments, true)
    }),
    ("underpin_all", 4, false, |arguments| {
        quantified(arguments, false)
    }),
];

/// `underpin_cast(value, from, to)`.
fn cast(arguments: &Arguments<'_>) -> Result<Value> {
    let from = arguments.column_type(1)?;
    let to = arguments.column_type(2)?;
    types::cast(&from.ty, &to, arguments.get(0))
}

/// `underpin_greatest(type, values…)`: nulls are passed over.
fn extreme(arguments: &Arguments<'_>, wanted: Ordering) -> Result<Value> {
    let ty = arguments.column_type(0)?;
    let mut found = ValueRef::Null;
    for value in arguments.values().skip(1) {
        let better = value != ValueRef::Null
            && (found == ValueRef::Null || types::compare(&ty.ty, value, found) == wanted);
        if better {
            found = value;
        }
    }
    Ok(found.to_value())
}

/// `underpin_any(operator, types, operand, array)`: with `any`, true once one element satisfies; with `all`, false once one does not;
/// null when a null hides the answer.
fn quantified(arguments: &Arguments<'_>, any: bool) -> Result<Value> {
    let operator = arguments.text(0)?;
    let types = arguments.auxiliary(1, underpin_sql::writer::sqlite::read_types)?;
    let [operand_type, element] = types.as_slice() else {
        return Err(Error::internal("two types are needed"));
    };
    let operand = arguments.get(2);
    let Some(array) = arguments.optional_text(3)? else {
        return Ok(Value::Null);
    };
    let mut unknown = false;
    for value in types::array::unnest(element, array) {
        match satisfies(operator, [operand_type, element], operand, (&value).into())? {
            Some(satisfied) if satisfied == any => return Ok(Value::bool(any)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown {
        Value::Null
    } else {
        Value::bool(!any)
    })
}

/// Tells whether `left operator right`; nothing when one of them is null.
fn satisfies(
    operator: &str,
    types: [&Type; 2],
    left: ValueRef<'_>,
    right: ValueRef<'_>,
) -> Result<Option<bool>> {
    if left == ValueRef::Null || right == ValueRef::Null {
        return Ok(None);
    }
    let order = || types::compare(types[0], left, right);
    let satisfied = match operator {
        "=" => Some(order().is_eq()),
        "<>" => Some(order().is_ne()),
        "<" => Some(order().is_lt()),
        "<=" => Some(order().is_le()),
        ">" => Some(order().is_gt()),
        ">=" => Some(order().is_ge()),
        _ => match (types, left, right) {
            ([Type::Range(_), Type::Range(_)], ValueRef::Text(left), ValueRef::Text(right)) => {
                range::satisfies(operator, Range::read(left), Range::read(right))
            }
            (
                [Type::Multirange(_), Type::Range(_) | Type::Multirange(_)]
                | [Type::Range(_), Type::Multirange(_)],
                ValueRef::Text(left),
                ValueRef::Text(right),
            ) => multirange::satisfies(operator, left, right),
            ([Type::Multirange(_), _], ValueRef::Text(ranges), element)
            | ([_, Type::Multirange(_)], element, ValueRef::Text(ranges)) => {
                Some(Multirange::read(ranges).contains_element(element))
            }
            ([Type::Range(_), _], ValueRef::Text(range), element)
            | ([_, Type::Range(_)], element, ValueRef::Text(range)) => {
                Some(contains_element(Range::read(range), element))
            }
            ([Type::Jsonb, _], ValueRef::Text(left), ValueRef::Text(right)) => match operator {
                "@>" => Some(json::contains(left, right)),
                "<@" => Some(json::contains(right, left)),
                "?" => Some(json::has_key(left, right)),
                _ => None,
            },
            ([Type::Inet | Type::Cidr, _], ValueRef::Text(left), ValueRef::Text(right)) => {
                network::satisfies(operator, left, right)
            }
            ([first, second], ValueRef::Text(left), ValueRef::Text(right)) => {
                let ignores_case = [first, second].contains(&&Type::Citext);
                fits(operator, ignores_case, left, right)?
            }
            _ => None,
        },
    };
    match satisfied {
        Some(satisfied) => Ok(Some(satisfied)),
        None => Err(Error::internal(format_args!(
            "operator {operator} over an array"
        ))),
    }
}

/// Tells whether `text` fits `pattern`; nothing when the operator has no pattern.
fn fits(operator: &str, ignores_case: bool, text: &str, pattern: &str) -> Result<Option<bool>> {
    Ok(Some(match operator {
        "~~" if !ignores_case => types::text::like(text, pattern)?,
        "~~" | "~~*" => types::text::ilike(text, pattern)?,
        "~" | "~*" => {
            let options = if operator == "~" && !ignores_case {
                Options::default()
            } else {
                Options::ignoring_case()
            };
            is_match(pattern, options, text)?
        }
        _ => return Ok(None),
    }))
}
