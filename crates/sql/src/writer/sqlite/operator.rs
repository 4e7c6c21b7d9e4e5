//! Binary operators: SQLite's own where it means the same, else the registered function for the operands' types.

use underpin_base::{Code, Error, Result, Value};

use super::code::{type_code, types_code};
use super::collation::Purpose;
use super::writer::Writer;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind};
use crate::types::{Type, text};
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `left operator right`.
    pub(super) fn operator(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<()> {
        if let Some(symbol) = plain_comparison(operator) {
            if matches!(left.kind, ExprKind::Row(_)) && matches!(right.kind, ExprKind::Row(_)) {
                return self.row_comparison(operator, left, right);
            }
            let purpose = match operator {
                Operator::Equal | Operator::NotEqual => Purpose::Equality,
                _ => Purpose::Order,
            };
            return self.comparison(left, symbol, right, purpose);
        }
        if let Some(symbol) = native(operator, &left.ty, &right.ty) {
            self.around("(", left, symbol)?;
            return self.around("", right, ")");
        }
        if operator == Operator::Like && matches!(left.kind, ExprKind::Column { .. }) {
            return self.like(left, right);
        }
        self.operator_call(operator, left, right)
    }

    fn operator_call(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<()> {
        if operator == Operator::Concatenate
            && let Some(name) = array_concatenation(&left.ty, &right.ty)
        {
            let codes = types_code([&left.ty, &right.ty]);
            return self.typed_call(name, &codes, [left, right]);
        }
        if let (Some(name), Type::Array(_)) = (array_function(operator), &left.ty) {
            return self.typed_call(name, &type_code(&left.ty), [left, right]);
        }
        // `interval + timestamp` is `timestamp + interval`: one function serves both.
        let (left, right) = if is_swapped(operator, &left.ty, &right.ty) {
            (right, left)
        } else {
            (left, right)
        };
        let Some(name) = operator_function(operator, &left.ty, &right.ty) else {
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!(
                    "operator does not exist: {} {} {}",
                    left.ty,
                    operator.symbol(),
                    right.ty
                ),
            ));
        };
        self.push(name);
        self.around("(", left, ", ")?;
        self.around("", right, ")")
    }

    /// Writes `column like pattern`; a constant pattern that starts with plain characters adds the range of what starts so,
    /// which an index serves.
    fn like(&mut self, left: &Expr, right: &Expr) -> Result<()> {
        let range = match (&left.ty, &right.kind) {
            (Type::Text | Type::Varchar | Type::Name, ExprKind::Constant(Value::Text(pattern))) => {
                prefix_range(pattern)
            }
            _ => None,
        };
        let Some((from, to)) = range else {
            return self.operator_call(Operator::Like, left, right);
        };
        self.around("(", left, " >= ")?;
        self.value(&Value::text(from));
        if let Some(to) = to {
            self.around(" AND ", left, " < ")?;
            self.value(&Value::text(to));
        }
        self.push(" AND ");
        self.operator_call(Operator::Like, left, right)?;
        self.push(")");
        Ok(())
    }
}

/// Returns SQLite's symbol of a comparison.
pub(super) fn plain_comparison(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Equal => " = ",
        Operator::NotEqual => " <> ",
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterOrEqual => " >= ",
        _ => return None,
    })
}

/// Returns SQLite's operator where it means what PostgreSQL's means on these types.
fn native(operator: Operator, left: &Type, right: &Type) -> Option<&'static str> {
    match operator {
        Operator::BitAnd if left.is_integer() && right.is_integer() => Some(" & "),
        Operator::BitOr if left.is_integer() && right.is_integer() => Some(" | "),
        Operator::Concatenate if is_string(left) && is_string(right) => Some(" || "),
        _ => None,
    }
}

fn is_string(ty: &Type) -> bool {
    ty.is_text() || matches!(ty, Type::Unknown | Type::Xml)
}

fn is_swapped(operator: Operator, left: &Type, right: &Type) -> bool {
    match operator {
        Operator::Add => {
            let moment = |ty: &Type| {
                matches!(
                    ty,
                    Type::Date | Type::Time | Type::Timestamp | Type::TimestampTz
                )
            };
            (left.is_integer() && *right == Type::Date)
                || (*left == Type::Interval && moment(right))
                || (*left == Type::Time && *right == Type::Date)
        }
        Operator::Multiply => *right == Type::Interval,
        _ => false,
    }
}

