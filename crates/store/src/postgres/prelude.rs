//! What stands before each request's statement: who asks, for how long, and what functions and policies may ask of the request.
//!
//! It is one statement that makes settings for the transaction alone, so that nothing of a request is left on a connection.

use std::sync::{Arc, LazyLock};

use underpin_base::{Name, QualifiedName};
use underpin_query::plan::Plan;
use underpin_schema::catalog::Routine;
use underpin_sql::writer::quote_identifier;

use super::client::Query;

/// The zone of requests that prefer none.
const ZONE: &str = "UTC";

/// What a request may do to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// It may not write: PostgreSQL refuses it (25006).
    Read,
    /// It may write.
    Write,
}

/// The settings of every request, in the order of the parameters. The role is the last: what comes after it is the role's to make.
const SETTINGS: [&str; 9] = [
    "search_path",
    "TimeZone",
    "statement_timeout",
    "request.jwt.claims",
    "request.method",
    "request.path",
    "request.headers",
    "request.cookies",
    "role",
];

static READING: LazyLock<Arc<str>> = LazyLock::new(|| statement(Access::Read, true));
static WRITING: LazyLock<Arc<str>> = LazyLock::new(|| statement(Access::Write, true));
static READING_AS_ITSELF: LazyLock<Arc<str>> = LazyLock::new(|| statement(Access::Read, false));
static WRITING_AS_ITSELF: LazyLock<Arc<str>> = LazyLock::new(|| statement(Access::Write, false));

fn statement(access: Access, sets_role: bool) -> Arc<str> {
    let mut sql = String::from("select ");
    if access == Access::Read {
        sql.push_str("pg_catalog.set_config('transaction_read_only', 'on', true), ");
    }
    let calls: Vec<String> = (1..)
        .zip(SETTINGS)
        .filter(|(_, setting)| sets_role || *setting != "role")
        .map(|(number, setting)| format!("pg_catalog.set_config('{setting}', ${number}, true)"))
        .collect();
    sql.push_str(&calls.join(", "));
    sql.into()
}

/// Returns the statement that makes the settings of `plan`; the role is among them where the database enforces the rules by it.
pub(super) fn prelude(plan: &Plan, access: Access, sets_role: bool) -> Query {
    let asked = plan.asked();
    let asked = |part: fn(&underpin_query::request::RequestSettings) -> &String| {
        Some(asked.map(part).cloned().unwrap_or_default())
    };
    let identity = plan.identity();
    let mut parameters = vec![
        Some(search_path(plan.search_path())),
        Some(plan.timezone().unwrap_or(ZONE).to_owned()),
        Some(plan.timeout().as_millis().to_string()),
        Some(identity.claims.as_json_text().to_owned()),
        asked(|asked| &asked.method),
        asked(|asked| &asked.path),
        asked(|asked| &asked.headers),
        asked(|asked| &asked.cookies),
    ];
    if sets_role {
        parameters.push(Some(identity.role.to_string()));
    }
    let sql = match (access, sets_role) {
        (Access::Read, true) => &READING,
        (Access::Write, true) => &WRITING,
        (Access::Read, false) => &READING_AS_ITSELF,
        (Access::Write, false) => &WRITING_AS_ITSELF,
    };
    Query::new(Arc::clone(sql), parameters)
}

/// Returns the value of `search_path` for `schemas`.
fn search_path(schemas: &[Name]) -> String {
    let mut path = String::new();
    for schema in schemas {
        if !path.is_empty() {
            path.push_str(", ");
        }
        quote_identifier(&mut path, schema);
    }
    path
}

/// Returns the call of the function that is called before the request.
pub(super) fn before(routine: &Routine) -> Query {
    let mut sql = String::from("select ");
    qualified(&mut sql, &routine.id.name);
    sql.push_str("()");
    Query::new(sql, Vec::new())
}

/// Returns the statement that asks what functions said of the answer.
pub(super) fn response() -> Query {
    static RESPONSE: LazyLock<Arc<str>> = LazyLock::new(|| {
        Arc::from(
            "select pg_catalog.current_setting('response.headers', true), pg_catalog.current_setting('response.status', true)",
        )
    });
    Query::new(Arc::clone(&RESPONSE), Vec::new())
}

/// Returns the statement that forgets how many rows of a view were merged: [`underpin_sql::writer::postgres::affected`] counts them.
pub(super) fn count_anew() -> Query {
    Query::new(
        "select pg_catalog.set_config('underpin.merged', '', true)",
        Vec::new(),
    )
}

/// Appends the name of something in a schema.
pub(super) fn qualified(sql: &mut String, name: &QualifiedName) {
    quote_identifier(sql, &name.schema);
    sql.push('.');
    quote_identifier(sql, &name.name);
}
