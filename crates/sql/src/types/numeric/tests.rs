//! Arithmetic, against what PostgreSQL 15 answered, and its laws.

use underpin_base::Result;

use proptest::prelude::*;

use super::*;
use crate::types::tests::check_table;

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    let canonical = |place: usize| Ok(Numeric::parse(arguments[place])?.to_string());
    let first = canonical(0)?;
    let places = || arguments[1].parse::<i64>().unwrap();
    match name {
        "add" => add(&first, &canonical(1)?),
        "subtract" => subtract(&first, &canonical(1)?),
        "multiply" => multiply(&first, &canonical(1)?),
        "divide" => divide(&first, &canonical(1)?),
        "modulo" => modulo(&first, &canonical(1)?),
        "power" => power(&first, &canonical(1)?),
        "div" => truncated_quotient(&first, &canonical(1)?),
        "compare" => Ok((compare(&first, &canonical(1)?) as i8).to_string()),
        "sqrt" => sqrt(&first),
        "exp" => exp(&first),
        "ln" => ln(&first),
        "log" => log(&first, &canonical(1)?),
        "ceil" => ceil(&first),
        "floor" => floor(&first),
        "abs" => abs(&first),
        "sign" => sign(&first),
        "negate" => negate(&first),
        "scale" => Ok(scale(&first)?.map_or_else(String::new, |it| it.to_string())),
        "trim_scale" => trim_scale(&first),
        "round" => round(&first, places()),
        "trunc" => trunc(&first, places()),
        _ => panic!("{name}"),
    }
}

#[test]
fn arithmetic_answers_as_postgresql() {
    check_table(include_str!("../expected/numeric.txt"), answer);
}

/// Numbers of many sizes, as canonical texts.
fn number() -> impl Strategy<Value = String> {
    let digits = "-?[1-9][0-9]{0,30}(\\.[0-9]{1,20})?|-?0\\.[0-9]{0,10}[1-9]";
    digits.prop_map(|text: String| Numeric::parse(&text).unwrap().to_string())
}

proptest! {
    #[test]
    fn laws_hold(a in number(), b in number(), c in number()) {
        prop_assert_eq!(add(&a, &b).unwrap(), add(&b, &a).unwrap());
        prop_assert_eq!(multiply(&a, &b).unwrap(), multiply(&b, &a).unwrap());
        let (left, right) = (add(&add(&a, &b).unwrap(), &c).unwrap(), add(&a, &add(&b, &c).unwrap()).unwrap());
        prop_assert_eq!(left, right);
        let product = multiply(&a, &add(&b, &c).unwrap()).unwrap();
        let sum = add(&multiply(&a, &b).unwrap(), &multiply(&a, &c).unwrap()).unwrap();
        prop_assert!(compare(&product, &sum).is_eq());
        let back = subtract(&add(&a, &b).unwrap(), &b).unwrap();
        prop_assert!(compare(&back, &a).is_eq());
        let whole = truncated_quotient(&a, &b).unwrap();
        let again = add(&multiply(&whole, &b).unwrap(), &modulo(&a, &b).unwrap()).unwrap();
        prop_assert!(compare(&again, &a).is_eq());
    }

    #[test]
    fn compare_agrees_with_subtraction(a in number(), b in number()) {
        let difference = sign(&subtract(&a, &b).unwrap()).unwrap();
        prop_assert_eq!((compare(&a, &b) as i8).to_string(), difference);
    }
}
