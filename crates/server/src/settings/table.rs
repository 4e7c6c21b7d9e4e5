//! [`SETTINGS`]: every setting, with its kind, default and documentation, in one table.
//!
//! Reading, the message about an unknown name, `docs/settings.md` and the tests derive from it; a setting that is not here does not exist.

use super::value::Kind;

/// One setting.
#[derive(Debug)]
pub(crate) struct Entry {
    /// `section.name`.
    pub(crate) name: &'static str,
    /// What its value may be.
    pub(crate) kind: Kind,
    /// Its default, written as in `--set`.
    pub(crate) default: &'static str,
    /// What it does, in one or two sentences.
    pub(crate) documentation: &'static str,
}

const fn entry(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    documentation: &'static str,
) -> Entry {
    Entry {
        name,
        kind,
        default,
        documentation,
    }
}

const fn count(min: i64, max: i64) -> Kind {
    Kind::Integer { min, max }
}

/// The largest number that a limit may be set to.
const MANY: i64 = 1 << 40;

/// Every setting, by section.
#[rustfmt::skip]
pub(crate) const SETTINGS: &[Entry] = &[
    entry("api.schemas", Kind::List, "public", "The schemas that requests may name; the first is the default."),
    entry("api.extra_search_path", Kind::List, "public", "Schemas searched after the request's own, for functions and types."),
    entry("api.max_rows", count(1, MANY), "1000", "Most rows that a read returns."),
    entry("api.aggregates", Kind::Boolean, "false", "Aggregates such as `count()` may be selected."),
    entry("api.plan", Kind::Boolean, "false", "How a request would be answered may be asked for (`explain`). Plans name tables and indexes, also those that policies ask."),
    entry("api.tx_end", Kind::Choice(&["commit", "commit-allow-override", "rollback-allow-override"]), "commit", "How a request's transaction ends, and whether `Prefer: tx=` may change it."),
    entry("api.tables_without_policies", Kind::Choice(&["closed", "open"]), "closed", "Whether a table without row level security answers the roles `anon` and `authenticated`."),
    entry("api.pre_request", Kind::Text, "", "A function without parameters, `name` or `schema.name`, that is called before each request, in its transaction and with the caller's rights; none when empty."),
    entry("api.safe_update", Kind::Boolean, "true", "The public roles may not update or delete without a filter."),

    entry("database.url", Kind::Text, "sqlite:data/app.db", "The database: `sqlite:FILE`, where a relative file lies in the project's folder, or `postgres://user:password@host/database`, or `mysql://user:password@host/database`."),
    entry("database.connections", count(1, 1024), "16", "The most connections to a database server, beside two that short reads share."),
    entry("database.existing", Kind::Boolean, "false", "The database is not the project's to change: it is served as it is, with the rules of `policies/*.sql`, and nothing is migrated."),
    entry("database.synchronous", Kind::Choice(&["full", "normal", "off"]), "full", "When SQLite flushes: `full` survives a power cut, `normal` may lose the last commits to one, `off` may lose the file (refused by `serve`)."),
    entry("database.readers", count(0, 256), "0", "Connections that read; 0 is one for each processor core, and at least two."),

    entry("sources.NAME.url", Kind::Secret, "", "A further database, whose tables requests reach by the schema `NAME`, which `api.schemas` must list too. Written as `database.url`."),
    entry("sources.NAME.schema", Kind::Text, "public", "The schema of that database that is exposed as `NAME`."),
    entry("sources.NAME.existing", Kind::Boolean, "false", "That database is not the project's to change: nothing is migrated, and its rules are in `sources/NAME/policies`. Otherwise its migrations are in `sources/NAME/migrations`."),

    entry("server.listen", Kind::Text, "", "Address and port to listen on; when empty, `127.0.0.1:54321` for `dev` and `127.0.0.1:8000` for `serve`."),
    entry("server.public_url", Kind::Text, "", "The address under which clients reach the server, when a proxy stands before it; when empty, the one it listens on."),
    entry("server.workers", count(0, 1024), "0", "Threads that serve connections; 0 is one for each processor core."),
    entry("server.connections_max", count(1, 1_000_000), "10000", "Most open connections; further ones wait to be accepted."),
    entry("server.header_timeout_s", count(1, 3600), "10", "Seconds in which a request's head must arrive."),
    entry("server.body_timeout_s", count(1, 3600), "30", "Seconds in which a request's body must arrive."),
    entry("server.idle_timeout_s", count(1, 86_400), "75", "Seconds after which a connection without a request, or whose client takes nothing of its answer, is closed."),
    entry("server.drain_s", count(0, 3600), "20", "Seconds that requests under way may take to finish after SIGTERM."),
    entry("server.compression", Kind::Boolean, "true", "Answers are compressed for clients that accept gzip or brotli."),
    entry("server.timing", Kind::Boolean, "false", "Answers of the data API tell in `Server-Timing` how many milliseconds their steps took. It tells more of hidden rows than an answer should; for development."),
    entry("server.cors_origins", Kind::List, "*", "Origins whose pages may call the server from a browser; `*` is every origin. Credentials are never allowed: keys and tokens travel in headers."),
    entry("server.metrics", Kind::Choice(&["loopback", "public", "off"]), "loopback", "Who may read `/metrics`: callers from this machine, everybody, or nobody."),

    entry("keys.publishable", Kind::Secret, "", "The publishable key; when empty, the one in `data/keys.json`, which is made on first use."),
    entry("keys.secret", Kind::Secret, "", "The secret key; when empty, the one in `data/keys.json`."),
    entry("keys.jwt_secret", Kind::Secret, "", "The secret that signs and verifies HS256 tokens; when empty, the one in `data/keys.json`."),

    entry("auth.jwks", Kind::Text, "", "Further public keys that verify tokens: a JWKS file in the project's folder, or the JWKS itself."),
    entry("auth.jwt_issuer", Kind::Text, "", "The `iss` that tokens verified by `auth.jwks` must have; when empty, any."),
    entry("auth.jwt_aud", Kind::Text, "", "The `aud` that a token which has one must include; when empty, any."),

    entry("limits.body_bytes_max", count(1, MANY), "10485760", "Largest request body, in bytes."),
    entry("limits.query_bytes_max", count(1, 49_152), "16384", "Longest query string, in bytes."),
    entry("limits.filter_depth_max", count(1, 64), "16", "Deepest nesting of `and(…)` and `or(…)`."),
    entry("limits.filter_conditions_max", count(1, 10_000), "256", "Most conditions in one request, embeds included."),
    entry("limits.in_values_max", count(1, 30_000), "2000", "Most values of one `in.(…)` list."),
    entry("limits.select_items_max", count(1, 2_000), "512", "Most items of one `select`, embeds included."),
    entry("limits.embed_depth_max", count(1, 32), "8", "Deepest nesting of embeds."),
    entry("limits.embeds_max", count(1, 60), "32", "Most embeds in one request."),
    entry("limits.insert_rows_max", count(1, MANY), "100000", "Most rows of one insert."),
    entry("limits.json_depth_max", count(1, 128), "128", "Deepest nesting of a JSON body or value."),
    entry("limits.answer_bytes_max", count(1, MANY), "1073741824", "Largest answer, in bytes; one that is too large for memory is kept in a file until the client has it."),
    entry("limits.statement_timeout_ms", count(1, 3_600_000), "8000", "Longest that a statement may run, in milliseconds."),

    entry("migrate.on_start", Kind::Boolean, "false", "`serve` applies the migrations that are not applied yet; `dev` always does."),

    entry("site.folder", Kind::Text, "public", "The folder that is served at `/`, within the project's."),
    entry("site.fallback", Kind::Text, "", "The file of that folder that answers paths which no file has, such as `index.html` of a single-page application; when empty, they are 404."),

    entry("log.level", Kind::Choice(&["error", "warn", "info", "debug", "trace"]), "info", "The least important level that is logged; requests are `info`."),
    entry("log.format", Kind::Choice(&["auto", "text", "json"]), "auto", "The form of the log: `auto` is text on a terminal and JSON elsewhere."),
];

/// What stands in the names of settings for the name of a source.
const SOURCE: &str = "sources.NAME.";

/// Returns the setting `name`. Those of a source are there for every source.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    let found = |name: &str| SETTINGS.iter().find(|entry| entry.name == name);
    match source(name) {
        Some((_, setting)) => found(&format!("{SOURCE}{setting}")),
        None => found(name),
    }
}

/// Returns the source and the setting that `name` is made of, when it is one of a source.
pub(crate) fn source(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("sources.")?.split_once('.')
}

/// Tells whether an entry is there for every source, and so has no value of its own.
pub(crate) fn is_of_source(entry: &Entry) -> bool {
    entry.name.starts_with(SOURCE)
}

/// Returns the name that `name` was most likely meant to be, when one is near.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    SETTINGS
        .iter()
        .map(|entry| {
            let whole = strsim::normalized_damerau_levenshtein(entry.name, name);
            let part = strsim::normalized_damerau_levenshtein(&last(entry.name), &last(name));
            (whole.max(part * 0.9), entry.name)
        })
        .filter(|(likeness, _)| *likeness >= 0.6)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}