fn array_concatenation(left: &Type, right: &Type) -> Option<&'static str> {
    match (left.element(), right.element()) {
        (Some(_), Some(element)) if element == left => Some("pg_array_prepend"),
        (Some(element), Some(_)) if element == right => Some("pg_array_append"),
        (Some(_), Some(_)) => Some("pg_array_cat"),
        (Some(_), None) => Some("pg_array_append"),
        (None, Some(_)) => Some("pg_array_prepend"),
        (None, None) => None,
    }
}

/// Returns the range of texts that start with the plain characters of `pattern`; the end is absent when there is none.
fn prefix_range(pattern: &str) -> Option<(String, Option<String>)> {
    let mut prefix = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '_' => break,
            '\\' => prefix.push(characters.next()?),
            other => prefix.push(other),
        }
    }
    if prefix.is_empty() {
        return None;
    }
    let end = text::after_prefix(&prefix);
    Some((prefix, end))
}

/// Returns the registered function of `operator` on these types, if the pair has one. It takes the operands in this order, and is
/// null when one of them is.
pub fn operator_function(operator: Operator, left: &Type, right: &Type) -> Option<&'static str> {
    if let (Some(left), Some(right)) = (number(left), number(right)) {
        return number_function(operator, left.max(right));
    }
    match (left, right) {
        (Type::Json | Type::Jsonb, _) => json_function(operator, *left == Type::Jsonb, right),
        (Type::Bytea, Type::Bytea) if operator == Operator::Concatenate => {
            Some("pg_bytea_concatenate")
        }
        (Type::TsVector | Type::TsQuery, _) | (_, Type::TsQuery) => {
            search_function(operator, left, right)
        }
        (Type::Text, Type::Text) if operator == Operator::Finds => Some("pg_text_finds_text"),
        _ if is_string(left) && is_string(right) => {
            text_function(operator, *left == Type::Citext || *right == Type::Citext)
        }
        (Type::Multirange(_), Type::Range(_) | Type::Multirange(_))
        | (Type::Range(_), Type::Multirange(_)) => multirange_function(operator),
        (Type::Multirange(_), _) if operator == Operator::Contains => {
            Some("pg_multirange_contains_element")
        }
        (_, Type::Multirange(_)) if operator == Operator::ContainedBy => {
            Some("pg_multirange_element_contained")
        }
        (Type::Range(_), right) => range_function(operator, matches!(right, Type::Range(_))),
        (_, Type::Range(_)) if operator == Operator::ContainedBy => {
            Some("pg_range_element_contained")
        }
        (Type::Inet | Type::Cidr, Type::Inet | Type::Cidr) => network_function(operator),
        _ => time_function(operator, left, right),
    }
}

/// The kinds of number, each of which contains those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Number {
    Int2,
    Int4,
    Int8,
    Numeric,
    Float4,
    Float8,
}

fn number(ty: &Type) -> Option<Number> {
    Some(match ty {
        Type::Int2 => Number::Int2,
        Type::Int4 => Number::Int4,
        Type::Int8 | Type::Oid => Number::Int8,
        Type::Numeric => Number::Numeric,
        Type::Float4 => Number::Float4,
        Type::Float8 => Number::Float8,
        _ => return None,
    })
}

