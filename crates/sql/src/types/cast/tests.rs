//! Casts, against what PostgreSQL 15 answered: each line of `expected/cast.txt` has a type, a text of it, the type to cast to, and the
//! printed result or the error.

use underpin_base::ValueRef;

use crate::types::tests::{column, lines, printed};
use crate::types::{cast, input_column};

fn check(parts: &[String]) -> Option<String> {
    let [from, text, to, expected] = parts else {
        return Some(format!("not a line: {parts:?}"));
    };
    let (from, to) = (column(from), column(to));
    let found = input_column(&from, text)
        .and_then(|value| cast(&from.ty, &to, ValueRef::from(&value)))
        .map_or_else(
            |error| format!("error {} {}", error.code(), error.message()),
            |value| match ValueRef::from(&value) {
                ValueRef::Null => String::new(),
                value => printed(&to.ty, value),
            },
        );
    (found != *expected).then(|| format!("{parts:?} found {found:?}"))
}

#[test]
fn casts_answer_as_postgresql() {
    let wrong: Vec<String> = lines(include_str!("../expected/cast.txt"))
        .filter_map(|parts| check(&parts))
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
