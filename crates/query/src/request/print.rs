//! [`Request::to_query_string`]: a request written back as a query string that parses to an equal one.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use underpin_base::Name;
use underpin_sql::functions::Aggregate;

use super::grammar::{is_key_character, is_name_character};
use super::query_string::embed_index;
use super::{
    Action, AggregateCall, Arguments, EmbedItem, EmbedKind, FieldItem, Filter, FilterTree,
    JsonStep, Operation, OrderTerm, Quantifier, Query, Request, SelectItem, Truth,
};

/// What is left as it is in a query string: what has no meaning there and is safe in a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b',')
    .remove(b':')
    .remove(b'!')
    .remove(b'(')
    .remove(b')');

impl Request {
    /// Returns the query string of this request in one fixed form. What headers and body said is not in it.
    pub fn to_query_string(&self) -> String {
        let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let parameters: Vec<String> = self
            .parameters()
            .iter()
            .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
            .collect();
        parameters.join("&")
    }

    /// Returns the parameters of the query string, not encoded.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        let mut parameters = Vec::new();
        if self.query.select != [SelectItem::All] {
            parameters.push(("select".to_owned(), select(&self.query.select)));
        }
        let (columns, on_conflict) = match &self.action {
            Action::Insert {
                columns,
                on_conflict,
                ..
            } => (columns, on_conflict),
            Action::Update { columns, .. } | Action::Put { columns, .. } => (columns, &None),
            Action::Read | Action::Delete | Action::Call { .. } => (&None, &None),
        };
        for (key, names) in [("columns", columns), ("on_conflict", on_conflict)] {
            if let Some(names) = names {
                let names: Vec<String> = names.iter().map(|column| name(column)).collect();
                parameters.push((key.to_owned(), names.join(",")));
            }
        }
        if let Action::Call {
            arguments: Arguments::Text(arguments),
            get: true,
        } = &self.action
        {
            parameters.extend(
                arguments
                    .iter()
                    .map(|(key, value)| (name(key), value.clone())),
            );
        }
        level(&self.query, "", &mut parameters);
        parameters
    }
}

/// Adds what belongs to one level; `prefix` is the path to it with a dot at its end.
fn level(query: &Query, prefix: &str, parameters: &mut Vec<(String, String)>) {
    for filter in &query.filters {
        parameters.push(match filter {
            FilterTree::Condition(filter) => (
                format!("{prefix}{}{}", name(&filter.column), path(&filter.path)),
                operation(filter, false),
            ),
            FilterTree::And(members, negated) => (
                format!("{prefix}{}and", not(*negated)),
                format!("({})", trees(members)),
            ),
            FilterTree::Or(members, negated) => (
                format!("{prefix}{}or", not(*negated)),
                format!("({})", trees(members)),
            ),
        });
    }
    if !query.order.is_empty() {
        let terms: Vec<String> = query.order.iter().map(order_term).collect();
        parameters.push((format!("{prefix}order"), terms.join(",")));
    }
    if let Some(limit) = query.limit {
        parameters.push((format!("{prefix}limit"), limit.to_string()));
    }
    if query.offset > 0 {
        parameters.push((format!("{prefix}offset"), query.offset.to_string()));
    }
    for (index, item) in query.select.iter().enumerate() {
        let SelectItem::Embed(embed) = item else {
            continue;
        };
        // Of two embeds with one name, the later one can be told by its relation at most.
        let known = [embed.name(), &embed.relation]
            .into_iter()
            .find(|name| embed_index(&query.select, name) == Some(index));
        if let Some(known) = known {
            level(
                &embed.query,
                &format!("{prefix}{}.", name(known)),
                parameters,
            );
        }
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "not." } else { "" }
}

/// Writes a name, quoted unless it reads as itself without; words that mean something are quoted too.
fn name(name: &str) -> String {
    let plain = name
        .split('-')
        .all(|word| !word.is_empty() && word.trim() == word && word.chars().all(is_name_character));
    if plain && !MEANINGFUL.contains(&name) {
        return name.to_owned();
    }
    quoted(name)
}

/// Names that mean something else in one place or another.
const MEANINGFUL: &[&str] = &[
    "select",
    "columns",
    "on_conflict",
    "order",
    "limit",
    "offset",
    "and",
    "or",
    "not",
    "inner",
    "left",
];

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

fn path(steps: &[JsonStep]) -> String {
    let mut text = String::new();
    for step in steps {
        text.push_str(if step.as_text { "->>" } else { "->" });
        let plain = step.key.split('-').all(|word| {
            !word.is_empty() && word.trim() == word && word.chars().all(is_key_character)
        });
        let looks_like_index = step.key.starts_with(|c: char| c.is_ascii_digit());
        if step.index.is_some() || (plain && !looks_like_index && !step.key.starts_with('"')) {
            text.push_str(&step.key);
        } else {
            text.push_str(&quoted(&step.key));
        }
    }
    text
}

fn select(items: &[SelectItem]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            SelectItem::All => "*".to_owned(),
            SelectItem::Field(field) => field_item(field),
            SelectItem::Embed(embed) => embed_item(embed),
        })
        .collect();
    items.join(",")
}

