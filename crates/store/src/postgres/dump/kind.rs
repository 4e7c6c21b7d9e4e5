//! [`kind`]: what becomes of a statement of a dump.

use super::token::{Token, tokens};

/// What becomes of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It makes something that rows go into.
    Schema,
    /// It makes something that comes after the rows.
    Rule,
    /// It gives a right, wherever it stands.
    Right,
    /// It brings rows.
    Rows,
    /// It belongs to the platform, or to the host that the dump is from; this is what is told.
    LeftOut(String),
    /// It means nothing here, and nobody misses it.
    Nothing,
}

/// The schemas of Supabase's services, and PostgreSQL's own.
const PLATFORM: [&str; 21] = [
    "auth",
    "storage",
    "realtime",
    "_realtime",
    "vault",
    "graphql",
    "graphql_public",
    "pgbouncer",
    "pgsodium",
    "pgsodium_masks",
    "supabase_functions",
    "supabase_migrations",
    "extensions",
    "net",
    "cron",
    "_analytics",
    "_supavisor",
    "dbdev",
    "pgtle",
    "information_schema",
    "pg_catalog",
];

/// The extensions of Supabase's host.
const HOST_EXTENSIONS: [&str; 12] = [
    "pg_graphql",
    "pgsodium",
    "supabase_vault",
    "pg_net",
    "pg_cron",
    "pgjwt",
    "pg_stat_statements",
    "pgaudit",
    "plpgsql",
    "wrappers",
    "pg_tle",
    "pg_stat_monitor",
];

/// The roles that rights are taken over for.
const ROLES: [&str; 4] = ["public", "anon", "authenticated", "service_role"];

/// Returns what becomes of the statement `text`.
pub(super) fn kind(text: &str) -> Kind {
    if text.starts_with('\\') {
        return Kind::Nothing;
    }
    let tokens = tokens(text);
    let word = |place: usize| match tokens.get(place) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    match (word(0), word(1)) {
        ("set" | "reset" | "begin" | "commit", _) => Kind::Nothing,
        ("select", _) => selected(text),
        ("copy", _) => rows(&tokens, 1),
        ("insert", _) => rows(&tokens, 2),
        ("grant" | "revoke", _) => rights(&tokens),
        ("comment", _) => commented(&tokens),
        ("alter", "default") => Kind::Nothing,
        ("alter", "table") => altered(&tokens),
        ("alter", _) if is_owner(&tokens) => Kind::Nothing,
        ("create", "schema") => schema(&tokens),
        ("create", "extension") => extension(&tokens),
        ("create" | "alter", "publication" | "subscription" | "role" | "user" | "database") => {
            left_out(word(1))
        }
        ("create" | "alter", "event" | "server" | "foreign") => left_out(word(1)),
        ("create", _) => created(&tokens),
        ("alter", _) => of_object(&tokens, 2, Kind::Schema),
        (first, _) => left_out(first),
    }
}

fn left_out(what: &str) -> Kind {
    Kind::LeftOut(format!("`{what}`"))
}

/// Returns `kind` when what the name at `place` says is not the platform's.
fn of_object(tokens: &[Token], place: usize, kind: Kind) -> Kind {
    match schema_at(tokens, place) {
        Some(schema) if PLATFORM.contains(&schema) => Kind::LeftOut(format!("schema {schema}")),
        _ => kind,
    }
}

/// Returns the schema of the name at `place`, after words that may stand before it.
fn schema_at(tokens: &[Token], place: usize) -> Option<&str> {
    let words = ["if", "not", "exists", "only", "concurrently"];
    let mut rest = tokens.get(place..)?;
    while let Some((first, after)) = rest.split_first()
        && words.iter().any(|word| first.is(word))
    {
        rest = after;
    }
    match rest {
        [schema, Token::Sign('.'), ..] => schema.name(),
        _ => None,
    }
}

/// Returns the place after the keyword `word`.
fn after(tokens: &[Token], word: &str) -> Option<usize> {
    let found = tokens.iter().position(|token| token.is(word))?;
    Some(found + 1)
}

fn rows(tokens: &[Token], place: usize) -> Kind {
    let is_accounts = matches!(
        tokens.get(place..place + 3),
        Some([schema, Token::Sign('.'), table]) if schema.name() == Some("auth") && table.name() == Some("users")
    );
    match is_accounts {
        true => Kind::Rows,
        false => of_object(tokens, place, Kind::Rows),
    }
}

/// `setval` of a sequence goes with the rows.
fn selected(text: &str) -> Kind {
    let Some(rest) = text.split_once("setval('").map(|(_, rest)| rest) else {
        return Kind::Nothing;
    };
    let schema = rest.trim_start_matches('"').split(['.', '"']).next();
    match schema {
        Some(schema) if PLATFORM.contains(&schema) => Kind::LeftOut(format!("schema {schema}")),
        _ => Kind::Rows,
    }
}

