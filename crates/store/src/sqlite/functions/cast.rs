//! What expressions of any type need: casts, the greatest and least value, `any` and `all`, and the request's own values.

use std::cmp::Ordering;

use underpin_base::{Error, Result, Value, ValueRef};
use underpin_sql::types::json::Elements;
use underpin_sql::types::{self, ColumnType, Type};

use super::arguments::Arguments;
use super::pattern;
use super::registry::MachineryRow;

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
    let column = ColumnType::plain(element.clone());
    let mut unknown = false;
    for json in Elements::new(array) {
        let element = types::from_json(&column, json)?;
        match satisfies(operator, operand_type, operand, (&element).into())? {
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
    ty: &Type,
    left: ValueRef<'_>,
    right: ValueRef<'_>,
) -> Result<Option<bool>> {
    if left == ValueRef::Null || right == ValueRef::Null {
        return Ok(None);
    }
    let order = || types::compare(ty, left, right);
    let texts = || match (left, right) {
        (ValueRef::Text(left), ValueRef::Text(right)) => Ok((left, right)),
        _ => Err(Error::internal("a pattern is not text")),
    };
    Ok(Some(match operator {
        "=" => order().is_eq(),
        "<>" => order().is_ne(),
        "<" => order().is_lt(),
        "<=" => order().is_le(),
        ">" => order().is_gt(),
        ">=" => order().is_ge(),
        "~~" => {
            let (text, pattern) = texts()?;
            types::text::like(text, pattern)?
        }
        "~~*" => {
            let (text, pattern) = texts()?;
            types::text::ilike(text, pattern)?
        }
        "~" | "~*" => {
            let (text, expression) = texts()?;
            let flags = if operator == "~" { "" } else { "i" };
            pattern::with_regex(expression, flags, |regex| Ok(regex.is_match(text)))?
        }
        _ => {
            return Err(Error::internal(format_args!(
                "operator {operator} over an array"
            )));
        }
    }))
}
