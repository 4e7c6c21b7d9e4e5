//! Indexes of words, in the place of PostgreSQL's `gin` on a `tsvector`: a table of words and the rows that have them, which triggers keep.
//!
//! The table has the index's name, which no other relation has. It finds candidates alone, so that it need not know positions.

use underpin_base::{Name, QualifiedName, Result};
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::writer::sqlite::{self, WordIndex, WordIndexes};

use super::table::identity_column;
use super::{name_of, quoted};
use crate::catalog::{Catalog, Index, Table};

/// Returns every index of words in `catalog`.
pub fn word_indexes(catalog: &Catalog) -> WordIndexes {
    let mut found = WordIndexes::default();
    for table in catalog.tables.values() {
        for index in &table.indexes {
            if let Some(key) = index.vector() {
                let index = WordIndex {
                    name: file_name(table, index),
                    row: identity_column(table).map(|column| column.name.clone()),
                    key: key.clone(),
                };
                found.add(&table.name, index);
            }
        }
    }
    found
}

/// Returns the name of the index's table in the file, not quoted.
fn file_name(table: &Table, index: &Index) -> String {
    sqlite::table_name(&QualifiedName::new(
        table.name.schema.clone(),
        index.name.clone(),
    ))
}

/// Returns the statements that make the index and fill it from the rows that exist.
pub(super) fn create(table: &Table, index: &Index, vector: &Expr) -> Result<Vec<String>> {
    let file_name = file_name(table, index);
    let name = quoted(&file_name);
    let of_table = sqlite::expression_inline(vector)?;
    let of_new = sqlite::expression_of_row(vector, "new")?;
    let of_old = sqlite::expression_of_row(vector, "old")?;
    let add = format!(
        "INSERT INTO {name} (word, \"row\") \
         SELECT value, new.rowid FROM json_each(underpin_words({of_new}))"
    );
    let remove = format!(
        "DELETE FROM {name} WHERE \"row\" = old.rowid \
         AND word IN (SELECT value FROM json_each(underpin_words({of_old})))"
    );
    let on = name_of(table);
    let [inserted, updated, deleted] = triggers(&file_name);
    Ok(vec![
        format!(
            "CREATE TABLE {name} (word TEXT NOT NULL, \"row\" INTEGER NOT NULL, \
             PRIMARY KEY (word, \"row\")) STRICT, WITHOUT ROWID"
        ),
        format!(
            "INSERT INTO {name} (word, \"row\") SELECT words.value, source.\"row\" \
             FROM (SELECT rowid AS \"row\", underpin_words({of_table}) AS words FROM {on}) AS source, \
             json_each(source.words) AS words"
        ),
        format!("CREATE TRIGGER {inserted} AFTER INSERT ON {on} BEGIN {add}; END"),
        format!(
            "CREATE TRIGGER {updated} AFTER UPDATE ON {on} WHEN {} BEGIN {remove}; {add}; END",
            changed(vector)
        ),
        format!("CREATE TRIGGER {deleted} AFTER DELETE ON {on} BEGIN {remove}; END"),
    ])
}

/// Returns the statements that remove the index, as far as it is there: it does not go with its table as others do.
pub(super) fn remove(table: &Table, index: &Index) -> Vec<String> {
    let file_name = file_name(table, index);
    let mut statements: Vec<String> = triggers(&file_name)
        .iter()
        .map(|trigger| format!("DROP TRIGGER IF EXISTS {trigger}"))
        .collect();
    statements.push(format!("DROP TABLE IF EXISTS {}", quoted(&file_name)));
    statements
}

/// Returns the names of the triggers, quoted.
fn triggers(file_name: &str) -> [String; 3] {
    ["insert", "update", "delete"].map(|event| quoted(&format!("{file_name} ({event})")))
}

/// Returns the condition that an update changed what the vector is made of.
fn changed(vector: &Expr) -> String {
    let mut columns: Vec<Name> = Vec::new();
    let _ = vector.clone().map(&mut |part| {
        if let ExprKind::Column { name, .. } = &part.kind
            && !columns.contains(name)
        {
            columns.push(name.clone());
        }
        part
    });
    let mut terms = vec!["old.rowid IS NOT new.rowid".to_owned()];
    terms.extend(columns.iter().map(|column| {
        let column = quoted(column);
        // A column's own collation may take two texts for one.
        format!("old.{column} COLLATE BINARY IS NOT new.{column}")
    }));
    terms.join(" OR ")
}
