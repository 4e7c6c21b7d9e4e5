//! The rows of a dump: taken over as they are, but for columns of accounts that the platform's table does not have.

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Generated};

use super::token::{Token, tokens};

/// Rows, and the columns that they had and the platform has not.
pub(super) struct Rows {
    pub(super) text: String,
    pub(super) left_out: Vec<String>,
}

/// Returns the rows that `statement` brings, with `data` behind it when it is a `copy`.
///
/// # Errors
/// `migration_refused` when accounts come in another way than `copy`, with columns that the platform has not.
pub(super) fn of(statement: &str, data: Option<&str>, platform: &Catalog) -> Result<Rows> {
    let as_it_is = || {
        let mut text = format!("{statement};\n");
        if let Some(data) = data {
            text.push_str(data);
            text.push_str("\\.\n\n");
        }
        Rows {
            text,
            left_out: Vec::new(),
        }
    };
    let Some(columns) = accounts(statement) else {
        return Ok(as_it_is());
    };
    let table = platform
        .tables
        .get(&QualifiedName::new("auth", "users"))
        .ok_or_else(|| Error::internal("the platform has no accounts"))?;
    let has = |name: &String| {
        let column = table.column(name);
        column.is_some_and(|column| !matches!(column.generated, Some(Generated::Stored(_))))
    };
    if columns.iter().all(has) {
        return Ok(as_it_is());
    }
    let Some(data) = data else {
        return Err(Error::new(
            Code::MIGRATION,
            "the accounts of the dump have columns that the platform has not",
        )
        .hint(
            "Make the dump with `copy`: pg_dump without --inserts, supabase db dump --use-copy.",
        ));
    };
    let kept: Vec<bool> = columns.iter().map(has).collect();
    let names: Vec<String> = columns
        .iter()
        .filter(|name| has(name))
        .map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
        .collect();
    let mut text = format!("copy auth.users ({}) from stdin;\n", names.join(", "));
    for line in data.lines() {
        let fields = line.split('\t').zip(&kept);
        let fields: Vec<&str> = fields
            .filter(|(_, kept)| **kept)
            .map(|(it, _)| it)
            .collect();
        text.push_str(&fields.join("\t"));
        text.push('\n');
    }
    text.push_str("\\.\n\n");
    Ok(Rows {
        text,
        left_out: columns.into_iter().filter(|name| !has(name)).collect(),
    })
}

/// Returns the columns that a statement brings accounts with; nothing when it brings something else.
fn accounts(statement: &str) -> Option<Vec<String>> {
    let tokens = tokens(statement);
    let start = match tokens.first() {
        Some(first) if first.is("copy") => 1,
        Some(first) if first.is("insert") => 2,
        _ => return None,
    };
    let [schema, Token::Sign('.'), table, Token::Sign('('), rest @ ..] = tokens.get(start..)?
    else {
        return None;
    };
    if schema.name() != Some("auth") || table.name() != Some("users") {
        return None;
    }
    let names = rest.iter().take_while(|token| **token != Token::Sign(')'));
    Some(names.filter_map(Token::name).map(str::to_owned).collect())
}
