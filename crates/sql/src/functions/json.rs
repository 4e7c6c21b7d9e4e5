//! Functions of `json` and `jsonb`.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("array_to_json", "anyarray", "json", "stable", "pg_array_to_json"),
    ("json_array_elements", "json", "setof json", "", "pg_json_array_elements"),
    ("json_array_elements_text", "json", "setof text", "", "pg_json_array_elements_text"),
    ("json_array_length", "json", "int4", "", "pg_json_array_length"),
    ("json_build_array", "variadic any", "json", "stable called on null", "pg_json_build_array"),
    ("json_build_object", "variadic any", "json", "stable called on null", "pg_json_build_object"),
    ("json_each", "json", "setof record", "", "pg_json_each"),
    ("json_each_text", "json", "setof record", "", "pg_json_each_text"),
    ("json_extract_path", "json, variadic text", "json", "", "pg_json_extract_path"),
    ("json_extract_path_text", "json, variadic text", "text", "", "pg_json_extract_path_text"),
    ("json_object", "text[]", "json", "", "pg_json_object"),
    ("json_object", "text[], text[]", "json", "", "pg_json_object_pairs"),
    ("json_object_keys", "json", "setof text", "", "pg_json_object_keys"),
    ("json_strip_nulls", "json", "json", "", "pg_json_strip_nulls"),
    ("json_typeof", "json", "text", "", "pg_json_typeof"),
    ("jsonb_array_elements", "jsonb", "setof jsonb", "", "pg_jsonb_array_elements"),
    ("jsonb_array_elements_text", "jsonb", "setof text", "", "pg_jsonb_array_elements_text"),
    ("jsonb_array_length", "jsonb", "int4", "", "pg_jsonb_array_length"),
    ("jsonb_build_array", "variadic any", "jsonb", "stable called on null", "pg_jsonb_build_array"),
    ("jsonb_build_object", "variadic any", "jsonb", "stable called on null", "pg_jsonb_build_object"),
    ("jsonb_each", "jsonb", "setof record", "", "pg_jsonb_each"),
    ("jsonb_each_text", "jsonb", "setof record", "", "pg_jsonb_each_text"),
    ("jsonb_extract_path", "jsonb, variadic text", "jsonb", "", "pg_jsonb_extract_path"),
    ("jsonb_extract_path_text", "jsonb, variadic text", "text", "", "pg_jsonb_extract_path_text"),
    ("jsonb_insert", "jsonb, text[], jsonb", "jsonb", "", "pg_jsonb_insert"),
    ("jsonb_insert", "jsonb, text[], jsonb, bool", "jsonb", "", "pg_jsonb_insert_after"),
    ("jsonb_object", "text[]", "jsonb", "", "pg_jsonb_object"),
    ("jsonb_object", "text[], text[]", "jsonb", "", "pg_jsonb_object_pairs"),
    ("jsonb_object_keys", "jsonb", "setof text", "", "pg_jsonb_object_keys"),
    ("jsonb_pretty", "jsonb", "text", "", "pg_jsonb_pretty"),
    ("jsonb_set", "jsonb, text[], jsonb", "jsonb", "", "pg_jsonb_set"),
    ("jsonb_set", "jsonb, text[], jsonb, bool", "jsonb", "", "pg_jsonb_set_create"),
    ("jsonb_strip_nulls", "jsonb", "jsonb", "", "pg_jsonb_strip_nulls"),
    ("jsonb_typeof", "jsonb", "text", "", "pg_jsonb_typeof"),
    ("row_to_json", "anyelement", "json", "stable", "pg_row_to_json"),
    ("to_json", "anyelement", "json", "stable", "pg_to_json"),
    ("to_jsonb", "anyelement", "jsonb", "stable", "pg_to_jsonb"),
];

/// Returns the names and types of the columns of a function of this file that returns rows of more than one.
pub(super) fn columns(name: &str) -> Option<[(&'static str, &'static str); 2]> {
    Some(match name {
        "json_each" => [("key", "text"), ("value", "json")],
        "jsonb_each" => [("key", "text"), ("value", "jsonb")],
        "json_each_text" | "jsonb_each_text" => [("key", "text"), ("value", "text")],
        _ => return None,
    })
}
