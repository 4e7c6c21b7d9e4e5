//! What the fuzzer feeds: one function for each reader of strangers' bytes, which panics when something is wrong.
//!
//! The targets give them what libFuzzer makes up; a test of the server gives them the committed corpora on a stable compiler.

mod body;
mod function;
mod migration;
mod pattern;
mod query;
mod text_search;

/// A reader.
pub(crate) type Entry = fn(&[u8]);

/// Every reader by the name of its target.
pub(crate) const ENTRIES: [(&str, Entry); 7] = [
    ("request_query", query::query),
    ("request_select", query::select),
    ("request_body", body::body),
    ("migration", migration::migration),
    ("function_body", function::function),
    ("pattern", pattern::pattern),
    ("text_search", text_search::text_search),
];

/// Gives `bytes` to the reader `name`.
pub(crate) fn feed(name: &str, bytes: &[u8]) {
    for (_, entry) in ENTRIES.iter().filter(|(known, _)| *known == name) {
        entry(bytes);
    }
}
