//! Functions of regular expressions.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("like_escape", "text, text", "text", "", "pg_like_escape"),
    ("regexp_count", "text, text", "int4", "", "pg_regexp_count"),
    ("regexp_count", "text, text, int4", "int4", "", "pg_regexp_count_start"),
    ("regexp_count", "text, text, int4, text", "int4", "", "pg_regexp_count_flags"),
    ("regexp_instr", "text, text", "int4", "", "pg_regexp_instr"),
    ("regexp_instr", "text, text, int4", "int4", "", "pg_regexp_instr_start"),
    ("regexp_instr", "text, text, int4, int4", "int4", "", "pg_regexp_instr_number"),
    ("regexp_instr", "text, text, int4, int4, int4", "int4", "", "pg_regexp_instr_end"),
    ("regexp_instr", "text, text, int4, int4, int4, text", "int4", "", "pg_regexp_instr_flags"),
    ("regexp_instr", "text, text, int4, int4, int4, text, int4", "int4", "", "pg_regexp_instr_group"),
    ("regexp_like", "text, text", "bool", "", "pg_regexp_like"),
    ("regexp_like", "text, text, text", "bool", "", "pg_regexp_like_flags"),
    ("regexp_match", "text, text", "text[]", "", "pg_regexp_match"),
    ("regexp_match", "text, text, text", "text[]", "", "pg_regexp_match_flags"),
    ("regexp_matches", "text, text", "setof text[]", "", "pg_regexp_matches"),
    ("regexp_matches", "text, text, text", "setof text[]", "", "pg_regexp_matches_flags"),
    ("regexp_replace", "text, text, text", "text", "", "pg_regexp_replace"),
    ("regexp_replace", "text, text, text, int4", "text", "", "pg_regexp_replace_start"),
    ("regexp_replace", "text, text, text, int4, int4", "text", "", "pg_regexp_replace_number"),
    ("regexp_replace", "text, text, text, int4, int4, text", "text", "", "pg_regexp_replace_number_flags"),
    ("regexp_replace", "text, text, text, text", "text", "", "pg_regexp_replace_flags"),
    ("regexp_split_to_array", "text, text", "text[]", "", "pg_regexp_split"),
    ("regexp_split_to_array", "text, text, text", "text[]", "", "pg_regexp_split_flags"),
    ("regexp_split_to_table", "text, text", "setof text", "", "pg_regexp_split_table"),
    ("regexp_split_to_table", "text, text, text", "setof text", "", "pg_regexp_split_table_flags"),
    ("regexp_substr", "text, text", "text", "", "pg_regexp_substr"),
    ("regexp_substr", "text, text, int4", "text", "", "pg_regexp_substr_start"),
    ("regexp_substr", "text, text, int4, int4", "text", "", "pg_regexp_substr_number"),
    ("regexp_substr", "text, text, int4, int4, text", "text", "", "pg_regexp_substr_flags"),
    ("regexp_substr", "text, text, int4, int4, text, int4", "text", "", "pg_regexp_substr_group"),
    ("substring", "text, text", "text", "", "pg_substring_pattern"),
    ("substring", "text, text, text", "text", "", "pg_substring_similar"),
];
