//! Counters: the sequences of identity and serial columns, and those of their own.

use underpin_base::{Name, QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Generated};

use super::super::client::Connection;
use super::{ask, quoted, table};
use crate::copy::{Counted, Counter, counted_columns};

/// Returns everything that counts up.
fn all(catalog: &Catalog) -> Vec<Counted> {
    let is_own = |table: &QualifiedName, column: &Name| {
        let found = catalog.tables.get(table).and_then(|it| it.column(column));
        matches!(
            found.and_then(|it| it.generated.as_ref()),
            Some(Generated::IdentityAlways | Generated::IdentityByDefault)
        )
    };
    let columns = counted_columns(catalog).into_iter();
    let columns = columns
        .filter(|(table, column, _)| is_own(table, column))
        .map(|(table, column, _)| Counted::Column(table, column));
    let sequences = catalog.sequences.keys().cloned().map(Counted::Sequence);
    columns.chain(sequences).collect()
}

/// Returns the sequence behind what counts, in quotes; nothing when there is none.
async fn sequence(connection: &mut Connection, counted: &Counted) -> Result<Option<String>> {
    match counted {
        Counted::Sequence(name) => Ok(Some(table(name))),
        Counted::Column(of, column) => {
            let sql = "select pg_catalog.pg_get_serial_sequence($1, $2)";
            let parameters = vec![Some(table(of)), Some(column.to_string())];
            let answer = ask(connection, sql, parameters).await?;
            let found = answer.rows.first().map(|row| row.get(0)).transpose()?;
            Ok(found.flatten().map(str::to_owned))
        }
    }
}

/// Reads where every counter stands.
pub(super) async fn read(connection: &mut Connection, catalog: &Catalog) -> Result<Vec<Counter>> {
    let mut counters = Vec::new();
    for counted in all(catalog) {
        let Some(name) = sequence(connection, &counted).await? else {
            continue;
        };
        let sql = format!(
            "select s.last_value + case when s.is_called then q.seqincrement else 0 end \
             from {name} s join pg_catalog.pg_sequence q on q.seqrelid = $1::regclass"
        );
        let answer = ask(connection, sql, vec![Some(name)]).await?;
        let next = answer.rows.first().map(|row| row.get(0)).transpose()?;
        counters.push(Counter {
            counted,
            next: next.flatten().and_then(|next| next.parse().ok()),
        });
    }
    Ok(counters)
}

/// Lets every counter go on where `counters` say, and past the highest value of its column.
pub(super) async fn write(
    connection: &mut Connection,
    catalog: &Catalog,
    counters: &[Counter],
) -> Result<()> {
    for counted in all(catalog) {
        let Some(name) = sequence(connection, &counted).await? else {
            continue;
        };
        let counter = counters.iter().find(|counter| counter.counted == counted);
        let next = counter.and_then(|counter| counter.next);
        let highest = match &counted {
            Counted::Sequence(_) => "null::bigint".to_owned(),
            Counted::Column(of, column) => {
                format!(
                    "(select max({})::bigint from {})",
                    quoted(column),
                    table(of)
                )
            }
        };
        // A sequence that has no more is left at its last value.
        let sql = format!(
            "select pg_catalog.setval(q.seqrelid::regclass, least(n.next, q.seqmax), n.next > q.seqmax) \
             from pg_catalog.pg_sequence q, \
             lateral (select case when q.seqincrement > 0 then greatest($2::bigint, {highest} + 1) \
             else $2::bigint end) n(next) \
             where q.seqrelid = $1::regclass and n.next is not null"
        );
        let parameters = vec![Some(name), next.map(|next| next.to_string())];
        ask(connection, sql, parameters).await?;
    }
    Ok(())
}
