//! Ranges: `int4range`, `int8range`, `numrange`, `daterange`, `tsrange` and `tstzrange`; and their multiranges.
//!
//! The canonical form is `empty`, or the canonical bounds between their brackets (`[1,5)`, `[1704067200000000,)`), a bound that is
//! left out being infinite. Over whole numbers and days a range is closed below and open above, so that equal ranges have one
//! form; those of `numrange` are told equal by its collation, since `1` and `1.0` are. What is printed is `print`.

mod compare;
mod input;
mod multirange;
mod operation;
mod print;

#[cfg(test)]
mod tests;

use std::fmt;

use underpin_base::{Code, Error, Result, Value, ValueRef};

pub use compare::compare;
pub use multirange::{Multirange, compare_multiranges};
pub use operation::{
    adjacent, after, before, contains, contains_element, difference, intersection, merge,
    not_left_of, not_right_of, overlaps, union,
};

pub(super) use input::input;
pub(super) use multirange::{input_multirange, print_multirange};
pub(super) use print::print;

use operation::subtract;

use super::errors::out_of_range;
use super::{Type, datetime};
use compare::{End, ends, values};

/// What a range is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are PostgreSQL's types")]
pub enum RangeType {
    Int4,
    Int8,
    Numeric,
    Date,
    Timestamp,
    TimestampTz,
}

/// A bound of a range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound<'a> {
    /// The canonical value; nothing when the range goes on without end.
    pub value: Option<ValueRef<'a>>,
    /// The value itself is within the range.
    pub inclusive: bool,
}

/// A range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range<'a> {
    /// It contains nothing.
    Empty,
    /// What lies between a lower and an upper bound.
    Between(Bound<'a>, Bound<'a>),
}

impl RangeType {
    /// Every range type.
    pub const ALL: [Self; 6] = [
        Self::Int4,
        Self::Int8,
        Self::Numeric,
        Self::Date,
        Self::Timestamp,
        Self::TimestampTz,
    ];

    /// Returns the range type of PostgreSQL's name `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.name() == name)
    }

    /// Returns PostgreSQL's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int4 => "int4range",
            Self::Int8 => "int8range",
            Self::Numeric => "numrange",
            Self::Date => "daterange",
            Self::Timestamp => "tsrange",
            Self::TimestampTz => "tstzrange",
        }
    }

    /// Returns the range type whose multirange has PostgreSQL's name `name`.
    pub fn of_multirange(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|range| range.multirange_name() == name)
    }

    /// Returns PostgreSQL's name of the multirange.
    pub fn multirange_name(self) -> &'static str {
        match self {
            Self::Int4 => "int4multirange",
            Self::Int8 => "int8multirange",
            Self::Numeric => "nummultirange",
            Self::Date => "datemultirange",
            Self::Timestamp => "tsmultirange",
            Self::TimestampTz => "tstzmultirange",
        }
    }

    /// Returns the type of the bounds.
    pub fn subtype(self) -> Type {
        match self {
            Self::Int4 => Type::Int4,
            Self::Int8 => Type::Int8,
            Self::Numeric => Type::Numeric,
            Self::Date => Type::Date,
            Self::Timestamp => Type::Timestamp,
            Self::TimestampTz => Type::TimestampTz,
        }
    }

    /// Returns the range between two bounds, canonical.
    ///
    /// # Errors
    /// `22000` when the lower bound is above the upper, and `22003` or `22008` when the next value of a bound is none of its type.
    pub fn between<'a>(self, lower: Bound<'a>, upper: Bound<'a>) -> Result<Range<'a>> {
        let range = Range::between(lower, upper)?;
        let Range::Between(lower, upper) = range else {
            return Ok(range);
        };
        let lower = if lower.inclusive {
            lower
        } else {
            self.next(lower)?
        };
        let upper = if upper.inclusive {
            self.next(upper)?
        } else {
            upper
        };
        Range::between(lower, upper)
    }

    /// Returns `bound` moved to the next value, the other way of its bracket, where the type counts in steps.
    fn next(self, bound: Bound<'_>) -> Result<Bound<'_>> {
        let (last, error): (i64, fn() -> Error) = match self {
            Self::Int4 => (i32::MAX.into(), || out_of_range("integer")),
            Self::Int8 => (i64::MAX, || out_of_range("bigint")),
            Self::Date => (datetime::DAYS_END - 1, || {
                Error::new(Code::DATETIME_OVERFLOW, "date out of range")
            }),
            Self::Numeric | Self::Timestamp | Self::TimestampTz => return Ok(bound),
        };
        let Some(ValueRef::Int(value)) = bound.value else {
            return Ok(bound);
        };
        let infinite = [datetime::DATE_INFINITY, datetime::DATE_NEGATIVE_INFINITY];
        if self == Self::Date && infinite.contains(&value) {
            return Ok(bound);
        }
        if value >= last {
            return Err(error());
        }
        Ok(Bound {
            value: Some(ValueRef::Int(value + 1)),
            inclusive: !bound.inclusive,
        })
    }

    /// Returns a bound as a value of the bounds' type; null when it is infinite.
    pub fn value(self, bound: Bound<'_>) -> Value {
        match bound.value {
            None => Value::Null,
            Some(ValueRef::Int(value)) if self == Self::Numeric => Value::text(value.to_string()),
            Some(value) => value.to_value(),
        }
    }
}