/// Rights of the API's roles are rules; other roles are the host's.
fn rights(tokens: &[Token]) -> Kind {
    let to = after(tokens, "to").or_else(|| after(tokens, "from"));
    let role = to.and_then(|to| tokens.get(to)?.name());
    if !role.is_some_and(|role| ROLES.contains(&role)) {
        return Kind::Nothing;
    }
    let Some(on) = after(tokens, "on") else {
        return Kind::Nothing;
    };
    let kind = tokens.get(on).and_then(Token::name).unwrap_or_default();
    let is_kind = [
        "table",
        "sequence",
        "function",
        "procedure",
        "routine",
        "type",
        "schema",
    ];
    if kind == "schema" {
        let name = tokens.get(on + 1).and_then(Token::name).unwrap_or_default();
        return match PLATFORM.contains(&name) {
            true => Kind::Nothing,
            false => Kind::Right,
        };
    }
    let place = on + usize::from(is_kind.contains(&kind));
    match of_object(tokens, place, Kind::Right) {
        Kind::LeftOut(_) => Kind::Nothing,
        kind => kind,
    }
}

fn commented(tokens: &[Token]) -> Kind {
    let what = tokens.get(2).and_then(Token::name).unwrap_or_default();
    match what {
        "extension" | "schema" | "database" | "role" | "publication" => Kind::Nothing,
        "policy" | "trigger" | "constraint" | "index" => {
            match tokens.iter().rposition(|token| token.is("on")) {
                Some(on) if on > 1 => quietly(of_object(tokens, on + 1, Kind::Rule)),
                _ => quietly(of_object(tokens, 3, Kind::Rule)),
            }
        }
        _ => quietly(of_object(tokens, 3, Kind::Schema)),
    }
}

fn quietly(kind: Kind) -> Kind {
    match kind {
        Kind::LeftOut(_) => Kind::Nothing,
        kind => kind,
    }
}

/// Tells whether a statement gives something to an owner: here everything has one.
fn is_owner(tokens: &[Token]) -> bool {
    let pairs = tokens.iter().zip(tokens.iter().skip(1));
    pairs
        .into_iter()
        .any(|(one, two)| one.is("owner") && two.is("to"))
}

fn altered(tokens: &[Token]) -> Kind {
    if is_owner(tokens) {
        return Kind::Nothing;
    }
    let has = |word: &str| tokens.iter().any(|token| token.is(word));
    let is_rule = has("constraint")
        || has("security")
        || has("trigger")
        || has("identity") && has("replica")
        || has("cluster");
    of_object(tokens, 2, if is_rule { Kind::Rule } else { Kind::Schema })
}

fn schema(tokens: &[Token]) -> Kind {
    let words = ["if", "not", "exists"];
    let mut names = tokens.iter().skip(2);
    let name = names.find(|token| !words.iter().any(|word| token.is(word)));
    match name.and_then(Token::name) {
        Some("public") => Kind::Nothing,
        Some(name) if PLATFORM.contains(&name) => Kind::Nothing,
        _ => Kind::Schema,
    }
}

fn extension(tokens: &[Token]) -> Kind {
    let words = ["if", "not", "exists"];
    let mut names = tokens.iter().skip(2);
    let name = names.find(|token| !words.iter().any(|word| token.is(word)));
    match name.and_then(Token::name) {
        Some(name) if HOST_EXTENSIONS.contains(&name) => Kind::LeftOut(format!("extension {name}")),
        _ => Kind::Schema,
    }
}

fn created(tokens: &[Token]) -> Kind {
    // `or replace`, `unique`, `materialized` and their like come before the word that counts.
    let before = [
        "or",
        "replace",
        "unique",
        "constraint",
        "materialized",
        "unlogged",
        "temporary",
        "recursive",
        "foreign",
    ];
    let place = tokens
        .iter()
        .skip(1)
        .position(|token| !before.iter().any(|word| token.is(word)));
    let place = place.map_or(1, |place| place + 1);
    let behind = |word: &str| match after(tokens, word) {
        Some(place) => of_object(tokens, place, Kind::Rule),
        None => Kind::Rule,
    };
    match tokens.get(place).and_then(Token::name) {
        Some("trigger") => trigger(tokens),
        Some("rule") => behind("to"),
        Some("policy" | "index" | "statistics") => behind("on"),
        _ => of_object(tokens, place + 1, Kind::Schema),
    }
}

/// A trigger on the platform's accounts that calls a function of the project is the project's.
fn trigger(tokens: &[Token]) -> Kind {
    let on = after(tokens, "on").unwrap_or_default();
    let called = after(tokens, "function").or_else(|| after(tokens, "procedure"));
    let is_ours = called
        .and_then(|place| schema_at(tokens, place))
        .is_some_and(|schema| !PLATFORM.contains(&schema));
    let is_accounts = schema_at(tokens, on) == Some("auth")
        && tokens.get(on + 2).and_then(Token::name) == Some("users");
    match is_ours && is_accounts {
        true => Kind::Rule,
        false => of_object(tokens, on, Kind::Rule),
    }
}
