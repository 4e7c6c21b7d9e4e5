//! Counters: those of identity columns, and sequences.

use mysql_async::Value as Raw;
use underpin_base::Result;
use underpin_schema::catalog::Catalog;
use underpin_schema::mysql::COUNTERS;
use underpin_sql::writer::mysql::table_name;

use super::super::session::Session;
use super::read::{number, quoted};
use crate::copy::Counter;
use crate::sqlite::{CopyKept, copy_counters};

/// Reads where every counter stands.
pub(super) async fn read(session: &mut Session, catalog: &Catalog) -> Result<Vec<Counter>> {
    let mut counters = Vec::new();
    for (counted, kept) in copy_counters(catalog) {
        let (sql, name) = match &kept {
            CopyKept::Key(table, _) => (
                format!("SELECT next FROM {COUNTERS} WHERE name = ?"),
                table_name(table),
            ),
            CopyKept::Sequence(name, _) => (
                "SELECT value + called FROM underpin_sequences WHERE name = ?".to_owned(),
                name.clone(),
            ),
        };
        let next = number(session, &sql, vec![bytes(&name)]).await?;
        counters.push(Counter { counted, next });
    }
    Ok(counters)
}

/// Lets every counter go on where `counters` say, and past the highest value of its column.
pub(super) async fn write(
    session: &mut Session,
    catalog: &Catalog,
    counters: &[Counter],
) -> Result<()> {
    for (counted, kept) in copy_counters(catalog) {
        let counter = counters.iter().find(|counter| counter.counted == counted);
        let stood = counter.and_then(|counter| counter.next);
        let highest = match &kept {
            CopyKept::Key(table, column) | CopyKept::Sequence(_, Some((table, column))) => {
                let table = quoted(&table_name(table));
                let sql = format!("SELECT MAX({}) FROM {table}", quoted(column));
                number(session, &sql, Vec::new()).await?
            }
            CopyKept::Sequence(_, None) => None,
        };
        let Some(next) = stood.max(highest.map(|highest| highest.saturating_add(1))) else {
            continue;
        };
        let (sql, name) = match &kept {
            CopyKept::Key(table, _) => (
                format!(
                    "INSERT INTO {COUNTERS} (name, next) VALUES (?, ?) ON DUPLICATE KEY UPDATE next = ?"
                ),
                table_name(table),
            ),
            CopyKept::Sequence(name, _) => (
                "INSERT INTO underpin_sequences (name, value, called) VALUES (?, ?, 0) \
                 ON DUPLICATE KEY UPDATE value = ?, called = 0"
                    .to_owned(),
                name.clone(),
            ),
        };
        session
            .execute(&sql, vec![bytes(&name), Raw::Int(next), Raw::Int(next)])
            .await?;
    }
    Ok(())
}

fn bytes(text: &str) -> Raw {
    Raw::Bytes(text.as_bytes().to_vec())
}
