//! The table: the same columns, rows and index as the other contenders have.

use rusqlite::{Connection, Result, params};

use crate::Item;

/// Opens the file for writing, as Underpin opens its own with `database.synchronous = "normal"`.
pub(crate) fn open(file: &str) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.execute_batch(
        "create table if not exists people (id text primary key, name text not null) strict;
         create table if not exists items (
           id integer primary key, owner text not null, category integer not null, title text not null,
           body text not null, price_minor integer not null, status text not null, created_at text not null
         ) strict;
         create index if not exists items_category on items (category, id);",
    )?;
    Ok(connection)
}

/// Fills empty tables with `rows` items.
pub(crate) fn fill(connection: &Connection, rows: i64) -> Result<()> {
    let there: i64 = connection.query_row("select count(*) from people", [], |row| row.get(0))?;
    if there > 0 {
        return Ok(());
    }
    connection.execute(
        "insert or ignore into people
         with recursive n(i) as (select 0 union all select i + 1 from n where i < 99)
         select printf('00000000-0000-4000-8000-%012d', i), 'Person ' || i from n",
        [],
    )?;
    connection.execute(
        "insert or ignore into items
         with recursive n(i) as (select 1 union all select i + 1 from n where i < ?1)
         select i, printf('00000000-0000-4000-8000-%012d', i % 100), i % 50, 'Item ' || i,
           'Body ' || i || ' ' || hex(zeroblob(80)), i * 37 % 100000 + 1,
           iif(i % 11 = 0, 'draft', 'active'), '2026-01-01T00:00:00+00:00'
         from n",
        [rows],
    )?;
    // Otherwise every page would be read from the log, which is neither mapped nor cached.
    connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
}

/// Inserts one item in a transaction of its own.
pub(crate) fn insert(connection: &Connection, owner: &str, item: &Item) -> Result<()> {
    connection
        .prepare_cached(
            "insert into items (owner, category, title, body, price_minor, status, created_at)
             values (?1, ?2, ?3, ?4, ?5, 'active', strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'))",
        )?
        .execute(params![
            owner,
            item.category,
            item.title,
            item.body,
            item.price_minor
        ])?;
    Ok(())
}
