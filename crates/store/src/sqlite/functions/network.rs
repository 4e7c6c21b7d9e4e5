//! `inet` and `cidr`: which network lies within which.

use underpin_base::{Result, Value};
use underpin_sql::types::network::is_within;

use super::arguments::Arguments;
use super::registry::Row;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_network_within", |arguments| test(arguments, "<<")),
    ("pg_network_around", |arguments| test(arguments, ">>")),
    ("pg_network_overlaps", |arguments| test(arguments, "&&")),
];

/// Tells whether `left operator right`; nothing when the operator is none on networks.
pub(super) fn satisfies(operator: &str, left: &str, right: &str) -> Option<bool> {
    Some(match operator {
        "<<" => is_within(left, right, false),
        ">>" => is_within(right, left, false),
        "&&" => is_within(left, right, true) || is_within(right, left, true),
        _ => return None,
    })
}

fn test(arguments: &Arguments<'_>, operator: &str) -> Result<Value> {
    let satisfied = satisfies(operator, arguments.text(0)?, arguments.text(1)?);
    Ok(satisfied.map_or(Value::Null, Value::bool))
}
