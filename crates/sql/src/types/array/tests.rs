//! Operations on arrays, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::tests::{boolean, canonical, check_table, nullable, show, value};
use crate::types::{Type, Value, ValueRef, compare};

const ELEMENT: &Type = &Type::Int4;

fn show_array(array: String) -> String {
    show(&ELEMENT.clone().array(), &Value::text(array))
}

fn with_value(name: &str, array: &str, arguments: &[&str]) -> Result<String> {
    let given = value(ELEMENT, arguments[1])?;
    let given = ValueRef::from(&given);
    Ok(match name {
        "append" => show_array(append(ELEMENT, array, given)?),
        "prepend" => show_array(prepend(ELEMENT, given, array)?),
        "remove" => show_array(remove(ELEMENT, array, given)?),
        "position" => {
            let found = positions(ELEMENT, array, given)?;
            found.first().map_or_else(String::new, i64::to_string)
        }
        "positions" => {
            let found = positions(ELEMENT, array, given)?;
            show_array(from_values(ELEMENT, found.into_iter().map(ValueRef::Int)))
        }
        "replace" => {
            let new = value(ELEMENT, arguments[2])?;
            show_array(replace(ELEMENT, array, given, ValueRef::from(&new)))
        }
        _ => panic!("{name}"),
    })
}

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    let ty = ELEMENT.clone().array();
    let number = |place: usize| arguments[place].parse::<i64>().unwrap();
    let size = |found: Option<usize>| found.map_or_else(String::new, |it| it.to_string());
    match name {
        "from_string" => {
            let array = from_string(arguments[0], nullable(arguments[1]), nullable(arguments[2]));
            return Ok(show(&Type::Text.array(), &Value::text(array)));
        }
        "fill" => {
            let lengths = canonical(&ty, arguments[1])?;
            let lengths: Vec<usize> = unnest(ELEMENT, &lengths)
                .into_iter()
                .map(|it| {
                    if let Value::Int(it) = it {
                        it as usize
                    } else {
                        0
                    }
                })
                .collect();
            let given = value(ELEMENT, arguments[0])?;
            return Ok(show_array(fill(ELEMENT, ValueRef::from(&given), &lengths)?));
        }
        _ => {}
    }
    let array = canonical(&ty, arguments[0])?;
    Ok(match name {
        "contains" => boolean(contains(ELEMENT, &array, &canonical(&ty, arguments[1])?)),
        "overlaps" => boolean(overlaps(ELEMENT, &array, &canonical(&ty, arguments[1])?)),
        "concat" => show_array(concat(ELEMENT, &array, &canonical(&ty, arguments[1])?)?),
        "compare" => {
            let other = canonical(&ty, arguments[1])?;
            let order = compare(&ty, ValueRef::Text(&array), ValueRef::Text(&other));
            (order as i8).to_string()
        }
        "length" => size(length(ELEMENT, &array, number(1))),
        "cardinality" => cardinality(ELEMENT, &array).to_string(),
        "subscript" => show(ELEMENT, &subscript(ELEMENT, &array, number(1))),
        "slice" => show_array(slice(&array, Some(number(1)), Some(number(2)))),
        "to_string" => to_string(ELEMENT, &array, arguments[1], nullable(arguments[2])),
        _ => return with_value(name, &array, arguments),
    })
}

#[test]
fn operations_answer_as_postgresql() {
    check_table(include_str!("../expected/array.txt"), answer);
}
