//! Functions of bytes: digests, encodings, random values.

use super::function::Row;

/// The rows; one line each, so that they read as a table.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("convert_from", "bytea, text", "text", "", "pg_convert_from"),
    ("convert_to", "text, text", "bytea", "", "pg_convert_to"),
    ("decode", "text, text", "bytea", "", "pg_decode"),
    ("digest", "bytea, text", "bytea", "", "pg_digest_bytea"),
    ("digest", "text, text", "bytea", "", "pg_digest"),
    ("encode", "bytea, text", "text", "", "pg_encode"),
    ("gen_random_bytes", "int4", "bytea", "volatile", "pg_gen_random_bytes"),
    ("gen_random_uuid", "", "uuid", "volatile", "pg_gen_random_uuid"),
    ("hmac", "bytea, bytea, text", "bytea", "", "pg_hmac_bytea"),
    ("hmac", "text, text, text", "bytea", "", "pg_hmac"),
    ("length", "bytea", "int4", "", "length"),
    ("md5", "bytea", "text", "", "pg_md5_bytea"),
    ("md5", "text", "text", "", "pg_md5"),
    ("octet_length", "bytea", "int4", "", "octet_length"),
    ("sha224", "bytea", "bytea", "", "pg_sha224"),
    ("sha256", "bytea", "bytea", "", "pg_sha256"),
    ("sha384", "bytea", "bytea", "", "pg_sha384"),
    ("sha512", "bytea", "bytea", "", "pg_sha512"),
    ("uuid_generate_v4", "", "uuid", "volatile", "pg_uuid_generate_v4"),
];
