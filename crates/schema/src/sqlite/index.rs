//! Indexes. A method that SQLite lacks and that answers no equality (`gin`, `gist`, …) becomes nothing, but for the words of a `tsvector`
//! ([`word_index`]).

use underpin_base::{QualifiedName, Result};
use underpin_sql::writer::sqlite;

use super::{exclusion, name_of, quoted, word_index};
use crate::catalog::{Index, IndexKey, Table};

/// Returns the statements that make `index`; none when SQLite needs none.
pub(super) fn create(table: &Table, index: &Index) -> Result<Vec<String>> {
    if !index.exclusion.is_empty() {
        return exclusion::create(table, index);
    }
    if let Some(vector) = index.vector() {
        return word_index::create(table, index, vector);
    }
    if !is_kept(index) {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for key in &index.keys {
        let sql = of_key(table, key)?;
        keys.push(if index.nulls_not_distinct {
            nulls_not_distinct(sql)
        } else if key.descending {
            format!("{} DESC", collated(sql))
        } else {
            collated(sql)
        });
    }
    let mut sql = format!(
        "CREATE {}INDEX {} ON {} ({})",
        if index.unique { "UNIQUE " } else { "" },
        name(table, &index.name),
        name_of(table),
        keys.join(", ")
    );
    if let Some(filter) = &index.filter {
        sql.push_str(" WHERE ");
        sql.push_str(&sqlite::expression_inline(&filter.expr)?);
    }
    Ok(vec![sql])
}

/// Returns the statements that remove `index`; none when SQLite has none.
pub(super) fn remove(table: &Table, index: &Index) -> Vec<String> {
    if !index.exclusion.is_empty() {
        return exclusion::remove(table, index);
    }
    if index.vector().is_some() {
        return word_index::remove(table, index);
    }
    if !is_kept(index) {
        return Vec::new();
    }
    vec![format!("DROP INDEX {}", name(table, &index.name))]
}

/// Returns the statements that remove the indexes of `table` that do not go with it.
pub(super) fn remove_beside(table: &Table) -> Vec<String> {
    table
        .indexes
        .iter()
        .filter(|index| index.vector().is_some())
        .flat_map(|index| word_index::remove(table, index))
        .collect()
}

fn is_kept(index: &Index) -> bool {
    matches!(&*index.method, "btree" | "hash") && !index.keys.is_empty()
}

/// Returns the index's name in the file: names of indexes are those of a schema in PostgreSQL, and of the file in SQLite.
pub(super) fn name(table: &Table, index: &str) -> String {
    quoted(&sqlite::table_name(&QualifiedName::new(
        table.name.schema.clone(),
        index,
    )))
}

/// A key's expression, and its collation when the expression does not bring one along.
type KeySql = (String, Option<String>);

fn of_column(table: &Table, column: &str) -> KeySql {
    let collation = table
        .column(column)
        .and_then(|column| column.ty.ty.collation());
    (quoted(column), collation.map(|name| quoted(&name)))
}

fn of_key(table: &Table, key: &IndexKey) -> Result<KeySql> {
    match &key.column {
        Some(column) => Ok(of_column(table, column)),
        None => {
            let collation = key.expression.expr.ty.collation();
            Ok((
                format!("({})", sqlite::expression_inline(&key.expression.expr)?),
                collation.map(|name| quoted(&name)),
            ))
        }
    }
}

fn collated((sql, collation): KeySql) -> String {
    match collation {
        Some(collation) => format!("{sql} COLLATE {collation}"),
        None => sql,
    }
}

/// Writes a key as two, whether it is null and its value, so that two nulls are the same.
fn nulls_not_distinct((sql, collation): KeySql) -> String {
    format!(
        "{sql} IS NULL, {}",
        collated((format!("ifnull({sql}, 0)"), collation))
    )
}
