//! Printing ranges as PostgreSQL does (`range_out`).

use super::{Bound, Range, RangeType};
use crate::types::io;
use crate::types::{Type, ValueRef};

/// Appends the print of a canonical range of type `range`.
pub(in crate::types) fn print(range: RangeType, canonical: &str, out: &mut String) {
    let Range::Between(lower, upper) = Range::read(canonical) else {
        out.push_str("empty");
        return;
    };
    let subtype = range.subtype();
    out.push(if lower.inclusive { '[' } else { '(' });
    bound(&subtype, lower, out);
    out.push(',');
    bound(&subtype, upper, out);
    out.push(if upper.inclusive { ']' } else { ')' });
}

/// Appends a bound; what has white space in it is quoted, and no bound has anything else that must be.
fn bound(subtype: &Type, bound: Bound<'_>, out: &mut String) {
    let value = bound.value.unwrap_or(ValueRef::Null);
    let start = out.len();
    io::output(subtype, value, out);
    if out
        .get(start..)
        .is_some_and(|printed| printed.contains(' '))
    {
        out.insert(start, '"');
        out.push('"');
    }
}
