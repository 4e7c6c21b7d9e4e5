//! Names, JSON paths, and both together.

use underpin_base::{Code, Error, Name};

use super::{Cursor, Failure, Parse, within};
use crate::request::JsonStep;

/// What a name looks like, in PostgREST's words.
pub(super) const FIELD_NAME: &str = "field name (* or [a..z0..9_$])";

/// A name, and whether it was quoted, which takes any special meaning from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::request) struct Word {
    /// The name.
    pub(in crate::request) name: Name,
    /// It was written in double quotes.
    pub(in crate::request) quoted: bool,
}

impl Word {
    /// Tells whether this is the bare word `word`.
    pub(in crate::request) fn is(&self, word: &str) -> bool {
        !self.quoted && &*self.name == word
    }
}

/// Tells whether `c` may stand in an unquoted name.
pub(in crate::request) fn is_name_character(c: char) -> bool {
    c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '_' | ' ' | '$')
}

/// Reads a name: `"…"` with `\` as escape, or words of name characters joined by `-` (but not by the `-` of `->`).
pub(in crate::request) fn field_name(cursor: &mut Cursor<'_>) -> Parse<Word> {
    if cursor.peek() == Some('"') {
        let name = quoted(cursor)?;
        if name.is_empty() {
            return Err(cursor.fail(FIELD_NAME));
        }
        return Ok(Word {
            name: name.into(),
            quoted: true,
        });
    }
    let name = dashed(cursor, is_name_character, FIELD_NAME)?;
    Ok(Word {
        name: name.into(),
        quoted: false,
    })
}

/// Reads `"…"`, in which `\` takes the next character literally.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Parse<String> {
    if !cursor.take("\"") {
        return Err(cursor.fail("\"\\\"\""));
    }
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|c| !matches!(c, '"' | '\\')));
        if cursor.take("\"") {
            return Ok(text);
        }
        cursor.take("\\");
        let Some(literal) = cursor.peek() else {
            return Err(cursor.fail("\"\\\\\" or \"\\\"\""));
        };
        text.push(literal);
        cursor.advance(literal.len_utf8());
    }
}

/// Reads words of characters that satisfy `accept`, joined by `-`; blanks around each word are dropped.
fn dashed(
    cursor: &mut Cursor<'_>,
    accept: impl Fn(char) -> bool,
    expecting: &'static str,
) -> Parse<String> {
    let mut name = String::new();
    loop {
        let start = cursor.clone();
        let word = cursor.take_while(&accept).trim();
        if word.is_empty() {
            return Err(start.fail(expecting));
        }
        name.push_str(word);
        let rest = cursor.rest();
        if !rest.starts_with('-') || rest.starts_with("->") {
            return Ok(name);
        }
        cursor.advance(1);
        name.push('-');
    }
}

/// Reads a column and the JSON path into it, with blanks around them.
pub(in crate::request) fn field(
    cursor: &mut Cursor<'_>,
    max: usize,
) -> Parse<(Word, Vec<JsonStep>)> {
    cursor.skip_blanks();
    let name = field_name(cursor)?;
    let path = json_path(cursor, max)?;
    cursor.skip_blanks();
    Ok((name, path))
}

/// Reads a JSON path, perhaps an empty one, of at most `max` steps.
pub(in crate::request) fn json_path(cursor: &mut Cursor<'_>, max: usize) -> Parse<Vec<JsonStep>> {
    let mut path: Vec<JsonStep> = Vec::new();
    loop {
        let as_text = cursor.rest().starts_with("->>");
        if !(cursor.take("->>") || cursor.take("->")) {
            return Ok(path);
        }
        if path.last().is_some_and(|step| step.as_text) {
            return Err(Failure::Refused(Box::new(text_has_no_members(as_text))));
        }
        path.push(json_step(cursor, as_text)?);
        within(path.len(), max, "steps in a JSON path", "json_depth_max")?;
    }
}

/// What PostgreSQL says to `column->>'a'->'b'`.
fn text_has_no_members(as_text: bool) -> Error {
    let arrow = if as_text { "->>" } else { "->" };
    Error::new(
        Code::UNDEFINED_FUNCTION,
        format!("operator does not exist: text {arrow} unknown"),
    )
    .hint(
        "No operator matches the given name and argument types. You might need to add explicit type casts.",
    )
}

fn json_step(cursor: &mut Cursor<'_>, as_text: bool) -> Parse<JsonStep> {
    if cursor.peek() == Some('"') {
        let key = quoted(cursor)?;
        return Ok(JsonStep {
            key,
            index: None,
            as_text,
        });
    }
    let start = cursor.clone();
    let negative = cursor.take("-");
    let digits = cursor.take_while(|c| c.is_ascii_digit());
    if negative && digits.is_empty() {
        return Err(cursor.fail("digit"));
    }
    let next = cursor.rest().trim_start_matches([' ', '\t']);
    let ended = next.is_empty()
        || [".", ",", ")", "->", "::"]
            .iter()
            .any(|end| next.starts_with(end));
    let consumed = cursor.position() - start.position();
    let written = start.rest().get(..consumed).unwrap_or_default();
    if !digits.is_empty() && ended {
        // A number that no array can be as long as finds nothing, and neither does the largest index.
        let limit = if negative { i64::MIN } else { i64::MAX };
        return Ok(JsonStep {
            key: written.to_owned(),
            index: Some(written.parse().unwrap_or(limit)),
            as_text,
        });
    }
    if negative {
        return Err(cursor.fail_end("digit, \"->\", \"::\", \".\", \",\" or end of input"));
    }
    *cursor = start;
    let expecting = if cursor.peek() == Some('-') {
        "digit"
    } else {
        "\"-\", digit or any non reserved character different from: .,>()"
    };
    let key = dashed(cursor, is_key_character, expecting)?;
    Ok(JsonStep {
        key,
        index: None,
        as_text,
    })
}

/// Tells whether `c` may stand in an unquoted key of a JSON path.
pub(in crate::request) fn is_key_character(c: char) -> bool {
    !matches!(c, '(' | '-' | ':' | '.' | ',' | '>' | ')')
}

/// Reads names separated by commas: `columns`, `on_conflict`.
pub(in crate::request) fn names(cursor: &mut Cursor<'_>, max: usize) -> Parse<Vec<Name>> {
    let mut names = Vec::new();
    loop {
        cursor.skip_blanks();
        names.push(field_name(cursor)?.name);
        within(names.len(), max, "names in a list", "select_items_max")?;
        cursor.skip_blanks();
        if cursor.is_at_end() {
            return Ok(names);
        }
        if !cursor.take(",") {
            return Err(cursor.fail_end("letter, digit, \"-\", \",\" or end of input"));
        }
    }
}
