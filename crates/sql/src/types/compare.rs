//! [`compare`]: the order of canonical values, as PostgreSQL's default operator class of their type has it.

use std::cmp::Ordering;

use super::array::Elements;
use super::io::from_json_value;
use super::json::{Kind, kind};
use super::{
    ColumnType, CompositeType, Type, Value, ValueRef, datetime, enumeration, float, interval, json,
    network, numeric, range, search,
};

/// Compares two canonical values of type `ty`; nulls are last and equal to each other.
pub fn compare(ty: &Type, left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    match (left, right) {
        (ValueRef::Null, ValueRef::Null) => Ordering::Equal,
        (ValueRef::Null, _) => Ordering::Greater,
        (_, ValueRef::Null) => Ordering::Less,
        (ValueRef::Int(left), ValueRef::Int(right)) => left.cmp(&right),
        (ValueRef::Bytes(left), ValueRef::Bytes(right)) => left.cmp(right),
        (ValueRef::Text(left), ValueRef::Text(right)) => texts(ty, left, right),
        _ => floats(left, right),
    }
}

/// Compares numbers, of which NaN is the greatest and equal to itself.
fn floats(left: ValueRef<'_>, right: ValueRef<'_>) -> Ordering {
    match (float::from_value(left), float::from_value(right)) {
        (Some(left), Some(right)) => left
            .partial_cmp(&right)
            .unwrap_or_else(|| left.is_nan().cmp(&right.is_nan())),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

fn texts(ty: &Type, left: &str, right: &str) -> Ordering {
    match ty {
        Type::Float4 | Type::Float8 => floats(ValueRef::Text(left), ValueRef::Text(right)),
        Type::Numeric => numeric::compare(left, right),
        Type::Bpchar => left.trim_end_matches(' ').cmp(right.trim_end_matches(' ')),
        Type::Citext => citext(left, right),
        Type::TimeTz => datetime::compare_timetz(left, right),
        Type::Interval => interval::compare(left, right),
        Type::Enum(named) => enumeration::position(named, left)
            .cmp(&enumeration::position(named, right))
            .then_with(|| left.cmp(right)),
        Type::Inet | Type::Cidr => network::compare(left, right),
        Type::Range(_) => range::compare(left, right),
        Type::Multirange(_) => range::compare_multiranges(left, right),
        Type::TsVector => search::compare_vectors(left, right),
        Type::TsQuery => search::compare_queries(left, right),
        Type::Jsonb => json::compare(left, right),
        Type::Array(element) => arrays(element, left, right),
        Type::Composite(named) => composites(named, left, right),
        _ => left.cmp(right),
    }
}

/// Compares as `citext` does: in lower case.
pub fn citext(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        return left.bytes().map(lower).cmp(right.bytes().map(lower));
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}

fn read(ty: &ColumnType, json: &str) -> Value {
    from_json_value(ty, json).unwrap_or_default()
}

/// Compares element by element, then by length, then by the number of dimensions.
fn arrays(element: &Type, left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    let column = ColumnType::plain(element.clone());
    let (mut left_items, mut right_items) = (Vec::new(), Vec::new());
    let left_dimensions = flatten(element, left, &mut left_items);
    let right_dimensions = flatten(element, right, &mut right_items);
    for (left, right) in left_items.iter().zip(&right_items) {
        let (left, right) = (read(&column, left), read(&column, right));
        let order = compare(element, ValueRef::from(&left), ValueRef::from(&right));
        if order != Ordering::Equal {
            return order;
        }
    }
    left_items
        .len()
        .cmp(&right_items.len())
        .then_with(|| left_dimensions.len().cmp(&right_dimensions.len()))
        .then_with(|| left_dimensions.cmp(&right_dimensions))
}

/// Appends the elements of all dimensions in order; returns the lengths of the dimensions.
fn flatten<'a>(element: &Type, array: &'a str, out: &mut Vec<&'a str>) -> Vec<usize> {
    let mut lengths = vec![0];
    for item in Elements::new(array) {
        if let Some(length) = lengths.first_mut() {
            *length += 1;
        }
        if kind(item) == Kind::Array && !element.is_json() {
            let inner = flatten(element, item, out);
            lengths.truncate(1);
            lengths.extend(inner);
        } else {
            out.push(item);
        }
    }
    lengths
}

fn composites(named: &CompositeType, left: &str, right: &str) -> Ordering {
    for (name, column) in &named.fields {
        let field = |row| json::member(row, name).map_or(Value::Null, |it| read(column, it));
        let (left, right) = (field(left), field(right));
        let order = compare(&column.ty, ValueRef::from(&left), ValueRef::from(&right));
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}
