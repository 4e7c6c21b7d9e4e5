//! The rebuild of a table: what SQLite's `alter table` cannot do, done by moving the old table aside, making the new one and copying.
//!
//! The old table is renamed, not the new one, so that errors name the table and the schema keeps the text that
//! [`super::create_table`] writes. With `legacy_alter_table` and foreign keys off, the rename leaves the references of other
//! tables alone. The order of the rows is kept, and so is the last number of an identity column.

use underpin_base::Result;
use underpin_sql::tree::{Expr, ExprKind, From, OrderBy};
use underpin_sql::types::Type;
use underpin_sql::writer::{Rendered, sqlite};

use super::{index, list, name_of, plain, quoted, select_from, table};
use crate::catalog::Table;
use crate::migration::Copied;

/// Returns the statements of a rebuild.
pub(super) fn statements(
    before: &Table,
    after: &Table,
    columns: &[Copied],
) -> Result<Vec<Rendered>> {
    let aside = format!("{} (before)", sqlite::table_name(&before.name));
    // What is kept beside the table would follow the old one.
    let mut statements = plain(index::remove_beside(before));
    statements.extend(plain([
        "PRAGMA legacy_alter_table = ON".to_owned(),
        format!(
            "ALTER TABLE {} RENAME TO {}",
            name_of(before),
            quoted(&aside)
        ),
        "PRAGMA legacy_alter_table = OFF".to_owned(),
        table::create(after)?,
    ]));
    if !columns.is_empty() {
        statements.push(copy(before, after, columns, &aside)?);
    }
    if table::identity_column(before).is_some() && table::identity_column(after).is_some() {
        statements.extend(plain(keep_identity(after, &aside)));
    }
    statements.extend(plain([format!("DROP TABLE {}", quoted(&aside))]));
    statements.extend(plain(table::indexes(after)?));
    Ok(statements)
}

fn copy(before: &Table, after: &Table, columns: &[Copied], aside: &str) -> Result<Rendered> {
    let alias = before.name.name.clone();
    let from = From::Table {
        // A name of schema `public` is written as it is.
        table: underpin_base::QualifiedName::public(aside),
        alias: alias.clone(),
    };
    let outputs = columns
        .iter()
        .map(|copied| (&*copied.column, copied.value.clone()))
        .collect();
    let mut select = select_from(from, outputs);
    select.order_by.push(OrderBy {
        expr: Expr {
            kind: ExprKind::RowId(alias),
            ty: Type::Int8,
        },
        descending: false,
        // SQLite's own order; a row number is never null.
        nulls_first: true,
    });
    let mut rendered = sqlite::select(&select)?;
    rendered.sql = format!(
        "INSERT INTO {} ({}) {}",
        name_of(after),
        list(columns.iter().map(|copied| &*copied.column)),
        rendered.sql
    )
    .into();
    Ok(rendered)
}

fn keep_identity(after: &Table, aside: &str) -> [String; 2] {
    let name = sqlite::table_name(&after.name).replace('\'', "''");
    let aside = aside.replace('\'', "''");
    [
        format!("DELETE FROM sqlite_sequence WHERE name = '{name}'"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq) \
             SELECT '{name}', seq FROM sqlite_sequence WHERE name = '{aside}'"
        ),
    ]
}
