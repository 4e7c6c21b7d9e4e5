//! `order`: `column.desc.nullslast,relation(column)`.

use underpin_base::Limits;

use super::name::Word;
use super::{Cursor, Parse, field, field_name, within};
use crate::request::{JsonStep, OrderTerm};

/// Reads the whole of `text`.
pub(in crate::request) fn order(text: &str, limits: &Limits) -> Parse<Vec<OrderTerm>> {
    let mut cursor = Cursor::new(text);
    let mut terms = Vec::new();
    loop {
        terms.push(term(&mut cursor, limits)?);
        within(
            terms.len(),
            limits.select_items_max,
            "terms in order",
            "select_items_max",
        )?;
        cursor.skip_blanks();
        if cursor.is_at_end() {
            return Ok(terms);
        }
        cursor.take(",");
    }
}

fn term(cursor: &mut Cursor<'_>, limits: &Limits) -> Parse<OrderTerm> {
    let (relation, (column, path)) = match related_field(cursor, limits)? {
        Some((relation, field)) => (Some(relation.name), field),
        None => (None, field(cursor, limits.json_depth_max)?),
    };
    let descending = direction(cursor);
    let nulls_first = nulls(cursor, descending.is_some())?;
    let term = OrderTerm {
        relation,
        column: column.name,
        path,
        descending: descending.unwrap_or(false),
        nulls_first,
    };
    match cursor.peek() {
        None | Some(',') => Ok(term),
        Some(' ' | '\t') => {
            cursor.skip_blanks();
            match cursor.peek() {
                None | Some(',') => Ok(term),
                Some(_) => Err(cursor.fail_end("\",\" or end of input")),
            }
        }
        Some(_) => Err(cursor.fail_end(match (descending, nulls_first) {
            (_, Some(_)) => "\",\" or end of input",
            (Some(_), None) => "delimiter (.), \",\" or end of input",
            (None, None) => {
                "letter, digit, \"-\", \"->>\", \"->\", delimiter (.), \",\" or end of input"
            }
        })),
    }
}

/// A column and the path into it.
type Field = (Word, Vec<JsonStep>);

/// Reads `relation(column->path)`, if that is next. When the parenthesis holds something else, it is the parenthesis that was unexpected.
fn related_field(cursor: &mut Cursor<'_>, limits: &Limits) -> Parse<Option<(Word, Field)>> {
    let mut attempt = cursor.clone();
    attempt.skip_blanks();
    let relation = field_name(&mut attempt)?;
    let parenthesis = attempt.clone();
    if !attempt.take("(") {
        return Ok(None);
    }
    let field = field(&mut attempt, limits.json_depth_max)?;
    if !attempt.take(")") {
        return Err(parenthesis.fail_end(
            "letter, digit, \"-\", \"->>\", \"->\", delimiter (.), \",\" or end of input",
        ));
    }
    *cursor = attempt;
    Ok(Some((relation, field)))
}

/// Reads `.asc` or `.desc`; the flag tells that it descends.
fn direction(cursor: &mut Cursor<'_>) -> Option<bool> {
    if cursor.take(".asc") {
        return Some(false);
    }
    cursor.take(".desc").then_some(true)
}

/// Reads `.nullsfirst` or `.nullslast`; nothing else may begin with a dot here.
fn nulls(cursor: &mut Cursor<'_>, directed: bool) -> Parse<Option<bool>> {
    if cursor.take(".nullsfirst") {
        return Ok(Some(true));
    }
    if cursor.take(".nullslast") {
        return Ok(Some(false));
    }
    if !cursor.take(".") {
        return Ok(None);
    }
    if directed {
        return Err(cursor.fail_word("nullsfirst", "\"nullsfirst\" or \"nullslast\""));
    }
    Err(cursor.fail_word("asc", "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\""))
}