fn number_function(operator: Operator, number: Number) -> Option<&'static str> {
    use Number::{Float4, Float8, Int2, Int4, Int8, Numeric};
    Some(match (operator, number) {
        (Operator::Add, Int2) => "pg_int2_add",
        (Operator::Add, Int4) => "pg_int4_add",
        (Operator::Add, Int8) => "pg_int8_add",
        (Operator::Add, Numeric) => "pg_numeric_add",
        (Operator::Add, Float4) => "pg_float4_add",
        (Operator::Add, Float8) => "pg_float8_add",
        (Operator::Subtract, Int2) => "pg_int2_subtract",
        (Operator::Subtract, Int4) => "pg_int4_subtract",
        (Operator::Subtract, Int8) => "pg_int8_subtract",
        (Operator::Subtract, Numeric) => "pg_numeric_subtract",
        (Operator::Subtract, Float4) => "pg_float4_subtract",
        (Operator::Subtract, Float8) => "pg_float8_subtract",
        (Operator::Multiply, Int2) => "pg_int2_multiply",
        (Operator::Multiply, Int4) => "pg_int4_multiply",
        (Operator::Multiply, Int8) => "pg_int8_multiply",
        (Operator::Multiply, Numeric) => "pg_numeric_multiply",
        (Operator::Multiply, Float4) => "pg_float4_multiply",
        (Operator::Multiply, Float8) => "pg_float8_multiply",
        (Operator::Divide, Int2) => "pg_int2_divide",
        (Operator::Divide, Int4) => "pg_int4_divide",
        (Operator::Divide, Int8) => "pg_int8_divide",
        (Operator::Divide, Numeric) => "pg_numeric_divide",
        (Operator::Divide, Float4) => "pg_float4_divide",
        (Operator::Divide, Float8) => "pg_float8_divide",
        (Operator::Modulo, Int2 | Int4 | Int8) => "pg_int_modulo",
        (Operator::Modulo, Numeric) => "pg_numeric_modulo",
        (Operator::Power, Float4 | Float8) => "pg_float8_power",
        (Operator::Power, Numeric) => "pg_numeric_power",
        (Operator::BitXor, Int2 | Int4 | Int8) => "pg_int_xor",
        (Operator::ShiftLeft, Int2) => "pg_int2_shift_left",
        (Operator::ShiftLeft, Int4) => "pg_int4_shift_left",
        (Operator::ShiftLeft, Int8) => "pg_int8_shift_left",
        (Operator::ShiftRight, Int2) => "pg_int2_shift_right",
        (Operator::ShiftRight, Int4) => "pg_int4_shift_right",
        (Operator::ShiftRight, Int8) => "pg_int8_shift_right",
        _ => return None,
    })
}

fn text_function(operator: Operator, ignores_case: bool) -> Option<&'static str> {
    Some(match (operator, ignores_case) {
        (Operator::Like, false) => "pg_like",
        (Operator::Like, true) | (Operator::ILike, _) => "pg_ilike",
        (Operator::Similar, _) => "pg_similar",
        (Operator::Match, false) => "pg_match",
        (Operator::Match, true) | (Operator::IMatch, _) => "pg_imatch",
        _ => return None,
    })
}

fn array_function(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Contains => "underpin_array_contains",
        Operator::ContainedBy => "underpin_array_contained",
        Operator::Overlaps => "underpin_array_overlaps",
        _ => return None,
    })
}

fn network_function(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::ShiftLeft => "pg_network_within",
        Operator::ShiftRight => "pg_network_around",
        Operator::Overlaps => "pg_network_overlaps",
        _ => return None,
    })
}

fn range_function(operator: Operator, with_range: bool) -> Option<&'static str> {
    Some(match operator {
        Operator::Contains if !with_range => "pg_range_contains_element",
        _ if !with_range => return None,
        Operator::Contains => "pg_range_contains",
        Operator::ContainedBy => "pg_range_contained",
        Operator::Overlaps => "pg_range_overlaps",
        Operator::ShiftLeft => "pg_range_before",
        Operator::ShiftRight => "pg_range_after",
        Operator::NotRightOf => "pg_range_not_right_of",
        Operator::NotLeftOf => "pg_range_not_left_of",
        Operator::Adjacent => "pg_range_adjacent",
        Operator::Add => "pg_range_union",
        Operator::Subtract => "pg_range_difference",
        Operator::Multiply => "pg_range_intersection",
        _ => return None,
    })
}

fn multirange_function(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Contains => "pg_multirange_contains",
        Operator::ContainedBy => "pg_multirange_contained",
        Operator::Overlaps => "pg_multirange_overlaps",
        Operator::ShiftLeft => "pg_multirange_before",
        Operator::ShiftRight => "pg_multirange_after",
        Operator::NotRightOf => "pg_multirange_not_right_of",
        Operator::NotLeftOf => "pg_multirange_not_left_of",
        Operator::Adjacent => "pg_multirange_adjacent",
        Operator::Add => "pg_multirange_union",
        Operator::Subtract => "pg_multirange_difference",
        Operator::Multiply => "pg_multirange_intersection",
        _ => return None,
    })
}

