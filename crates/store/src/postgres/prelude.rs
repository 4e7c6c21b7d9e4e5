//! What stands before each request's statement: who asks, for how long, and what functions and policies may ask of the request.
//!
//! It is one statement that makes settings for the transaction alone, so that nothing of a request is left on a connection.

use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;

use underpin_base::{Name, QualifiedName};
use underpin_query::plan::Plan;
use underpin_query::request::RequestSettings;
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

/// The settings that a connection for requests begins with. What differs from them is made for each request.
#[derive(Debug)]
pub(super) struct Session {
    search_path: Vec<Name>,
    timeout: Duration,
}

impl Session {
    /// Returns the settings of requests that ask for nothing else.
    pub(super) fn new(search_path: Vec<Name>, timeout: Duration) -> Self {
        Self {
            search_path,
            timeout,
        }
    }

    /// Returns names and values.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("search_path", search_path(&self.search_path)),
            ("TimeZone", ZONE.to_owned()),
            ("statement_timeout", self.timeout.as_millis().to_string()),
        ]
    }
}

/// The settings of a request, in the order of the parameters. The role is the last: what comes after it is the role's to make.
const SETTINGS: [&str; 9] = [
    "search_path",
    "TimeZone",
    "statement_timeout",
    "request.method",
    "request.path",
    "request.headers",
    "request.cookies",
    "request.jwt.claims",
    "role",
];

/// How many statements there are: as many as choices of [`SETTINGS`], for each [`Access`].
const STATEMENTS_MAX: usize = 1 << (SETTINGS.len() + 1);

/// The statements by what they make, a bit for each.
static STATEMENTS: [OnceLock<Arc<str>>; STATEMENTS_MAX] =
    [const { OnceLock::new() }; STATEMENTS_MAX];

fn statement(access: Access, made: &[Option<String>]) -> Arc<str> {
    let is_read = access == Access::Read;
    let number = made.iter().fold(usize::from(is_read), |number, value| {
        number << 1 | usize::from(value.is_some())
    });
    let write = || {
        let mut sql = String::from("select ");
        if is_read {
            sql.push_str("pg_catalog.set_config('transaction_read_only', 'on', true), ");
        }
        let settings = SETTINGS.iter().zip(made);
        let made = settings.filter(|(_, value)| value.is_some());
        let calls: Vec<String> = (1..)
            .zip(made)
            .map(|(number, (setting, _))| {
                format!("pg_catalog.set_config('{setting}', ${number}, true)")
            })
            .collect();
        sql.push_str(&calls.join(", "));
        sql.into()
    };
    match STATEMENTS.get(number) {
        Some(known) => Arc::clone(known.get_or_init(write)),
        None => write(),
    }
}

/// Returns the statement that makes the settings of `plan`, but for those that the connection has; nothing is known of these when
/// another may have changed them.
///
/// Claims are always made, and the role where the database enforces the rules by it. Of the HTTP request there is something when the
/// schema asks for it: these settings last as long as the transaction, so that one that is not made has no value at all.
pub(super) fn prelude(
    plan: &Plan,
    access: Access,
    session: Option<&Session>,
    sets_role: bool,
) -> Query {
    let differs = |is_same: fn(&Plan, &Session) -> bool| {
        session.is_none_or(|session| !is_same(plan, session))
    };
    let asked = plan.asked();
    let asked = |part: fn(&RequestSettings) -> &String| asked.map(part).cloned();
    let identity = plan.identity();
    let made = [
        differs(|plan, session| plan.search_path() == session.search_path)
            .then(|| search_path(plan.search_path())),
        differs(|plan, _| plan.timezone().is_none_or(|zone| zone == ZONE))
            .then(|| plan.timezone().unwrap_or(ZONE).to_owned()),
        differs(|plan, session| plan.timeout() == session.timeout)
            .then(|| plan.timeout().as_millis().to_string()),
        asked(|asked| &asked.method),
        asked(|asked| &asked.path),
        asked(|asked| &asked.headers),
        asked(|asked| &asked.cookies),
        Some(identity.claims.as_json_text().to_owned()),
        sets_role.then(|| identity.role.to_string()),
    ];
    let sql = statement(access, &made);
    Query::new(sql, made.into_iter().flatten().map(Some).collect())
}

/// Returns the value of `search_path` for `schemas`, each of which PostgreSQL looks up as often as it is named.
fn search_path(schemas: &[Name]) -> String {
    let mut path = String::new();
    for (index, schema) in schemas.iter().enumerate() {
        if schemas.iter().take(index).any(|before| before == schema) {
            continue;
        }
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
