//! What holds for every text and every value: nothing panics, what is accepted round-trips, comparison is a total order.

use proptest::prelude::*;

use super::{column, json, printed};
use crate::types::{ColumnType, Type, Value, ValueRef, from_json, input, input_column};

/// Every type that has values of its own, with and without modifiers.
fn every_type() -> Vec<ColumnType> {
    let names = [
        "bool",
        "int2",
        "int4",
        "int8",
        "oid",
        "float4",
        "float8",
        "numeric",
        "numeric(8,3)",
        "text",
        "varchar",
        "varchar(4)",
        "char(4)",
        "name",
        "citext",
        "uuid",
        "date",
        "time",
        "time(2)",
        "timetz",
        "timetz(1)",
        "timestamp",
        "timestamp(1)",
        "timestamptz",
        "timestamptz(3)",
        "interval",
        "interval(2)",
        "json",
        "jsonb",
        "bytea",
        "inet",
        "cidr",
        "macaddr",
        "status",
        "pair",
        "nest",
        "int4[]",
        "text[]",
        "numeric(5,1)[]",
        "bool[]",
        "jsonb[]",
        "timestamptz[]",
        "bytea[]",
        "pair[]",
        "int4range",
        "numrange",
        "daterange",
        "tstzrange",
        "nummultirange",
        "datemultirange",
        "int8range[]",
        "tsmultirange[]",
        "tsrange[]",
        "float8[]",
        "interval[]",
    ];
    names.into_iter().map(column).collect()
}

/// Texts of all kinds, many of them near to what some type accepts.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "1",
        "-",
        "2024-01-31",
        "12:34:56.789",
        "+02",
        " ",
        "T",
        "Z",
        "empty",
        "{",
        "}",
        ",",
        "\"",
        "\\",
        "[",
        "]",
        "(",
        ")",
        "null",
        "true",
        ":",
        "a",
        "e",
        ".",
        "999999999999",
        "day",
        "mon",
        "BC",
        "infinity",
        "NaN",
        "P",
        "Y",
        "\\x00",
        "/",
        "ü",
        "::",
        "1e400",
        "\\u0041",
        "pm",
        "9",
        "FM",
        "HH24",
        "YYYY",
        "%",
        "TH",
        "S",
        "MI",
        "D",
        "EEEE",
        "V",
        "J",
        "0",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(pieces, 0..9).prop_map(|pieces| pieces.concat()),
    ]
}

