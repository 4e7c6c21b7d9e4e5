//! Ranges: the operations of [`underpin_sql::types::range`] under their names in SQLite.

use underpin_base::{Result, Value};
use underpin_sql::types::range::{self, Bound, Range};
use underpin_sql::types::{RangeType, Type};

use super::arguments::Arguments;
use super::registry::Row;

/// The implementations.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_int4range", |a| construct(a, RangeType::Int4)),
    ("pg_int4range_flags", |a| construct(a, RangeType::Int4)),
    ("pg_int8range", |a| construct(a, RangeType::Int8)),
    ("pg_int8range_flags", |a| construct(a, RangeType::Int8)),
    ("pg_numrange", |a| construct(a, RangeType::Numeric)),
    ("pg_numrange_flags", |a| construct(a, RangeType::Numeric)),
    ("pg_daterange", |a| construct(a, RangeType::Date)),
    ("pg_daterange_flags", |a| construct(a, RangeType::Date)),
    ("pg_tsrange", |a| construct(a, RangeType::Timestamp)),
    ("pg_tsrange_flags", |a| construct(a, RangeType::Timestamp)),
    ("pg_tstzrange", |a| construct(a, RangeType::TimestampTz)),
    ("pg_tstzrange_flags", |a| construct(a, RangeType::TimestampTz)),
    ("pg_range_contains", |a| test(a, range::contains)),
    ("pg_range_contained", |a| test(a, |left, right| range::contains(right, left))),
    ("pg_range_contains_element", |a| Ok(Value::bool(range::contains_element(read(a, 0)?, a.get(1))))),
    ("pg_range_element_contained", |a| Ok(Value::bool(range::contains_element(read(a, 1)?, a.get(0))))),
    ("pg_range_overlaps", |a| test(a, range::overlaps)),
    ("pg_range_before", |a| test(a, range::before)),
    ("pg_range_after", |a| test(a, range::after)),
    ("pg_range_not_right_of", |a| test(a, range::not_right_of)),
    ("pg_range_not_left_of", |a| test(a, range::not_left_of)),
    ("pg_range_adjacent", |a| test(a, range::adjacent)),
    ("pg_range_union", |a| print(range::union(read(a, 0)?, read(a, 1)?)?)),
    ("pg_range_difference", |a| print(range::difference(read(a, 0)?, read(a, 1)?)?)),
    ("pg_range_intersection", |a| print(range::intersection(read(a, 0)?, read(a, 1)?))),
    ("pg_range_merge", |a| print(range::merge(read(a, 0)?, read(a, 1)?))),
    ("pg_range_is_empty", |a| Ok(Value::bool(read(a, 0)? == Range::Empty))),
    ("pg_range_lower", |a| end(a, |(lower, _)| lower)),
    ("pg_range_upper", |a| end(a, |(_, upper)| upper)),
    ("pg_range_lower_inc", |a| bound(a, |(lower, _)| lower.inclusive)),
    ("pg_range_upper_inc", |a| bound(a, |(_, upper)| upper.inclusive)),
    ("pg_range_lower_inf", |a| bound(a, |(lower, _)| lower.value.is_none())),
    ("pg_range_upper_inf", |a| bound(a, |(_, upper)| upper.value.is_none())),
];

/// Returns argument `index`, which is a range.
fn read<'a>(arguments: &Arguments<'a>, index: usize) -> Result<Range<'a>> {
    arguments.text(index).map(Range::read)
}

/// Tells whether `left operator right`; nothing when the operator is none on ranges.
pub(super) fn satisfies(operator: &str, left: Range<'_>, right: Range<'_>) -> Option<bool> {
    Some(match operator {
        "@>" => range::contains(left, right),
        "<@" => range::contains(right, left),
        "&&" => range::overlaps(left, right),
        "<<" => range::before(left, right),
        ">>" => range::after(left, right),
        "&<" => range::not_right_of(left, right),
        "&>" => range::not_left_of(left, right),
        "-|-" => range::adjacent(left, right),
        _ => return None,
    })
}

fn print(range: Range<'_>) -> Result<Value> {
    Ok(Value::text(range.to_string()))
}

fn test(arguments: &Arguments<'_>, operator: fn(Range<'_>, Range<'_>) -> bool) -> Result<Value> {
    Ok(Value::bool(operator(
        read(arguments, 0)?,
        read(arguments, 1)?,
    )))
}

/// Tells something about the bounds; false for the empty range, which has none.
fn bound(arguments: &Arguments<'_>, tell: fn((Bound<'_>, Bound<'_>)) -> bool) -> Result<Value> {
    Ok(Value::bool(read(arguments, 0)?.bounds().is_some_and(tell)))
}

/// Returns the value of a bound; null when there is none.
fn end(
    arguments: &Arguments<'_>,
    choose: for<'a> fn((Bound<'a>, Bound<'a>)) -> Bound<'a>,
) -> Result<Value> {
    let types = arguments.types()?;
    let bounds = read(arguments, 0)?.bounds();
    Ok(match (types.first(), bounds) {
        (Some(Type::Range(range)), Some(bounds)) => range.value(choose(bounds)),
        _ => Value::Null,
    })
}

/// `tstzrange(lower, upper)`, `tstzrange(lower, upper, flags)`.
fn construct(arguments: &Arguments<'_>, range: RangeType) -> Result<Value> {
    let flags = if arguments.len() > 2 {
        arguments.optional_text(2)?
    } else {
        Some("[)")
    };
    range::construct(range, arguments.get(0), arguments.get(1), flags)
}
