//! Window functions; SQLite has PostgreSQL's under the same names.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("cume_dist", "", "float8", "called on null", "cume_dist"),
    ("dense_rank", "", "int8", "called on null", "dense_rank"),
    ("first_value", "anyelement", "anyelement", "called on null", "first_value"),
    ("lag", "anyelement", "anyelement", "called on null", "lag"),
    ("lag", "anyelement, int4", "anyelement", "called on null", "lag"),
    ("lag", "anyelement, int4, anyelement", "anyelement", "called on null", "lag"),
    ("last_value", "anyelement", "anyelement", "called on null", "last_value"),
    ("lead", "anyelement", "anyelement", "called on null", "lead"),
    ("lead", "anyelement, int4", "anyelement", "called on null", "lead"),
    ("lead", "anyelement, int4, anyelement", "anyelement", "called on null", "lead"),
    ("nth_value", "anyelement, int4", "anyelement", "called on null", "nth_value"),
    ("ntile", "int4", "int4", "called on null", "ntile"),
    ("percent_rank", "", "float8", "called on null", "percent_rank"),
    ("rank", "", "int8", "called on null", "rank"),
    ("row_number", "", "int8", "called on null", "row_number"),
];
