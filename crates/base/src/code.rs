//! [`Code`]: the stable name of an error, and the status that follows from it.
//!
//! The data API speaks PostgreSQL's SQLSTATEs and PostgREST's PGRST codes; what is ours alone has a name in words.

use std::borrow::Cow;
use std::fmt;

/// The stable code of an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code(Cow<'static, str>);

/// Declares the codes that the program itself raises: constant, code, documentation.
macro_rules! codes {
    ($($constant:ident = $code:literal, $documentation:literal;)*) => {
        impl Code {
            $(#[doc = $documentation] pub const $constant: Self = Self(Cow::Borrowed($code));)*

            /// Every code that the program raises, with its documentation line.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($code, $documentation),)*];
        }
    };
}

codes! {
    DATABASE_UNREACHABLE = "PGRST000", "The database cannot be reached.";
    SCHEMA_CACHE_MISSING = "PGRST002", "The schema is not loaded yet.";
    POOL_TIMEOUT = "PGRST003", "No database connection became free in time.";
    QUERY_STRING = "PGRST100", "The query string cannot be parsed.";
    RPC_METHOD = "PGRST101", "A function is called with GET, HEAD or POST.";
    BODY = "PGRST102", "The request body is invalid.";
    RANGE = "PGRST103", "The range cannot be satisfied.";
    PUT = "PGRST105", "A PUT request addresses exactly one row by its primary key.";
    SCHEMA_NOT_EXPOSED = "PGRST106", "The schema is not exposed.";
    NOT_ACCEPTABLE = "PGRST107", "No requested media type can be produced.";
    EMBED_NOT_SELECTED = "PGRST108", "A filter names an embed that the select does not have.";
    RESPONSE_HEADERS = "PGRST111", "A function set response.headers to something that is no headers.";
    RESPONSE_STATUS = "PGRST112", "A function set response.status to something that is no status.";
    PUT_LIMIT = "PGRST114", "A PUT request takes no limit or offset.";
    PUT_KEY = "PGRST115", "The payload's key differs from the key in the URL.";
    NOT_SINGLE = "PGRST116", "A single object was asked for and the result has another number of rows.";
    METHOD = "PGRST117", "The method is not supported.";
    RELATED_ORDER = "PGRST118", "Ordering by a related table needs a to-one relationship.";
    EMBED_OPERATOR = "PGRST120", "An embed can be filtered with is.null only.";
    RAISED_RESPONSE = "PGRST121", "An error that a function raised as PGRST is not the JSON that it must be.";
    PREFERENCES = "PGRST122", "A preference is invalid under handling=strict.";
    AGGREGATES_DISABLED = "PGRST123", "Aggregates are disabled.";
    MAX_AFFECTED = "PGRST124", "More rows were affected than max-affected allows.";
    PATH = "PGRST125", "The path is invalid.";
    OPENAPI_DISABLED = "PGRST126", "The OpenAPI description is disabled.";
    NOT_IMPLEMENTED = "PGRST127", "The feature is not available.";
    MAX_AFFECTED_RPC = "PGRST128", "max-affected needs a function that returns a set.";
    NO_RELATIONSHIP = "PGRST200", "No relationship exists between the two tables.";
    AMBIGUOUS_RELATIONSHIP = "PGRST201", "More than one relationship exists between the two tables.";
    FUNCTION_NOT_FOUND = "PGRST202", "The function does not exist.";
    FUNCTION_AMBIGUOUS = "PGRST203", "More than one function matches the arguments.";
    PAYLOAD_COLUMN = "PGRST204", "A column of the payload does not exist.";
    TABLE_NOT_FOUND = "PGRST205", "The table does not exist.";
    JWT_SECRET_MISSING = "PGRST300", "No key to verify tokens with is configured.";
    JWT_INVALID = "PGRST301", "The token cannot be decoded or its signature is wrong.";
    ANONYMOUS_DISABLED = "PGRST302", "Anonymous access is disabled.";
    JWT_CLAIMS = "PGRST303", "The token's claims were refused.";
    INTERNAL = "PGRSTX00", "An internal error.";

    INVALID_PARAMETER = "22023", "invalid_parameter_value";
    CHARACTER_NOT_IN_REPERTOIRE = "22021", "character_not_in_repertoire";
    INVALID_LIMIT = "2201W", "invalid_row_count_in_limit_clause";
    INVALID_OFFSET = "2201X", "invalid_row_count_in_result_offset_clause";
    STRING_TOO_LONG = "22001", "string_data_right_truncation";
    NUMERIC_OUT_OF_RANGE = "22003", "numeric_value_out_of_range";
    DATETIME_FORMAT = "22007", "invalid_datetime_format";
    DATETIME_OVERFLOW = "22008", "datetime_field_overflow";
    DIVISION_BY_ZERO = "22012", "division_by_zero";
    INVALID_REGULAR_EXPRESSION = "2201B", "invalid_regular_expression";
    INVALID_ESCAPE = "22025", "invalid_escape_sequence";
    INVALID_TEXT = "22P02", "invalid_text_representation";
    UNTRANSLATABLE_CHARACTER = "22P05", "untranslatable_character";
    GENERATED_ALWAYS = "428C9", "generated_always";
    NOT_NULL = "23502", "not_null_violation";
    FOREIGN_KEY = "23503", "foreign_key_violation";
    UNIQUE = "23505", "unique_violation";
    CHECK = "23514", "check_violation";
    EXCLUSION = "23P01", "exclusion_violation";
    CHECK_OPTION = "44000", "with_check_option_violation";
    CARDINALITY = "21000", "cardinality_violation";
    READ_ONLY = "25006", "read_only_sql_transaction";
    SERIALIZATION = "40001", "serialization_failure";
    SYNTAX = "42601", "syntax_error";
    PRIVILEGE = "42501", "insufficient_privilege";
    UNDEFINED_COLUMN = "42703", "undefined_column";
    AMBIGUOUS_COLUMN = "42702", "ambiguous_column";
    UNDEFINED_TABLE = "42P01", "undefined_table";
    UNDEFINED_FUNCTION = "42883", "undefined_function";
    AMBIGUOUS_FUNCTION = "42725", "ambiguous_function";
    AMBIGUOUS_ALIAS = "42P09", "ambiguous_alias";
    DUPLICATE_ALIAS = "42712", "duplicate_alias";
    UNDEFINED_PARAMETER = "42P02", "undefined_parameter";
    WINDOWING = "42P20", "windowing_error";
    INDETERMINATE_TYPE = "42P18", "indeterminate_datatype";
    UNDEFINED_OBJECT = "42704", "undefined_object";
    DUPLICATE_OBJECT = "42710", "duplicate_object";
    DUPLICATE_TABLE = "42P07", "duplicate_table";
    DUPLICATE_COLUMN = "42701", "duplicate_column";
    DATATYPE_MISMATCH = "42804", "datatype_mismatch";
    CANNOT_COERCE = "42846", "cannot_coerce";
    INVALID_COLUMN_REFERENCE = "42P10", "invalid_column_reference";
    GROUPING = "42803", "grouping_error";
    WRONG_OBJECT_TYPE = "42809", "wrong_object_type";
    INVALID_RECURSION = "42P17", "invalid_object_definition";
    OBJECT_STATE = "55000", "object_not_in_prerequisite_state";
    DEPENDENT_OBJECTS = "2BP01", "dependent_objects_still_exist";
    FEATURE_NOT_SUPPORTED = "0A000", "feature_not_supported";
    DISK_FULL = "53100", "disk_full";
    TOO_COMPLEX = "54001", "statement_too_complex";
    QUERY_CANCELED = "57014", "query_canceled";
    SHUTTING_DOWN = "57P01", "admin_shutdown";

    BODY_TOO_LARGE = "body_too_large", "The request body is larger than the limit.";
    URL_TOO_LONG = "url_too_long", "The query string is longer than the limit.";
    TIMEOUT = "request_timeout", "The request was not received in time.";
    OVERLOADED = "overloaded", "The server has too much queued to take the request now.";
    KEY_INVALID = "api_key_invalid", "The API key is not one of this project.";
    SETTINGS = "settings_invalid", "A setting is unknown or invalid.";
    MIGRATION = "migration_refused", "A migration cannot be applied.";
    DRIFT = "schema_drift", "The database's schema is not what the applied migrations made.";
    SOURCE_CROSSED = "source_crossed", "A request or a rule joins tables of two databases.";
    COPY = "copy_refused", "A copy cannot be made, or is not the same as its source.";
    USAGE = "usage", "The command was called with wrong arguments.";
    IO = "io", "A file or socket could not be used.";
}

impl Code {
    /// Returns the code `code`, for codes that are data: an application's own SQLSTATE.
    pub fn new(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    /// Returns the code as clients see it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the HTTP status: `wire.md` §1.13, which is PostgREST's table.
    ///
    /// `anonymous` tells whether the caller is the visitor, whom a refusal asks to sign in (401) where it forbids others (403).
    pub fn status(&self, anonymous: bool) -> u16 {
        let code = self.as_str();
        if code.starts_with("PGRST") {
            return pgrst_status(code);
        }
        match code {
            "42501" if anonymous => 401,
            "body_too_large" => 413,
            "url_too_long" => 414,
            "request_timeout" => 408,
            "overloaded" => 503,
            "api_key_invalid" => 401,
            "settings_invalid" | "migration_refused" | "schema_drift" | "copy_refused"
            | "usage" | "io" => 500,
            _ => sqlstate_status(code),
        }
    }
}

fn pgrst_status(code: &str) -> u16 {
    match code {
        "PGRST000" | "PGRST001" | "PGRST002" => 503,
        "PGRST003" => 504,
        "PGRST101" | "PGRST105" | "PGRST117" => 405,
        "PGRST103" => 416,
        "PGRST106" | "PGRST107" | "PGRST116" => 406,
        "PGRST111" | "PGRST112" | "PGRST121" | "PGRST300" | "PGRSTX00" => 500,
        "PGRST125" | "PGRST126" | "PGRST202" | "PGRST205" => 404,
        "PGRST201" | "PGRST203" => 300,
        "PGRST301" | "PGRST302" | "PGRST303" => 401,
        _ => 400,
    }
}

fn sqlstate_status(code: &str) -> u16 {
    if let Some(status) = code
        .strip_prefix("PT")
        .and_then(|status| status.parse().ok())
        && (200..600).contains(&status)
    {
        return status;
    }
    match code {
        "42501" => 403,
        "42883" | "42P01" => 404,
        "23503" | "23505" => 409,
        "25006" => 405,
        "57P01" => 503,
        "42P17" | "53400" => 500,
        "P0001" => 400,
        _ => match code.get(..2).unwrap_or_default() {
            "08" | "53" => 503,
            "0L" | "0P" | "28" => 403,
            "09" | "21" | "25" | "2D" | "38" | "39" | "3B" | "40" | "54" | "55" | "57" | "58"
            | "F0" | "HV" | "P0" | "XX" => 500,
            _ => 400,
        },
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
