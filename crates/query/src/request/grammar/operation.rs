//! `not.operator.value`: the right side of a filter.

use super::name::{is_name_character, quoted};
use super::{Budget, Cursor, Failure, Parse, within};
use crate::request::{Operation, Quantifier, RangeOperator, Truth};

/// Where an operation stands, which decides where its value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::request) enum Place {
    /// It is the whole value of a parameter: an operand goes to its end and is never quoted.
    Parameter,
    /// It is within a logic tree: an operand goes to the next `,` or `)` unless it is quoted or an array.
    Tree,
}

const OPERATOR: &str = "operator (eq, gt, ...)";

/// How an operator goes on after its name.
enum Kind {
    /// It takes `(any)` or `(all)`.
    Quantified(fn(String, Option<Quantifier>) -> Operation),
    /// Quantified, and its `*` stands for `%`, which a URL would have to encode.
    Pattern(fn(String, Option<Quantifier>) -> Operation),
    Simple(fn(String) -> Operation),
    Range(RangeOperator),
    /// It takes `(configuration)`.
    TextSearch(&'static str),
    In,
    Is,
}

/// The operators of PostgREST.
const OPERATORS: &[(&str, Kind)] = &[
    ("eq", Kind::Quantified(Operation::Equal)),
    ("gte", Kind::Quantified(Operation::GreaterOrEqual)),
    ("gt", Kind::Quantified(Operation::Greater)),
    ("lte", Kind::Quantified(Operation::LessOrEqual)),
    ("lt", Kind::Quantified(Operation::Less)),
    ("like", Kind::Pattern(Operation::Like)),
    ("ilike", Kind::Pattern(Operation::ILike)),
    ("match", Kind::Quantified(Operation::Match)),
    ("imatch", Kind::Quantified(Operation::IMatch)),
    ("neq", Kind::Simple(not_equal)),
    ("isdistinct", Kind::Simple(Operation::IsDistinct)),
    ("cs", Kind::Simple(Operation::Contains)),
    ("cd", Kind::Simple(Operation::ContainedBy)),
    ("ov", Kind::Simple(Operation::Overlaps)),
    ("sl", Kind::Range(RangeOperator::StrictlyLeft)),
    ("sr", Kind::Range(RangeOperator::StrictlyRight)),
    ("nxr", Kind::Range(RangeOperator::NotRightOf)),
    ("nxl", Kind::Range(RangeOperator::NotLeftOf)),
    ("adj", Kind::Range(RangeOperator::Adjacent)),
    ("fts", Kind::TextSearch("fts")),
    ("plfts", Kind::TextSearch("plfts")),
    ("phfts", Kind::TextSearch("phfts")),
    ("wfts", Kind::TextSearch("wfts")),
    ("in", Kind::In),
    ("is", Kind::Is),
];

fn not_equal(operand: String) -> Operation {
    Operation::NotEqual(operand, None)
}

/// Reads an operation; the flag tells that it is negated.
pub(in crate::request) fn operation(
    cursor: &mut Cursor<'_>,
    place: Place,
    budget: &mut Budget<'_>,
) -> Parse<(bool, Operation)> {
    budget.condition()?;
    let negated = cursor.take("not.");
    let start = cursor.clone();
    let word = cursor.take_while(|c| c.is_ascii_lowercase());
    let found = OPERATORS.iter().find(|(name, _)| *name == word);
    let Some((_, kind)) = found else {
        return Err(unknown_operator(&start, negated));
    };
    let operation = match kind {
        Kind::Quantified(build) => {
            let quantifier = quantifier(cursor)?;
            build(operand(cursor, place)?, quantifier)
        }
        Kind::Pattern(build) => {
            let quantifier = quantifier(cursor)?;
            build(operand(cursor, place)?.replace('*', "%"), quantifier)
        }
        Kind::Simple(build) => build(operand(cursor, place)?),
        Kind::Range(operator) => Operation::Range(*operator, operand(cursor, place)?),
        Kind::TextSearch(name) => {
            let configuration = configuration(cursor)?;
            Operation::TextSearch(name, configuration, operand(cursor, place)?)
        }
        Kind::In => {
            dot(cursor)?;
            Operation::In(list(cursor, budget)?)
        }
        Kind::Is => {
            dot(cursor)?;
            Operation::Is(truth(cursor)?)
        }
    };
    match (place, cursor.peek()) {
        (Place::Parameter, Some(_)) => Err(cursor.fail_end("end of input")),
        (Place::Tree, Some(next)) if !matches!(next, ',' | ')') => {
            Err(cursor.fail_end("\",\" or \")\""))
        }
        _ => Ok((negated, operation)),
    }
}

/// Says where PostgREST would give up: after the longest operator that the text starts with, or at its start.
fn unknown_operator(start: &Cursor<'_>, negated: bool) -> Failure {
    let longest = OPERATORS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| start.rest().starts_with(name))
        .max_by_key(|name| name.len());
    if let Some(name) = longest {
        let mut after = start.clone();
        after.advance(name.len());
        return after.fail(OPERATOR);
    }
    if negated {
        return start.fail(OPERATOR);
    }
    start.fail_word("not", format!("\"not\" or {OPERATOR}"))
}

