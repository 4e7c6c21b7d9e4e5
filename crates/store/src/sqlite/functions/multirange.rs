//! Multiranges: the operations of [`underpin_sql::types::range::Multirange`] under their names in SQLite. An operand may be a
//! single range.

use underpin_base::{Result, Value, ValueRef};
use underpin_sql::types::Type;
use underpin_sql::types::range::{self, Bound, Multirange, Range};

use super::arguments::Arguments;
use super::registry::Row;
use super::set;

/// The implementations.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_int4multirange", union_of),
    ("pg_int4multirange_empty", union_of),
    ("pg_int8multirange", union_of),
    ("pg_int8multirange_empty", union_of),
    ("pg_nummultirange", union_of),
    ("pg_nummultirange_empty", union_of),
    ("pg_datemultirange", union_of),
    ("pg_datemultirange_empty", union_of),
    ("pg_tsmultirange", union_of),
    ("pg_tsmultirange_empty", union_of),
    ("pg_tstzmultirange", union_of),
    ("pg_tstzmultirange_empty", union_of),
    ("pg_multirange", union_of),
    ("pg_multirange_contains", |a| test(a, "@>")),
    ("pg_multirange_contained", |a| test(a, "<@")),
    ("pg_multirange_contains_element", |a| Ok(Value::bool(read(a, 0)?.contains_element(a.get(1))))),
    ("pg_multirange_element_contained", |a| Ok(Value::bool(read(a, 1)?.contains_element(a.get(0))))),
    ("pg_multirange_overlaps", |a| test(a, "&&")),
    ("pg_multirange_before", |a| test(a, "<<")),
    ("pg_multirange_after", |a| test(a, ">>")),
    ("pg_multirange_not_right_of", |a| test(a, "&<")),
    ("pg_multirange_not_left_of", |a| test(a, "&>")),
    ("pg_multirange_adjacent", |a| test(a, "-|-")),
    ("pg_multirange_union", |a| print(&read(a, 0)?.union(&read(a, 1)?))),
    ("pg_multirange_difference", |a| print(&read(a, 0)?.difference(&read(a, 1)?))),
    ("pg_multirange_intersection", |a| print(&read(a, 0)?.intersection(&read(a, 1)?))),
    ("pg_multirange_merge", |a| Ok(Value::text(read(a, 0)?.hull().to_string()))),
    ("pg_multirange_is_empty", |a| Ok(Value::bool(read(a, 0)?.ranges().is_empty()))),
    ("pg_multirange_lower", |a| end(a, |(lower, _)| lower)),
    ("pg_multirange_upper", |a| end(a, |(_, upper)| upper)),
    ("pg_multirange_lower_inc", |a| bound(a, |(lower, _)| lower.inclusive)),
    ("pg_multirange_upper_inc", |a| bound(a, |(_, upper)| upper.inclusive)),
    ("pg_multirange_lower_inf", |a| bound(a, |(lower, _)| lower.value.is_none())),
    ("pg_multirange_upper_inf", |a| bound(a, |(_, upper)| upper.value.is_none())),
    ("pg_multirange_unnest", |a| {
        let ranges = read(a, 0)?;
        set::rows(ranges.ranges().iter().map(|range| Ok(Value::text(range.to_string()))))
    }),
];

fn read<'a>(arguments: &Arguments<'a>, index: usize) -> Result<Multirange<'a>> {
    arguments.text(index).map(Multirange::read)
}

fn print(multirange: &Multirange<'_>) -> Result<Value> {
    Ok(Value::text(multirange.to_string()))
}

/// Returns the multirange of the ranges that are given.
fn union_of(arguments: &Arguments<'_>) -> Result<Value> {
    let ranges = arguments.values().filter_map(|value| match value {
        ValueRef::Text(text) => Some(Range::read(text)),
        _ => None,
    });
    print(&Multirange::of(ranges.collect()))
}

/// Tells whether `left operator right`; nothing when the operator is none on multiranges.
pub(super) fn satisfies(operator: &str, left: &str, right: &str) -> Option<bool> {
    let (left, right) = (Multirange::read(left), Multirange::read(right));
    let hulls = (left.hull(), right.hull());
    Some(match operator {
        "@>" => left.contains(&right),
        "<@" => right.contains(&left),
        "&&" => left.overlaps(&right),
        "<<" => range::before(hulls.0, hulls.1),
        ">>" => range::after(hulls.0, hulls.1),
        "&<" => range::not_right_of(hulls.0, hulls.1),
        "&>" => range::not_left_of(hulls.0, hulls.1),
        "-|-" => range::adjacent(hulls.0, hulls.1),
        _ => return None,
    })
}

fn test(arguments: &Arguments<'_>, operator: &str) -> Result<Value> {
    let satisfied = satisfies(operator, arguments.text(0)?, arguments.text(1)?);
    Ok(satisfied.map_or(Value::Null, Value::bool))
}

/// Tells something about the first lower and the last upper bound; false when there are none.
fn bound(arguments: &Arguments<'_>, tell: fn((Bound<'_>, Bound<'_>)) -> bool) -> Result<Value> {
    let bounds = read(arguments, 0)?.hull().bounds();
    Ok(Value::bool(bounds.is_some_and(tell)))
}

/// Returns the value of one of them; null when there is none.
fn end(
    arguments: &Arguments<'_>,
    choose: for<'a> fn((Bound<'a>, Bound<'a>)) -> Bound<'a>,
) -> Result<Value> {
    let types = arguments.types()?;
    let bounds = read(arguments, 0)?.hull().bounds();
    Ok(match (types.first(), bounds) {
        (Some(Type::Multirange(range)), Some(bounds)) => range.value(choose(bounds)),
        _ => Value::Null,
    })
}
