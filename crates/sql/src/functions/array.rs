//! Functions of arrays, and series.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("array_append", "anyarray, anyelement", "anyarray", "called on null", "pg_array_append"),
    ("array_cat", "anyarray, anyarray", "anyarray", "called on null", "pg_array_cat"),
    ("array_fill", "anyelement, int4[]", "anyarray", "called on null", "pg_array_fill"),
    ("array_length", "anyarray, int4", "int4", "", "pg_array_length"),
    ("array_lower", "anyarray, int4", "int4", "", "pg_array_lower"),
    ("array_ndims", "anyarray", "int4", "", "pg_array_ndims"),
    ("array_position", "anyarray, anyelement", "int4", "called on null", "pg_array_position"),
    ("array_positions", "anyarray, anyelement", "int4[]", "called on null", "pg_array_positions"),
    ("array_prepend", "anyelement, anyarray", "anyarray", "called on null", "pg_array_prepend"),
    ("array_remove", "anyarray, anyelement", "anyarray", "called on null", "pg_array_remove"),
    ("array_replace", "anyarray, anyelement, anyelement", "anyarray", "called on null", "pg_array_replace"),
    ("array_to_string", "anyarray, text", "text", "stable", "pg_array_to_string"),
    ("array_to_string", "anyarray, text, text", "text", "stable called on null", "pg_array_to_string_null"),
    ("array_upper", "anyarray, int4", "int4", "", "pg_array_upper"),
    ("cardinality", "anyarray", "int4", "", "pg_cardinality"),
    ("generate_series", "int4, int4", "setof int4", "", "pg_series_int4"),
    ("generate_series", "int4, int4, int4", "setof int4", "", "pg_series_int4_step"),
    ("generate_series", "int8, int8", "setof int8", "", "pg_series_int8"),
    ("generate_series", "int8, int8, int8", "setof int8", "", "pg_series_int8_step"),
    ("generate_series", "numeric, numeric", "setof numeric", "", "pg_series_numeric"),
    ("generate_series", "numeric, numeric, numeric", "setof numeric", "", "pg_series_numeric_step"),
    ("generate_series", "timestamp, timestamp, interval", "setof timestamp", "", "pg_series_timestamp"),
    ("generate_series", "timestamptz, timestamptz, interval", "setof timestamptz", "", "pg_series_timestamptz"),
    ("generate_subscripts", "anyarray, int4", "setof int4", "", "pg_generate_subscripts"),
    ("trim_array", "anyarray, int4", "anyarray", "", "pg_trim_array"),
    ("unnest", "anyarray", "setof anyelement", "", "pg_unnest"),
];