impl<'a> Range<'a> {
    /// Reads the canonical form; anything else is empty.
    pub fn read(canonical: &'a str) -> Self {
        Self::parts(canonical).unwrap_or(Self::Empty)
    }

    fn parts(canonical: &'a str) -> Option<Self> {
        let lower_inclusive = canonical.starts_with('[');
        let upper_inclusive = canonical.ends_with(']');
        let inside = canonical.strip_prefix(['[', '('])?;
        let (lower, upper) = inside.strip_suffix([']', ')'])?.split_once(',')?;
        let bound = |text: &'a str, inclusive| Bound {
            value: (!text.is_empty()).then(|| match text.parse() {
                Ok(value) => ValueRef::Int(value),
                Err(_) => ValueRef::Text(text),
            }),
            inclusive,
        };
        Some(Self::Between(
            bound(lower, lower_inclusive),
            bound(upper, upper_inclusive),
        ))
    }

    /// Returns the range between two bounds, of whatever type.
    ///
    /// # Errors
    /// `22000` when the lower bound is above the upper.
    fn between(lower: Bound<'a>, upper: Bound<'a>) -> Result<Self> {
        if let (Some(low), Some(high)) = (lower.value, upper.value) {
            let order = values(low, high);
            if order.is_gt() {
                return Err(Error::new(
                    Code::new("22000"),
                    "range lower bound must be less than or equal to range upper bound",
                ));
            }
            if order.is_eq() && !(lower.inclusive && upper.inclusive) {
                return Ok(Self::Empty);
            }
        }
        // What has no end cannot be reached.
        let reachable = |bound: Bound<'a>| Bound {
            inclusive: bound.inclusive && bound.value.is_some(),
            ..bound
        };
        Ok(Self::Between(reachable(lower), reachable(upper)))
    }

    /// Returns the bounds; nothing for the empty range.
    pub fn bounds(self) -> Option<(Bound<'a>, Bound<'a>)> {
        match self {
            Self::Empty => None,
            Self::Between(lower, upper) => Some((lower, upper)),
        }
    }

    /// Returns both ends, which know on which side they are; nothing for the empty range.
    fn ends(self) -> Option<(End<'a>, End<'a>)> {
        self.bounds().map(|(lower, upper)| ends(lower, upper))
    }
}

/// Writes the canonical form.
impl fmt::Display for Range<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Between(lower, upper) = self else {
            return formatter.write_str("empty");
        };
        formatter.write_str(if lower.inclusive { "[" } else { "(" })?;
        write_value(formatter, lower.value)?;
        formatter.write_str(",")?;
        write_value(formatter, upper.value)?;
        formatter.write_str(if upper.inclusive { "]" } else { ")" })
    }
}

fn write_value(formatter: &mut fmt::Formatter<'_>, value: Option<ValueRef<'_>>) -> fmt::Result {
    match value {
        Some(ValueRef::Int(value)) => write!(formatter, "{value}"),
        Some(ValueRef::Text(value)) => formatter.write_str(value),
        _ => Ok(()),
    }
}

/// Returns the range that a constructor makes of two values (`tstzrange(a, b, '[]')`); a bound that is null is infinite.
///
/// # Errors
/// `42601` for flags that are none, `22000` for those that are null, and those of [`RangeType::between`].
pub fn construct(
    range: RangeType,
    lower: ValueRef<'_>,
    upper: ValueRef<'_>,
    flags: Option<&str>,
) -> Result<Value> {
    let Some(flags) = flags else {
        return Err(Error::new(
            Code::new("22000"),
            "range constructor flags argument must not be null",
        ));
    };
    let (lower_inclusive, upper_inclusive) = match flags {
        "[]" => (true, true),
        "[)" => (true, false),
        "(]" => (false, true),
        "()" => (false, false),
        _ => {
            return Err(Error::new(Code::SYNTAX, "invalid range bound flags")
                .hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\"."));
        }
    };
    let bound = |value, inclusive| Bound {
        value: (value != ValueRef::Null).then_some(value),
        inclusive,
    };
    let range = range.between(bound(lower, lower_inclusive), bound(upper, upper_inclusive))?;
    Ok(Value::text(range.to_string()))
}
