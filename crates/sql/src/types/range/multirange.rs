//! [`Multirange`]: several ranges, none of which meets another.

use std::cmp::Ordering;
use std::fmt;

use underpin_base::{Code, Error, Result, Value, ValueRef};

use super::compare::compare_ranges;
use super::{
    Range, RangeType, adjacent, before, contains, contains_element, input, intersection, merge,
    overlaps, print, subtract,
};
use crate::types::errors::is_space;

/// Ranges in order, none empty, each with something between it and the next.
#[derive(Clone, Debug, PartialEq)]
pub struct Multirange<'a>(Vec<Range<'a>>);

impl<'a> Multirange<'a> {
    /// Returns the union of `ranges`.
    pub fn of(mut ranges: Vec<Range<'a>>) -> Self {
        ranges.retain(|range| *range != Range::Empty);
        ranges.sort_by(|left, right| compare_ranges(*left, *right));
        let mut joined: Vec<Range<'a>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if overlaps(*last, range) || adjacent(*last, range) => {
                    *last = merge(*last, range);
                }
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// Reads the canonical form, or that of one range; anything else is empty.
    pub fn read(canonical: &'a str) -> Self {
        let Some(inside) = canonical
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'))
        else {
            return Self::of(vec![Range::read(canonical)]);
        };
        // A range ends with its bracket, which no bound has in it.
        let ranges = inside.split_inclusive([')', ']']);
        Self::of(
            ranges
                .map(|range| Range::read(range.trim_start_matches(',')))
                .collect(),
        )
    }

    /// Returns the ranges.
    pub fn ranges(&self) -> &[Range<'a>] {
        &self.0
    }

    /// Returns the smallest range that contains all.
    pub fn hull(&self) -> Range<'a> {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) => merge(*first, *last),
            _ => Range::Empty,
        }
    }

    /// Returns the ranges from the first on that does not lie before `range`, found by halves.
    fn from(&self, range: Range<'_>) -> &[Range<'a>] {
        let start = self.0.partition_point(|it| before(*it, range));
        self.0.get(start..).unwrap_or_default()
    }

    /// `self @> other`.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.iter().all(|inner| {
            let outer = self.from(*inner).first();
            outer.is_some_and(|outer| contains(*outer, *inner))
        })
    }

    /// `self @> element`.
    pub fn contains_element(&self, element: ValueRef<'_>) -> bool {
        self.0.iter().any(|range| contains_element(*range, element))
    }

    /// `self && other`.
    pub fn overlaps(&self, other: &Self) -> bool {
        let meets = |right: &Range<'_>| {
            let left = self.from(*right).first();
            left.is_some_and(|left| overlaps(*left, *right))
        };
        other.0.iter().any(meets)
    }

    /// `self + other`.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied().collect())
    }

    /// `self * other`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let common = other.0.iter().flat_map(|right| {
            let met = self.from(*right).iter();
            met.take_while(|left| overlaps(**left, *right))
                .map(|left| intersection(*left, *right))
        });
        Self::of(common.collect())
    }

    /// `self - other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::with_capacity(self.0.len());
        for range in &self.0 {
            let mut rest = vec![*range];
            for taken in other.from(*range) {
                // What is taken lies in the last part, since it comes in order.
                match rest.pop() {
                    Some(last) if overlaps(last, *taken) => rest.extend(subtract(last, *taken)),
                    last => {
                        rest.extend(last);
                        break;
                    }
                }
            }
            left.append(&mut rest);
        }
        Self::of(left)
    }
}

/// Writes the canonical form.
impl fmt::Display for Multirange<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("{")?;
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            range.fmt(formatter)?;
        }
        formatter.write_str("}")
    }
}

/// Compares two canonical multiranges: range by range, the one that ends first coming first.
pub fn compare_multiranges(left: &str, right: &str) -> Ordering {
    let (left, right) = (Multirange::read(left), Multirange::read(right));
    let pairs = left.0.iter().zip(&right.0);
    pairs
        .map(|(left, right)| compare_ranges(*left, *right))
        .find(|order| order.is_ne())
        .unwrap_or_else(|| left.0.len().cmp(&right.0.len()))
}

/// Appends the print of a canonical multirange over `range`.
pub(in crate::types) fn print_multirange(range: RangeType, canonical: &str, out: &mut String) {
    out.push('{');
    for (index, part) in Multirange::read(canonical).0.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        print(range, &part.to_string(), out);
    }
    out.push('}');
}

/// Reads a multirange over `range` as PostgreSQL does (`multirange_in`).
pub(in crate::types) fn input_multirange(range: RangeType, text: &str) -> Result<Value> {
    let parts = parts(text).map_err(|details| {
        Error::new(
            Code::INVALID_TEXT,
            format!("malformed multirange literal: \"{text}\""),
        )
        .details(details)
    })?;
    let values = parts
        .into_iter()
        .map(|part| input(range, part))
        .collect::<Result<Vec<_>>>()?;
    let ranges = values.iter().filter_map(Value::as_text).map(Range::read);
    Ok(Value::text(Multirange::of(ranges.collect()).to_string()))
}

/// Takes a literal apart into the texts of its ranges; the error is PostgreSQL's detail.
fn parts(text: &str) -> Result<Vec<&str>, &'static str> {
    let rest = text.trim_start_matches(is_space);
    let mut rest = rest.strip_prefix('{').ok_or("Missing left brace.")?;
    let mut parts = Vec::new();
    rest = rest.trim_start_matches(is_space);
    if let Some(behind) = rest.strip_prefix('}') {
        return finished(behind, parts);
    }
    loop {
        rest = rest.trim_start_matches(is_space);
        let (part, behind) = first(rest)?;
        parts.push(part);
        rest = behind.trim_start_matches(is_space);
        if let Some(behind) = rest.strip_prefix('}') {
            return finished(behind, parts);
        }
        rest = match rest.strip_prefix(',') {
            Some(behind) => behind,
            None if rest.is_empty() => return Err(OPEN),
            None => return Err("Expected comma or end of multirange."),
        };
    }
}

const OPEN: &str = "Unexpected end of input.";

fn finished<'t>(behind: &str, parts: Vec<&'t str>) -> Result<Vec<&'t str>, &'static str> {
    if behind.trim_start_matches(is_space).is_empty() {
        Ok(parts)
    } else {
        Err("Junk after closing right brace.")
    }
}

/// Splits the range off that `text` begins with.
fn first(text: &str) -> Result<(&str, &str), &'static str> {
    if let Some((word, rest)) = text.split_at_checked("empty".len())
        && word.eq_ignore_ascii_case("empty")
    {
        return Ok((word, rest));
    }
    match text.chars().next() {
        None => return Err(OPEN),
        Some('[' | '(') => {}
        Some(_) => return Err("Expected range start."),
    }
    let mut quoted = false;
    let mut characters = text.char_indices();
    while let Some((offset, character)) = characters.next() {
        match character {
            ')' | ']' if !quoted => return text.split_at_checked(offset + 1).ok_or(OPEN),
            '"' => quoted = !quoted,
            '\\' => {
                characters.next();
            }
            _ => {}
        }
    }
    Err(OPEN)
}
