//! `like`, `ilike` and `similar to`.

use underpin_base::Value;
use underpin_sql::types::pattern::Options;
use underpin_sql::types::text;

use super::registry::Row;
use super::regular_expression::is_match;

/// The implementations.
pub(super) const ROWS: &[Row] = &[
    ("pg_like", |a| {
        text::like(a.text(0)?, a.text(1)?).map(Value::bool)
    }),
    ("pg_ilike", |a| {
        text::ilike(a.text(0)?, a.text(1)?).map(Value::bool)
    }),
    ("pg_similar", |a| {
        let expression = text::similar_to_regex(a.text(1)?, None)?;
        is_match(&expression, Options::default(), a.text(0)?).map(Value::bool)
    }),
    ("pg_like_escape", |a| {
        text::with_escape(a.text(0)?, a.text(1)?).map(Value::text)
    }),
];
