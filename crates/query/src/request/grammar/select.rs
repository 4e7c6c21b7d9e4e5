//! `select`: a forest of columns and embeds.

use underpin_base::Name;
use underpin_sql::functions::Aggregate;

use super::name::{Word, is_name_character};
use super::{Budget, Cursor, Parse, field_name, json_path};
use crate::request::{AggregateCall, EmbedItem, EmbedKind, FieldItem, Query, SelectItem};

const AFTER_FIELD: &str =
    "letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input";
const ITEM_END: &str = "\")\", \",\" or end of input";

/// Reads the whole of `text`; an empty one selects nothing.
pub(in crate::request) fn select(text: &str, budget: &mut Budget<'_>) -> Parse<Vec<SelectItem>> {
    let mut cursor = Cursor::new(text);
    let items = forest(&mut cursor, budget, 0)?;
    if !cursor.is_at_end() {
        return Err(cursor.fail_end("\",\" or end of input"));
    }
    Ok(items)
}

/// Reads the items of one level up to its end: the end of the text or a `)`. `depth` is 0 for the outermost.
fn forest(
    cursor: &mut Cursor<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Parse<Vec<SelectItem>> {
    let mut items = Vec::new();
    cursor.skip_blanks();
    if matches!(cursor.peek(), None | Some(')')) {
        return Ok(items);
    }
    loop {
        budget.item()?;
        cursor.skip_blanks();
        items.push(item(cursor, budget, depth)?);
        cursor.skip_blanks();
        match cursor.peek() {
            None | Some(')') => return Ok(items),
            Some(',') => cursor.advance(1),
            Some(_) => return Err(cursor.fail_end(ITEM_END)),
        }
    }
}

fn item(cursor: &mut Cursor<'_>, budget: &mut Budget<'_>, depth: usize) -> Parse<SelectItem> {
    if cursor.take("*") {
        cursor.skip_blanks();
        return match cursor.peek() {
            None | Some(',' | ')') => Ok(SelectItem::All),
            Some(_) => Err(cursor.fail_end(ITEM_END)),
        };
    }
    if cursor.take("...") {
        let relation = field_name(cursor)?;
        let parts = Relation {
            alias: None,
            relation,
            kind: EmbedKind::Spread,
        };
        return embed(cursor, budget, depth, parts);
    }
    let mut alias = None;
    let mut name = field_name(cursor)?;
    if cursor.peek() == Some(':') && !cursor.rest().starts_with("::") {
        cursor.advance(1);
        cursor.skip_blanks();
        alias = Some(name.name);
        name = field_name(cursor)?;
    }
    if name.is("count") && cursor.peek() == Some('(') {
        return count_call(cursor, alias);
    }
    if matches!(cursor.peek(), Some('!' | '(')) {
        let parts = Relation {
            alias,
            relation: name,
            kind: EmbedKind::Member,
        };
        return embed(cursor, budget, depth, parts);
    }
    field(cursor, budget, alias, name)
}

/// What stands before the `!` or `(` of an embed.
struct Relation {
    alias: Option<Name>,
    relation: Word,
    kind: EmbedKind,
}

/// Reads `!hint!inner(…)`, hint and join in either order.
fn embed(
    cursor: &mut Cursor<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
    parts: Relation,
) -> Parse<SelectItem> {
    let mut hint = None;
    let mut inner = None;
    for _ in 0..2 {
        if !cursor.take("!") {
            break;
        }
        let word = field_name(cursor)?;
        if word.is("inner") {
            inner.get_or_insert(true);
        } else if word.is("left") {
            inner.get_or_insert(false);
        } else {
            hint.get_or_insert(word.name);
        }
    }
    if !cursor.take("(") {
        return Err(cursor.fail("\"!\" or \"(\""));
    }
    budget.embed(depth + 1)?;
    let select = forest(cursor, budget, depth + 1)?;
    if !cursor.take(")") {
        return Err(cursor.fail("\",\" or \")\""));
    }
    Ok(SelectItem::Embed(EmbedItem {
        alias: parts.alias,
        relation: parts.relation.name,
        hint,
        inner: inner.unwrap_or(false),
        kind: parts.kind,
        query: Query {
            select,
            ..Query::default()
        },
    }))
}

/// Reads the rest of `count()::cast`. PostgREST reads a column named `count` where something else than `()` follows.
fn count_call(cursor: &mut Cursor<'_>, alias: Option<Name>) -> Parse<SelectItem> {
    if !cursor.take("()") {
        return Err(cursor.fail_end(AFTER_FIELD));
    }
    let cast = cast(cursor)?;
    field_end(cursor, "\"::\", \")\", \",\" or end of input")?;
    Ok(SelectItem::Field(FieldItem {
        alias,
        column: None,
        path: Vec::new(),
        cast: None,
        aggregate: Some(AggregateCall {
            function: Aggregate::Count,
            cast,
        }),
    }))
}

fn field(
    cursor: &mut Cursor<'_>,
    budget: &Budget<'_>,
    alias: Option<Name>,
    column: Word,
) -> Parse<SelectItem> {
    let path = json_path(cursor, budget.limits.json_depth_max)?;
    cursor.skip_blanks();
    let cast_of_column = cast(cursor)?;
    let aggregate = aggregate(cursor)?;
    field_end(cursor, AFTER_FIELD)?;
    Ok(SelectItem::Field(FieldItem {
        alias,
        column: Some(column.name),
        path,
        cast: cast_of_column,
        aggregate,
    }))
}

fn field_end(cursor: &mut Cursor<'_>, expecting: &'static str) -> Parse<()> {
    cursor.skip_blanks();
    match cursor.peek() {
        None | Some(',' | ')') => Ok(()),
        Some(_) => Err(cursor.fail_end(expecting)),
    }
}

/// Reads `::type`.
fn cast(cursor: &mut Cursor<'_>) -> Parse<Option<String>> {
    if !cursor.take("::") {
        return Ok(None);
    }
    let start = cursor.clone();
    let name = cursor.take_while(is_name_character).trim();
    if name.is_empty() {
        return Err(start.fail("letter or digit"));
    }
    Ok(Some(name.to_owned()))
}

/// Reads `.sum()::type`.
fn aggregate(cursor: &mut Cursor<'_>) -> Parse<Option<AggregateCall>> {
    if !cursor.take(".") {
        return Ok(None);
    }
    let start = cursor.clone();
    let function = match cursor.take_while(|c| c.is_ascii_lowercase()) {
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Avg,
        "count" => Aggregate::Count,
        "max" => Aggregate::Max,
        "min" => Aggregate::Min,
        _ => {
            return Err(start.fail("\"sum\", \"avg\", \"count\", \"max\" or \"min\""));
        }
    };
    if !cursor.take("()") {
        return Err(cursor.fail("\"()\""));
    }
    Ok(Some(AggregateCall {
        function,
        cast: cast(cursor)?,
    }))
}
