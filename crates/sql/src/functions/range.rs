//! Functions of ranges, and their constructors.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("daterange", "date, date", "daterange", "called on null", "pg_daterange"),
    ("daterange", "date, date, text", "daterange", "called on null", "pg_daterange_flags"),
    ("int4range", "int4, int4", "int4range", "called on null", "pg_int4range"),
    ("int4range", "int4, int4, text", "int4range", "called on null", "pg_int4range_flags"),
    ("int8range", "int8, int8", "int8range", "called on null", "pg_int8range"),
    ("int8range", "int8, int8, text", "int8range", "called on null", "pg_int8range_flags"),
    ("numrange", "numeric, numeric", "numrange", "called on null", "pg_numrange"),
    ("numrange", "numeric, numeric, text", "numrange", "called on null", "pg_numrange_flags"),
    ("tsrange", "timestamp, timestamp", "tsrange", "called on null", "pg_tsrange"),
    ("tsrange", "timestamp, timestamp, text", "tsrange", "called on null", "pg_tsrange_flags"),
    ("tstzrange", "timestamptz, timestamptz", "tstzrange", "called on null", "pg_tstzrange"),
    ("tstzrange", "timestamptz, timestamptz, text", "tstzrange", "called on null", "pg_tstzrange_flags"),
    ("isempty", "anyrange", "bool", "", "pg_range_is_empty"),
    ("lower", "anyrange", "anyelement", "", "pg_range_lower"),
    ("lower_inc", "anyrange", "bool", "", "pg_range_lower_inc"),
    ("lower_inf", "anyrange", "bool", "", "pg_range_lower_inf"),
    ("range_merge", "anyrange, anyrange", "anyrange", "", "pg_range_merge"),
    ("upper", "anyrange", "anyelement", "", "pg_range_upper"),
    ("upper_inc", "anyrange", "bool", "", "pg_range_upper_inc"),
    ("upper_inf", "anyrange", "bool", "", "pg_range_upper_inf"),
];
