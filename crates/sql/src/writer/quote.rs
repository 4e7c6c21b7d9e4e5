//! The one function that quotes an identifier.

/// Appends `identifier` to `sql` in double quotes, with quotes inside doubled: the form that SQLite and PostgreSQL read as a name
/// whatever it contains. A NUL, which ends a statement in SQLite's API, is dropped; the grammars refuse it before.
pub fn quote_identifier(sql: &mut String, identifier: &str) {
    sql.push('"');
    for character in identifier.chars() {
        match character {
            '"' => sql.push_str("\"\""),
            '\0' => {}
            other => sql.push(other),
        }
    }
    sql.push('"');
}