fn dot(cursor: &mut Cursor<'_>) -> Parse<()> {
    if cursor.take(".") {
        return Ok(());
    }
    Err(cursor.fail(OPERATOR))
}

fn quantifier(cursor: &mut Cursor<'_>) -> Parse<Option<Quantifier>> {
    if cursor.take("(any)") {
        return Ok(Some(Quantifier::Any));
    }
    if cursor.take("(all)") {
        return Ok(Some(Quantifier::All));
    }
    if cursor.take("(") {
        return Err(cursor.fail(OPERATOR));
    }
    Ok(None)
}

fn configuration(cursor: &mut Cursor<'_>) -> Parse<Option<String>> {
    if !cursor.take("(") {
        return Ok(None);
    }
    let name = cursor.take_while(is_name_character).trim();
    if name.is_empty() || !cursor.take(")") {
        return Err(cursor.fail(OPERATOR));
    }
    Ok(Some(name.to_owned()))
}

fn operand(cursor: &mut Cursor<'_>, place: Place) -> Parse<String> {
    dot(cursor)?;
    match place {
        Place::Parameter => {
            let rest = cursor.rest();
            cursor.advance(rest.len());
            Ok(rest.to_owned())
        }
        Place::Tree => Ok(tree_operand(cursor)),
    }
}

/// `"quoted"`, `{array}` or everything up to the next `,` or `)`.
fn tree_operand(cursor: &mut Cursor<'_>) -> String {
    if let Some(text) = quoted_element(cursor) {
        return text;
    }
    let mut array = cursor.clone();
    if array.take("{") {
        array.take_while(|c| !matches!(c, '{' | '}'));
        if array.take("}") {
            let length = array.position() - cursor.position();
            let text = cursor.rest().get(..length).unwrap_or_default().to_owned();
            *cursor = array;
            return text;
        }
    }
    cursor.take_while(|c| !matches!(c, ',' | ')')).to_owned()
}

/// A quoted text that a `,`, a `)` or the end follows; otherwise the quotes are part of an unquoted one.
fn quoted_element(cursor: &mut Cursor<'_>) -> Option<String> {
    if cursor.peek() != Some('"') {
        return None;
    }
    let mut attempt = cursor.clone();
    let text = quoted(&mut attempt).ok()?;
    if !matches!(attempt.peek(), None | Some(',' | ')')) {
        return None;
    }
    *cursor = attempt;
    Some(text)
}

/// `(a,"b",c)`; `()` is the empty list.
fn list(cursor: &mut Cursor<'_>, budget: &Budget<'_>) -> Parse<Vec<String>> {
    cursor.skip_blanks();
    if !cursor.take("(") {
        return Err(cursor.fail("\"(\""));
    }
    cursor.skip_blanks();
    if cursor.take(")") {
        cursor.skip_blanks();
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    loop {
        let value = match quoted_element(cursor) {
            Some(value) => value,
            None => cursor.take_while(|c| !matches!(c, ',' | ')')).to_owned(),
        };
        values.push(value);
        within(
            values.len(),
            budget.limits.in_values_max,
            "values in a list",
            "in_values_max",
        )?;
        if cursor.take(",") {
            continue;
        }
        if cursor.take(")") {
            cursor.skip_blanks();
            return Ok(values);
        }
        return Err(cursor.fail("\",\" or \")\""));
    }
}

fn truth(cursor: &mut Cursor<'_>) -> Parse<Truth> {
    let start = cursor.clone();
    let word = cursor.take_while(|c| c.is_ascii_alphabetic() || c == '_');
    let truth = match word.to_ascii_lowercase().as_str() {
        "null" => Truth::Null,
        "not_null" => Truth::NotNull,
        "true" => Truth::True,
        "false" => Truth::False,
        "unknown" => Truth::Unknown,
        _ => {
            return Err(start.fail("isVal: (null, not_null, true, false, unknown)"));
        }
    };
    cursor.skip_blanks();
    Ok(truth)
}
