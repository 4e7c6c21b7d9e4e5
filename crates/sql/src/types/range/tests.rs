//! Laws: a range is the set of its values, whatever is done with it.

use proptest::prelude::*;

use super::*;
use crate::types::{input, tests::printed};

/// The texts of bounds of `int4range` and of `numrange` that are near to each other.
fn any_range() -> impl Strategy<Value = String> {
    let bound = || prop::option::weighted(0.9, -4i32..5);
    (bound(), bound(), "[\\[(]", "[\\])]").prop_map(|(lower, upper, open, close)| {
        let text = |bound: Option<i32>| bound.map_or_else(String::new, |it| it.to_string());
        format!("{open}{},{}{close}", text(lower), text(upper))
    })
}

/// Reads both texts as `range`; nothing when one is none.
fn read(range: RangeType, texts: [&str; 2]) -> Option<[String; 2]> {
    let canonical = |text| {
        let value = input(&Type::Range(range), text).ok()?;
        value.as_text().map(str::to_owned)
    };
    Some([canonical(texts[0])?, canonical(texts[1])?])
}

/// Every value that tells two such ranges apart: whole numbers and those between.
fn points(range: RangeType) -> Vec<Value> {
    match range {
        RangeType::Numeric => (-60..60)
            .map(|tenths| Value::text(format!("{:.1}", f64::from(tenths) / 10.0)))
            .collect(),
        _ => (-6..7).map(Value::Int).collect(),
    }
}

proptest! {
    #[test]
    fn operators_answer_as_sets_do(left in any_range(), right in any_range()) {
        for range in [RangeType::Int4, RangeType::Numeric] {
            let Some([left, right]) = read(range, [&left, &right]) else { continue };
            let (left, right) = (Range::read(&left), Range::read(&right));
            let points = points(range);
            let within = |range: Range<'_>| -> Vec<bool> {
                points.iter().map(|it| contains_element(range, it.into())).collect()
            };
            let (a, b) = (within(left), within(right));
            let pairs = || a.iter().zip(&b);
            prop_assert_eq!(left == Range::Empty, !a.contains(&true));
            prop_assert_eq!(contains(left, right), pairs().all(|(a, b)| *a || !*b));
            prop_assert_eq!(overlaps(left, right), pairs().any(|(a, b)| *a && *b));
            let both: Vec<bool> = pairs().map(|(a, b)| *a && *b).collect();
            prop_assert_eq!(within(intersection(left, right)), both);
            if let Ok(joined) = union(left, right) {
                let either: Vec<bool> = pairs().map(|(a, b)| *a || *b).collect();
                prop_assert_eq!(within(joined), either);
                prop_assert_eq!(joined, merge(left, right));
            }
            if let Ok(rest) = difference(left, right) {
                let only: Vec<bool> = pairs().map(|(a, b)| *a && !*b).collect();
                prop_assert_eq!(within(rest), only);
            }
            prop_assert_eq!(before(left, right), after(right, left));
            if adjacent(left, right) {
                prop_assert!(!overlaps(left, right) && union(left, right).is_ok());
            }
            prop_assert!(contains(merge(left, right), left) && contains(merge(left, right), right));
        }
    }

    #[test]
    fn what_is_canonical_stays_so(text in any_range()) {
        for range in [RangeType::Int4, RangeType::Int8, RangeType::Numeric] {
            let Some([canonical, _]) = read(range, [&text, "empty"]) else { continue };
            prop_assert_eq!(Range::read(&canonical).to_string(), canonical.as_str());
            let printed = printed(&Type::Range(range), ValueRef::Text(&canonical));
            let again = input(&Type::Range(range), &printed).unwrap();
            prop_assert_eq!(again.as_text(), Some(canonical.as_str()));
        }
    }

    #[test]
    fn equal_sets_of_whole_numbers_have_one_form(left in any_range(), right in any_range()) {
        if let Some([first, second]) = read(RangeType::Int4, [&left, &right]) {
            let (left, right) = (Range::read(&first), Range::read(&second));
            let same = contains(left, right) && contains(right, left);
            prop_assert_eq!(same, first == second);
            prop_assert_eq!(same, compare(&first, &second).is_eq());
        }
    }

    #[test]
    fn nothing_stored_panics(left in any::<String>(), right in "[\\[(]?[-0-9.,a-z]{0,6}[,]?[-0-9.]{0,4}[\\])]?", element in any::<i64>()) {
        let (left, right) = (Range::read(&left), Range::read(&right));
        let _ = (union(left, right), difference(right, left), intersection(left, right), adjacent(left, right));
        let _ = (contains_element(right, ValueRef::Int(element)), RangeType::Int4.between(
            Bound { value: Some(ValueRef::Int(element)), inclusive: false },
            Bound { value: None, inclusive: true },
        ));
    }
}

proptest! {
    #[test]
    fn multiranges_answer_as_sets_do(texts in prop::collection::vec(any_range(), 10)) {
        for range in [RangeType::Int4, RangeType::Numeric] {
            let read: Vec<String> = texts
                .iter()
                .filter_map(|text| read(range, [text, "empty"]).map(|[canonical, _]| canonical))
                .collect();
            let (first, second) = read.split_at(read.len() / 2);
            let left = Multirange::of(first.iter().map(|it| Range::read(it)).collect());
            let right = Multirange::of(second.iter().map(|it| Range::read(it)).collect());
            let points = points(range);
            let within = |it: &Multirange<'_>| -> Vec<bool> {
                points.iter().map(|point| it.contains_element(point.into())).collect()
            };
            let pairs: Vec<(bool, bool)> = within(&left).into_iter().zip(within(&right)).collect();
            let each = |test: fn((bool, bool)) -> bool| -> Vec<bool> { pairs.iter().copied().map(test).collect() };
            prop_assert_eq!(within(&left.union(&right)), each(|(a, b)| a || b));
            prop_assert_eq!(within(&left.intersection(&right)), each(|(a, b)| a && b));
            prop_assert_eq!(within(&left.difference(&right)), each(|(a, b)| a && !b));
            prop_assert_eq!(left.contains(&right), !each(|(a, b)| b && !a).contains(&true));
            prop_assert_eq!(left.overlaps(&right), each(|(a, b)| a && b).contains(&true));
            let canonical = left.to_string();
            prop_assert_eq!(Multirange::read(&canonical), left);
        }
    }
}
