//! Functions that ask about the database or about types, and sequences.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("currval", "text", "int8", "volatile", "pg_currval"),
    ("lastval", "", "int8", "volatile", "pg_lastval"),
    ("nextval", "text", "int8", "volatile", "pg_nextval"),
    ("num_nonnulls", "variadic any", "int4", "called on null", "pg_num_nonnulls"),
    ("num_nulls", "variadic any", "int4", "called on null", "pg_num_nulls"),
    ("pg_advisory_xact_lock", "int4, int4", "void", "volatile", "pg_advisory_lock_pair"),
    ("pg_advisory_xact_lock", "int8", "void", "volatile", "pg_advisory_lock"),
    ("pg_get_serial_sequence", "text, text", "text", "stable", "pg_serial_sequence"),
    ("pg_notify", "text, text", "void", "volatile called on null", "pg_notify"),
    ("pg_trigger_depth", "", "int4", "volatile", "pg_trigger_depth"),
    ("pg_try_advisory_xact_lock", "int8", "bool", "volatile", "pg_try_advisory_lock"),
    ("pg_typeof", "any", "text", "stable called on null", "pg_typeof"),
    ("set_config", "text, text, bool", "text", "volatile called on null", "pg_set_config"),
    ("setval", "text, int8", "int8", "volatile", "pg_setval"),
    ("setval", "text, int8, bool", "int8", "volatile", "pg_setval_called"),
    ("version", "", "text", "stable", "pg_version"),
];
