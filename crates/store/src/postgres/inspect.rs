//! How many rows the tables of a database have, about: what whoever begins with it wants to see.

use std::collections::BTreeMap;

use underpin_base::{QualifiedName, Result};
use underpin_sql::writer::quote_identifier;

use super::client::{Connection, Query};
use super::engine::Engine;

/// What the database has noted of its tables: the rows that it last saw, and whether there is anything at all.
const NOTED: &str = "
select n.nspname, c.relname,
  case c.relkind
    when 'p' then (
      select coalesce(sum(l.reltuples) filter (where l.reltuples >= 0), 0)::int8
      from pg_catalog.pg_partition_tree(c.oid) p join pg_catalog.pg_class l on l.oid = p.relid where p.isleaf
    )
    else c.reltuples::int8
  end,
  pg_catalog.pg_relation_size(c.oid) > 0
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// Most tables that are counted because the database has noted nothing.
const COUNTED_MAX: usize = 200;

/// Most rows that are counted of one.
const ROWS_MAX: u32 = 10_000;

impl Engine {
    /// Returns about how many rows each table has; those of which nothing is known are left out.
    pub(crate) async fn estimated_rows(&self) -> Result<BTreeMap<QualifiedName, u64>> {
        let mut connection = self.database.link.operator().await?;
        let answers = connection.batch(&[Query::once(NOTED, Vec::new())]).await?;
        let mut rows = BTreeMap::new();
        let mut unknown = Vec::new();
        for row in answers.iter().flat_map(|answer| &answer.rows) {
            let field = |index| Ok::<_, underpin_base::Error>(row.get(index)?.unwrap_or_default());
            let name = QualifiedName::new(field(0)?, field(1)?);
            match (field(2)?.parse(), field(3)?) {
                (Ok(noted), _) => drop(rows.insert(name, noted)),
                (Err(_), "t") => unknown.push(name),
                (Err(_), _) => drop(rows.insert(name, 0)),
            }
        }
        for name in unknown.into_iter().take(COUNTED_MAX) {
            // What the role may not read is not counted.
            if let Ok(count) = counted(&mut connection, &name).await {
                rows.insert(name, count);
            }
        }
        Ok(rows)
    }
}

async fn counted(connection: &mut Connection, name: &QualifiedName) -> Result<u64> {
    let mut sql = String::from("select count(*) from (select from ");
    quote_identifier(&mut sql, &name.schema);
    sql.push('.');
    quote_identifier(&mut sql, &name.name);
    sql.push_str(&format!(" limit {ROWS_MAX}) x"));
    let answers = connection.batch(&[Query::once(sql, Vec::new())]).await?;
    let row = answers.first().and_then(|answer| answer.rows.first());
    let count = row.map(|row| row.get(0)).transpose()?.flatten();
    Ok(count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default())
}
