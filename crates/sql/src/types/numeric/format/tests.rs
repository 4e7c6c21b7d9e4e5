//! Templates of numbers, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::Type;
use crate::types::tests::{canonical, check_table};

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    match name {
        "to_char" => to_char(&canonical(&Type::Numeric, arguments[0])?, arguments[1]),
        "to_number" => to_number(arguments[0], arguments[1]),
        _ => panic!("{name}"),
    }
}

#[test]
fn templates_answer_as_postgresql() {
    check_table(include_str!("../../expected/number_format.txt"), answer);
}