/// Checks that what a type accepts is printed as a text, and as JSON, that read back as the same value.
fn check_round_trips(column: &ColumnType, text: &str) -> Result<(), TestCaseError> {
    // The words whose meaning is the time of reading.
    if ["now", "today", "tomorrow", "yesterday"]
        .iter()
        .any(|it| text.contains(it))
    {
        return Ok(());
    }
    let Ok(value) = input_column(column, text) else {
        return Ok(());
    };
    let printed = printed(&column.ty, ValueRef::from(&value));
    let again = input_column(column, &printed).ok();
    prop_assert_eq!(again.as_ref(), Some(&value), "{} {:?}", column, printed);
    let json = json(&column.ty, ValueRef::from(&value));
    // JSON's null is SQL's null to every type; white space around a value is not part of it.
    if column.ty.is_json() && (json == "null" || json.trim() != json) {
        return Ok(());
    }
    let again = from_json(column, &json).ok();
    prop_assert_eq!(again.as_ref(), Some(&value), "{} {:?}", column, json);
    Ok(())
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_accepted_round_trips(text in any_text()) {
        for column in every_type() {
            check_round_trips(&column, &text)?;
            let _ = from_json(&column, &text);
        }
    }

    #[test]
    fn numbers_round_trip(bits in any::<u64>(), whole in any::<i64>()) {
        let number = f64::from_bits(bits);
        let value = crate::types::float::to_value(number);
        let text = printed(&Type::Float8, ValueRef::from(&value));
        prop_assert_eq!(input(&Type::Float8, &text).unwrap(), value);
        let single = crate::types::float::to_value(f64::from(f32::from_bits(bits as u32)));
        let text = printed(&Type::Float4, ValueRef::from(&single));
        prop_assert_eq!(input(&Type::Float4, &text).unwrap(), single);
        prop_assert_eq!(printed(&Type::Int8, ValueRef::Int(whole)), whole.to_string());
    }

    #[test]
    fn moments_round_trip(moment in any::<i64>(), days in any::<i32>()) {
        for ty in [Type::Timestamp, Type::TimestampTz] {
            if crate::types::datetime::in_timestamp_range(moment) {
                let column = ColumnType::plain(ty);
                let text = printed(&column.ty, ValueRef::Int(moment));
                prop_assert_eq!(input(&column.ty, &text).unwrap(), Value::Int(moment));
                let json = json(&column.ty, ValueRef::Int(moment));
                prop_assert_eq!(from_json(&column, &json).unwrap(), Value::Int(moment));
            }
        }
        // Whatever is stored is printed without panic.
        let _ = printed(&Type::Date, ValueRef::Int(i64::from(days)));
        let _ = printed(&Type::Date, ValueRef::Int(moment));
    }

    #[test]
    fn order_is_total(texts in prop::collection::vec(any_text(), 3)) {
        for column in every_type() {
            let values: Vec<Value> = texts.iter().filter_map(|it| input_column(&column, it).ok()).collect();
            let order = |a: &Value, b: &Value| crate::types::compare(&column.ty, a.into(), b.into());
            for a in &values {
                prop_assert!(order(a, a).is_eq());
                for b in &values {
                    prop_assert_eq!(order(a, b), order(b, a).reverse());
                    for c in &values {
                        if order(a, b).is_le() && order(b, c).is_le() {
                            prop_assert!(order(a, c).is_le(), "{} {:?} {:?} {:?}", column, a, b, c);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn order_is_total_whatever_is_stored(texts in prop::collection::vec(any_text(), 3)) {
        for column in every_type() {
            let order = |a: &String, b: &String| {
                crate::types::compare(&column.ty, ValueRef::Text(a), ValueRef::Text(b))
            };
            for a in &texts {
                for b in &texts {
                    prop_assert_eq!(order(a, b), order(b, a).reverse());
                    for c in &texts {
                        if order(a, b).is_le() && order(b, c).is_le() {
                            prop_assert!(order(a, c).is_le(), "{} {:?} {:?} {:?}", column, a, b, c);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_cast_panics(text in any_text()) {
        for from in every_type() {
            let Ok(value) = input_column(&from, &text) else { continue };
            for to in every_type() {
                if let Ok(cast) = crate::types::cast(&from.ty, &to, ValueRef::from(&value)) {
                    let text = printed(&to.ty, ValueRef::from(&cast));
                    prop_assert!(cast.is_null() || input_column(&to, &text).is_ok(), "{} {} {}", from, to, text);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn no_operation_panics(a in any_text(), b in any_text(), c in any_text(), n in any::<i64>()) {
        let moment = n / 2;
        let _ = crate::types::datetime::format::timestamp_to_char(moment, true, &a);
        let _ = crate::types::datetime::format::to_date(&a, &b);
        let _ = crate::types::datetime::format::to_timestamp(&a, &b);
        for column in every_type() {
            // What is stored may be anything, and is printed somehow.
            let _ = printed(&column.ty, ValueRef::Text(&a));
            let _ = json(&column.ty, ValueRef::Int(n));
            let _ = crate::types::cast(&column.ty, &Type::Text.into(), ValueRef::Int(n));
        }
        let _ = crate::types::datetime::utc_to_local(moment, &a);
        let _ = crate::types::datetime::truncate_in_zone("month", moment, &a);
        if let Ok(interval) = crate::types::interval::Interval::read(&a) {
            let _ = crate::types::datetime::format::interval_to_char(interval, &b);
            let _ = crate::types::datetime::add_interval(moment, interval);
            let _ = crate::types::datetime::bin(interval, moment, 0);
            let _ = (interval.times(n as f64), interval.divided_by(0.001), interval.justify());
        }
        let _ = crate::types::numeric::format::to_char(&n.to_string(), &a);
        let _ = crate::types::numeric::format::to_number(&a, &b);
        let _ = (crate::types::text::like(&a, &b), crate::types::text::ilike(&a, &b));
        let _ = crate::types::text::with_escape(&a, &b);
        if let Ok(expression) = crate::types::text::similar_to_regex(&a, None) {
            let _ = crate::types::pattern::Pattern::read(&expression, crate::types::pattern::Options::default());
        }
        let _ = crate::types::text::format(&a, &[Some(&b), None, Some(&c)]);
        let _ = (crate::types::text::split_part(&a, &b, n), crate::types::text::lpad(&a, n % 100, &b));
        let _ = crate::types::array::to_string(&Type::Text, &a, &b, Some(&c));
        let _ = crate::types::array::subscript(&Type::Int4, &a, n);
        let _ = (crate::types::numeric::compare(&a, &b), crate::types::json::contains(&a, &b));
        for step in [a.as_str(), "0", "-1"] {
            let _ = crate::types::json::path(&b, &[step, &c]);
            let _ = crate::types::json::set(&b, &[step, &c], "1", true);
        }
        let _ = (crate::types::json::concat(&a, &b), crate::types::json::strip_nulls(&a), crate::types::json::pretty(&a));
        let _ = crate::types::json::delete_keys(&a, &[&b]);
    }
}
