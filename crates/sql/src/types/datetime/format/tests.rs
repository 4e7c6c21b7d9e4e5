//! Templates, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::interval::Interval;
use crate::types::tests::{check_table, int, show};
use crate::types::{Type, Value};

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    Ok(match name {
        "timestamp" => {
            let moment = int(&Type::Timestamp, arguments[0])?;
            timestamp_to_char(moment, false, arguments[1])?.unwrap_or_default()
        }
        "timestamptz" => {
            let moment = int(&Type::TimestampTz, arguments[0])?;
            timestamp_to_char(moment, true, arguments[1])?.unwrap_or_default()
        }
        "interval" => {
            let interval = Interval::read(arguments[0])?;
            interval_to_char(interval, arguments[1])?.unwrap_or_default()
        }
        "to_date" => show(
            &Type::Date,
            &Value::Int(to_date(arguments[0], arguments[1])?),
        ),
        "to_timestamp" => {
            let moment = to_timestamp(arguments[0], arguments[1])?;
            show(&Type::TimestampTz, &Value::Int(moment))
        }
        _ => panic!("{name}"),
    })
}

#[test]
fn templates_answer_as_postgresql() {
    check_table(include_str!("../../expected/format.txt"), answer);
}
