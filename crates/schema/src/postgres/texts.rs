//! What the texts that the database runs by itself ask of settings, and whether they change them.
//!
//! Requests make settings before their statement, each of which costs the database time: what no text asks for need not be made, and
//! what no text changes stays as the connection began with it. In doubt the answer is that they do.

use super::document::Document;
use crate::catalog::SettingsUse;

/// What tells of the HTTP request.
const REQUEST: [&str; 4] = [
    "request.header",
    "request.cookie",
    "request.method",
    "request.path",
];

/// What shows every setting.
const EVERY_SETTING: [&str; 2] = ["pg_settings", "pg_show_all_settings"];

/// The settings that a connection begins with.
const SESSION: [&str; 4] = ["search_path", "timezone", "time zone", "statement_timeout"];

/// Returns what the texts of a database do with settings.
pub(super) fn settings_use(document: &Document) -> SettingsUse {
    let mut found = SettingsUse::default();
    let bodies = document.routines.iter().map(|row| &row.body);
    for text in bodies.chain(&document.texts) {
        let text = text.to_ascii_lowercase();
        found.asks_request |= asks_request(&text);
        found.changes_session |= changes_session(&text);
    }
    for text in expressions(document) {
        let text = text.to_ascii_lowercase();
        found.asks_request |= asks_request(&text);
        // An expression can change a setting by this function alone.
        found.changes_session |= text.contains("set_config");
    }
    found
}

/// Returns the expressions of policies, views, columns, checks and the defaults of arguments.
fn expressions(document: &Document) -> impl Iterator<Item = &String> {
    let policies = document.policies.iter();
    let views = document.relations.iter();
    let columns = document.columns.iter();
    let checks = document.constraints.iter();
    let domains = document.types.iter();
    let arguments = document.routines.iter();
    policies
        .flat_map(|row| row.using.iter().chain(&row.check))
        .chain(views.filter_map(|row| row.definition.as_ref()))
        .chain(columns.filter_map(|row| row.default.as_ref()))
        .chain(checks.filter_map(|row| row.expression.as_ref()))
        .chain(domains.flat_map(|row| {
            let checks = row.checks.iter().flatten();
            row.default.iter().chain(checks.map(|it| &it.expression))
        }))
        .chain(arguments.flat_map(|row| row.defaults.iter().flatten().flatten()))
}

/// Tells whether a text, in lower case, asks for the HTTP request.
fn asks_request(text: &str) -> bool {
    REQUEST.iter().any(|name| text.contains(name))
        || EVERY_SETTING.iter().any(|name| text.contains(name))
        || calls(text, "current_setting").any(|rest| !begins_with_name(rest))
}

/// Tells whether a text, in lower case, changes a setting that a connection begins with.
fn changes_session(text: &str) -> bool {
    let mentions = SESSION.iter().any(|name| text.contains(name));
    let sets = text.contains("set ") || text.contains("set_config") || text.contains("set\n");
    mentions && sets
        || text.contains("reset ")
        || text.contains("pg_settings")
        || calls(text, "set_config").any(|rest| !begins_with_name(rest))
}

/// Returns what follows each place where `name` is called.
fn calls<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(name).skip(1)
}

/// Tells whether the first argument of a call is a text that is written out.
fn begins_with_name(rest: &str) -> bool {
    let argument = |rest: &str| {
        let rest = rest.trim_start().strip_prefix('(')?;
        let rest = rest.trim_start().strip_prefix('\'')?;
        let rest = rest.split_once('\'')?.1.trim_start();
        let rest = rest.strip_prefix("::text").unwrap_or(rest).trim_start();
        rest.chars().next()
    };
    matches!(argument(rest), Some(',' | ')'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text is expected to do.
    const NOTHING: (bool, bool) = (false, false);
    const ASKS: (bool, bool) = (true, false);
    const CHANGES: (bool, bool) = (false, true);

    #[track_caller]
    fn check(text: &str, expected: (bool, bool)) {
        let text = text.to_ascii_lowercase();
        assert_eq!((asks_request(&text), changes_session(&text)), expected);
    }

    #[test]
    fn claims_and_settings_of_others_are_no_part_of_the_request() {
        check("(owner = (select auth.uid()))", NOTHING);
        check("current_setting('request.jwt.claims', true)::json", NOTHING);
        check("current_setting('app.tenant'::text)", NOTHING);
        check(
            "perform set_config('response.status', '201', true)",
            NOTHING,
        );
    }

    #[test]
    fn the_request_is_asked_for_by_name() {
        check("CURRENT_SETTING('request.headers', true)::json", ASKS);
        check("current_setting('request.cookies'::text, true)", ASKS);
        check("v := 'request.method'", ASKS);
    }

    #[test]
    fn a_name_that_is_computed_may_be_any() {
        check("current_setting('request.' || kind, true)", ASKS);
        check("current_setting(name)", ASKS);
        check("current_setting(e'a')", ASKS);
        check("current_setting('it''s')", ASKS);
        check(
            "select setting from pg_settings where name = $1",
            (true, true),
        );
    }

    #[test]
    fn a_session_is_changed_by_set_and_set_config() {
        check("begin set timezone to 'Europe/Berlin'; end", CHANGES);
        check("set time zone 'UTC'", CHANGES);
        check("select set_config('search_path', '', false)", CHANGES);
        check("select set_config(name, value, false)", CHANGES);
        check("reset all", CHANGES);
        check("update t set a = now() at time zone 'UTC'", CHANGES);
    }

    #[test]
    fn zones_alone_change_nothing() {
        check("select now() at time zone 'UTC'", NOTHING);
        check("update t set a = 1", NOTHING);
    }
}
