use std::collections::HashSet;

use super::*;
use crate::types::Type;

#[test]
fn every_row_names_known_types() {
    for function in Function::all() {
        let definition = function.definition();
        for parameter in definition.parameters.iter().chain([&definition.result]) {
            let misspelt = match parameter {
                Parameter::Is(Type::Array(element)) => **element == Type::Unknown,
                Parameter::Is(ty) => *ty == Type::Unknown,
                Parameter::Any
                | Parameter::Element
                | Parameter::Array
                | Parameter::Range
                | Parameter::Multirange => false,
            };
            assert!(!misspelt, "{definition:?}");
        }
    }
}

#[test]
fn every_registered_name_belongs_to_one_row() {
    let mut seen = HashSet::new();
    for function in Function::all() {
        let engine = function.definition().engine;
        assert!(
            !engine.starts_with("pg_") || seen.insert(engine),
            "{engine} twice"
        );
    }
}

#[test]
fn functions_are_found_by_name() {
    let signatures = |name| Function::named(name).count();
    assert_eq!(signatures("round"), 3);
    assert_eq!(signatures("abs"), 6);
    assert_eq!(signatures("version"), 1);
    assert_eq!(signatures("no_such_function"), 0);
    assert_eq!(signatures(""), 0);
}

#[test]
fn sets_of_several_columns_name_them() {
    let each = Function::named("jsonb_each").next().unwrap();
    assert_eq!(
        each.columns(),
        vec![("key", Type::Text), ("value", Type::Jsonb)]
    );
    let keys = Function::named("jsonb_object_keys").next().unwrap();
    assert_eq!(keys.columns(), vec![]);
}
