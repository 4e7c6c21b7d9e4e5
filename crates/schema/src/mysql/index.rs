//! Indexes. What the database has no index for answers no question faster, and what it cannot keep unique the engine does.

use underpin_sql::types::Type;

use super::column::key_length;
use super::{name_of, quoted};
use crate::catalog::{Index, Table};

/// How many characters of a long text an index holds.
const PREFIX_CHARACTERS: usize = 191;

/// Tells whether the database itself refuses a second row of a unique index: it has an index for it, and holds the same values for
/// equal.
pub fn enforces(table: &Table, index: &Index) -> bool {
    index.unique && is_kept(table, index)
}

fn is_kept(table: &Table, index: &Index) -> bool {
    let plain = index.filter.is_none()
        && index.exclusion.is_empty()
        && !index.keys.is_empty()
        && matches!(&*index.method, "btree" | "hash");
    plain
        && !(index.unique
            && index.nulls_not_distinct
            && index.keys.iter().any(|key| {
                key.column
                    .as_ref()
                    .is_none_or(|name| table.column(name).is_none_or(|column| !column.not_null))
            }))
        && index.keys.iter().all(|key| {
            key.column.as_ref().is_some_and(|name| {
                table
                    .column(name)
                    .is_some_and(|column| !index.unique || equals_bytes(&column.ty))
            })
        })
}

/// Tells whether values are equal exactly when the database holds the same of them.
fn equals_bytes(ty: &underpin_sql::types::ColumnType) -> bool {
    match &ty.ty {
        Type::Numeric => ty.modifier.is_some(),
        Type::Citext
        | Type::Interval
        | Type::TimeTz
        | Type::Range(_)
        | Type::Multirange(_)
        | Type::Json
        | Type::Composite(_)
        | Type::Record => false,
        _ => true,
    }
}

/// Returns the statements that make `index`; none when the database needs none.
pub(super) fn create(table: &Table, index: &Index) -> Vec<String> {
    definition(table, index)
        .map(|definition| format!("ALTER TABLE {} ADD {definition}", name_of(table)))
        .into_iter()
        .collect()
}

/// Returns the index as part of `create table`.
pub(super) fn definition(table: &Table, index: &Index) -> Option<String> {
    if !is_kept(table, index) {
        return None;
    }
    let keys: Vec<String> = index
        .keys
        .iter()
        .filter_map(|key| {
            let name = key.column.as_ref()?;
            let column = table.column(name)?;
            let mut sql = quoted(name);
            if is_long(&column.ty) && key_length(table, name).is_none() {
                sql.push_str(&format!("({PREFIX_CHARACTERS})"));
            }
            sql.push_str(if key.descending { " DESC" } else { "" });
            Some(sql)
        })
        .collect();
    Some(format!(
        "{} {} ({})",
        if index.unique { "UNIQUE KEY" } else { "KEY" },
        quoted(&index.name),
        keys.join(", ")
    ))
}

/// Returns the statements that remove `index`; none when the database has none.
pub(super) fn remove(table: &Table, index: &Index) -> Vec<String> {
    if !is_kept(table, index) {
        return Vec::new();
    }
    vec![format!(
        "ALTER TABLE {} DROP KEY {}",
        name_of(table),
        quoted(&index.name)
    )]
}

/// Tells whether the database keeps values of a type in a column that no index holds whole.
fn is_long(ty: &underpin_sql::types::ColumnType) -> bool {
    use underpin_sql::types::Modifier;
    match (&ty.ty, ty.modifier) {
        (
            Type::Bool
            | Type::Int2
            | Type::Int4
            | Type::Int8
            | Type::Oid
            | Type::Float4
            | Type::Float8
            | Type::Uuid
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::TimestampTz,
            _,
        ) => false,
        (Type::Numeric, Some(_)) => false,
        (Type::Varchar | Type::Bpchar, Some(Modifier::Length(length))) => length > 255,
        _ => true,
    }
}
