//! Logic trees: `and(a.eq.1,not.or(…))`.

use super::name::FIELD_NAME;
use super::{Budget, Cursor, Parse, Place, field, operation, within};
use crate::request::{Filter, FilterTree};

/// A group that a text starts with.
struct Head {
    negated: bool,
    is_or: bool,
}

/// Reads the whole of `text`, which is a group: `and(…)`, `or(…)`, `not.and(…)` or `not.or(…)`.
///
/// PostgREST reads no further than the closing parenthesis; more of them are let pass, since clients send them, but nothing else.
pub(in crate::request) fn group(text: &str, budget: &mut Budget<'_>) -> Parse<FilterTree> {
    let mut cursor = Cursor::new(text);
    let tree = filter_tree(&mut cursor, budget, 1)?;
    cursor.take_while(|c| matches!(c, ')' | ' ' | '\t'));
    if !cursor.is_at_end() {
        return Err(cursor.fail_end("end of input"));
    }
    Ok(tree)
}

/// Reads a condition or a group at `depth`, 1 for the outermost group.
fn filter_tree(
    cursor: &mut Cursor<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Parse<FilterTree> {
    cursor.skip_blanks();
    if let Some(head) = group_head(cursor) {
        return members(cursor, &head, budget, depth);
    }
    let start = cursor.clone();
    let condition = condition(cursor, budget);
    let Err(failure) = condition else {
        return condition.map(FilterTree::Condition);
    };
    // What begins as a group and is no condition either failed as a group, in PostgREST's order of trying.
    let mut group = start.clone();
    let negated = group.take("not.");
    if group.take("and") || group.take("or") {
        group.skip_blanks();
        return Err(group.fail("\"(\""));
    }
    if negated {
        return Err(group.fail("logic operator (and, or)"));
    }
    if cursor.position() == start.position() {
        return Err(start.fail(format!(
            "{FIELD_NAME}, negation operator (not) or logic operator (and, or)"
        )));
    }
    Err(failure)
}

/// Passes over `not.and(` and its like if that is next.
fn group_head(cursor: &mut Cursor<'_>) -> Option<Head> {
    let mut attempt = cursor.clone();
    let negated = attempt.take("not.");
    let is_or = attempt.take("or");
    if !is_or && !attempt.take("and") {
        return None;
    }
    attempt.skip_blanks();
    if !attempt.take("(") {
        return None;
    }
    *cursor = attempt;
    Some(Head { negated, is_or })
}

fn members(
    cursor: &mut Cursor<'_>,
    head: &Head,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Parse<FilterTree> {
    within(
        depth,
        budget.limits.filter_depth_max,
        "levels of and/or",
        "filter_depth_max",
    )?;
    let mut members = Vec::new();
    loop {
        members.push(filter_tree(cursor, budget, depth + 1)?);
        cursor.skip_blanks();
        if cursor.take(",") {
            continue;
        }
        if !cursor.take(")") {
            return Err(cursor.fail("\",\" or \")\""));
        }
        return Ok(if head.is_or {
            FilterTree::Or(members, head.negated)
        } else {
            FilterTree::And(members, head.negated)
        });
    }
}

/// `column->path.not.operator.value`.
fn condition(cursor: &mut Cursor<'_>, budget: &mut Budget<'_>) -> Parse<Filter> {
    let (column, path) = field(cursor, budget.limits.json_depth_max)?;
    if !cursor.take(".") {
        return Err(cursor.fail("letter, digit, \"-\", \"->>\", \"->\" or delimiter (.)"));
    }
    let (negated, operation) = operation(cursor, Place::Tree, budget)?;
    Ok(Filter {
        column: column.name,
        path,
        negated,
        operation,
    })
}