fn alias(alias: Option<&Name>) -> String {
    alias.map_or_else(String::new, |alias| format!("{}:", name(alias)))
}

fn cast(cast: Option<&String>) -> String {
    cast.map_or_else(String::new, |cast| format!("::{cast}"))
}

fn field_item(field: &FieldItem) -> String {
    let mut text = alias(field.alias.as_ref());
    if let Some(column) = &field.column {
        text.push_str(&name(column));
    }
    text.push_str(&path(&field.path));
    text.push_str(&cast(field.cast.as_ref()));
    if let Some(AggregateCall {
        function,
        cast: cast_of_result,
    }) = &field.aggregate
    {
        if field.column.is_some() {
            text.push('.');
        }
        text.push_str(aggregate(*function));
        text.push_str("()");
        text.push_str(&cast(cast_of_result.as_ref()));
    }
    text
}

fn aggregate(function: Aggregate) -> &'static str {
    match function {
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        _ => "count",
    }
}

fn embed_item(embed: &EmbedItem) -> String {
    let mut text = match embed.kind {
        EmbedKind::Member => alias(embed.alias.as_ref()),
        EmbedKind::Spread => "...".to_owned(),
    };
    // A bare `count(` begins an aggregate.
    if &*embed.relation == "count" {
        text.push_str("\"count\"");
    } else {
        text.push_str(&name(&embed.relation));
    }
    if let Some(hint) = &embed.hint {
        text.push('!');
        text.push_str(&name(hint));
    }
    if embed.inner {
        text.push_str("!inner");
    }
    let _ = write!(text, "({})", select(&embed.query.select));
    text
}

fn order_term(term: &OrderTerm) -> String {
    let column = format!("{}{}", name(&term.column), path(&term.path));
    let mut text = match &term.relation {
        Some(relation) => format!("{}({column})", name(relation)),
        None => column,
    };
    if term.descending {
        text.push_str(".desc");
    }
    text.push_str(match term.nulls_first {
        Some(true) => ".nullsfirst",
        Some(false) => ".nullslast",
        None => "",
    });
    text
}

fn trees(members: &[FilterTree]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|member| match member {
            FilterTree::Condition(filter) => format!(
                "{}{}.{}",
                name(&filter.column),
                path(&filter.path),
                operation(filter, true)
            ),
            FilterTree::And(members, negated) => {
                format!("{}and({})", not(*negated), trees(members))
            }
            FilterTree::Or(members, negated) => format!("{}or({})", not(*negated), trees(members)),
        })
        .collect();
    members.join(",")
}

/// Writes `not.operator.value`; within a tree, a value is quoted where it would not read as itself.
fn operation(filter: &Filter, in_tree: bool) -> String {
    let value = |text: &str| {
        if in_tree && !is_plain(text) {
            quoted(text)
        } else {
            text.to_owned()
        }
    };
    let one = |operator: &str, text: &str, quantifier: Option<Quantifier>| {
        let quantifier = match quantifier {
            None => "",
            Some(Quantifier::Any) => "(any)",
            Some(Quantifier::All) => "(all)",
        };
        format!("{operator}{quantifier}.{}", value(text))
    };
    let text = match &filter.operation {
        Operation::Equal(text, quantifier) => one("eq", text, *quantifier),
        Operation::NotEqual(text, quantifier) => one("neq", text, *quantifier),
        Operation::Greater(text, quantifier) => one("gt", text, *quantifier),
        Operation::GreaterOrEqual(text, quantifier) => one("gte", text, *quantifier),
        Operation::Less(text, quantifier) => one("lt", text, *quantifier),
        Operation::LessOrEqual(text, quantifier) => one("lte", text, *quantifier),
        Operation::Like(text, quantifier) => one("like", text, *quantifier),
        Operation::ILike(text, quantifier) => one("ilike", text, *quantifier),
        Operation::Match(text, quantifier) => one("match", text, *quantifier),
        Operation::IMatch(text, quantifier) => one("imatch", text, *quantifier),
        Operation::IsDistinct(text) => one("isdistinct", text, None),
        Operation::Contains(text) => one("cs", text, None),
        Operation::ContainedBy(text) => one("cd", text, None),
        Operation::Overlaps(text) => one("ov", text, None),
        Operation::Range(operator, text) => one(operator.name(), text, None),
        Operation::TextSearch(operator, None, text) => one(operator, text, None),
        Operation::TextSearch(operator, Some(configuration), text) => {
            one(&format!("{operator}({configuration})"), text, None)
        }
        Operation::In(values) => format!("in.({})", list(values)),
        Operation::Is(truth) => format!("is.{}", truth_name(*truth)),
    };
    format!("{}{text}", not(filter.negated))
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|value| {
            if is_plain(value) {
                value.clone()
            } else {
                quoted(value)
            }
        })
        .collect();
    values.join(",")
}

/// Tells whether a value reads as itself in a list and in a tree.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '%' | '+'))
}

fn truth_name(truth: Truth) -> &'static str {
    match truth {
        Truth::Null => "null",
        Truth::NotNull => "not_null",
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests;