fn json_function(operator: Operator, binary: bool, right: &Type) -> Option<&'static str> {
    let index = right.is_integer();
    Some(match (operator, binary) {
        (Operator::JsonGet, _) if index => "pg_json_element",
        (Operator::JsonGet, _) => "pg_json_member",
        (Operator::JsonGetText, false) if index => "pg_json_element_text",
        (Operator::JsonGetText, false) => "pg_json_member_text",
        (Operator::JsonGetText, true) if index => "pg_jsonb_element_text",
        (Operator::JsonGetText, true) => "pg_jsonb_member_text",
        (Operator::JsonPath, _) => "pg_json_path",
        (Operator::JsonPathText, false) => "pg_json_path_text",
        (Operator::JsonPathText, true) => "pg_jsonb_path_text",
        (Operator::Contains, true) => "pg_jsonb_contains",
        (Operator::ContainedBy, true) => "pg_jsonb_contained",
        (Operator::HasKey, true) => "pg_jsonb_has_key",
        (Operator::HasAnyKey, true) => "pg_jsonb_has_any_key",
        (Operator::HasAllKeys, true) => "pg_jsonb_has_all_keys",
        (Operator::Concatenate, true) => "pg_jsonb_concatenate",
        (Operator::Subtract, true) if index => "pg_jsonb_delete_element",
        (Operator::Subtract, true) if right.element().is_some() => "pg_jsonb_delete_members",
        (Operator::Subtract, true) => "pg_jsonb_delete_member",
        (Operator::JsonDeletePath, true) => "pg_jsonb_delete_path",
        _ => return None,
    })
}

fn search_function(operator: Operator, left: &Type, right: &Type) -> Option<&'static str> {
    use Type::{Text, TsQuery, TsVector};
    Some(match (operator, left, right) {
        (Operator::Finds, TsVector, TsQuery) => "pg_tsvector_finds",
        (Operator::Finds, TsQuery, TsVector) => "pg_tsquery_finds",
        (Operator::Finds, Text, TsQuery) => "pg_text_finds",
        (Operator::Concatenate, TsVector, TsVector) => "pg_tsvector_concatenate",
        (Operator::Concatenate, TsQuery, TsQuery) => "pg_tsquery_or",
        (Operator::Overlaps, TsQuery, TsQuery) => "pg_tsquery_and",
        (Operator::Phrase, TsQuery, TsQuery) => "pg_tsquery_phrase",
        (Operator::Contains, TsQuery, TsQuery) => "pg_tsquery_contains",
        (Operator::ContainedBy, TsQuery, TsQuery) => "pg_tsquery_contained",
        _ => return None,
    })
}

fn time_function(operator: Operator, left: &Type, right: &Type) -> Option<&'static str> {
    use Type::{Date, Interval, Time, Timestamp, TimestampTz};
    let integer = right.is_integer();
    let factor = right.is_numeric();
    Some(match (operator, left, right) {
        (Operator::Add, Date, _) if integer => "pg_date_add",
        (Operator::Subtract, Date, _) if integer => "pg_date_subtract",
        (Operator::Subtract, Date, Date) => "pg_date_difference",
        (Operator::Add, Date, Interval) => "pg_date_add_interval",
        (Operator::Subtract, Date, Interval) => "pg_date_subtract_interval",
        (Operator::Add, Date, Time) => "pg_date_add_time",
        (Operator::Add, Timestamp | TimestampTz, Interval) => "pg_timestamp_add",
        (Operator::Subtract, Timestamp | TimestampTz, Interval) => "pg_timestamp_subtract",
        (Operator::Subtract, Timestamp | TimestampTz, Timestamp | TimestampTz) => {
            "pg_timestamp_difference"
        }
        (Operator::Add, Time, Interval) => "pg_time_add",
        (Operator::Subtract, Time, Interval) => "pg_time_subtract",
        (Operator::Subtract, Time, Time) => "pg_time_difference",
        (Operator::Add, Interval, Interval) => "pg_interval_add",
        (Operator::Subtract, Interval, Interval) => "pg_interval_subtract",
        (Operator::Multiply, Interval, _) if factor => "pg_interval_multiply",
        (Operator::Divide, Interval, _) if factor => "pg_interval_divide",
        _ => return None,
    })
}
