//! [`History`]: the migrations that were applied, as the database remembers them, and those that Supabase's own tool has applied.

use underpin_base::{Error, Result};
use underpin_schema::migration::{Applied, File};

use crate::postgres::client::{Answer, Connection, Query, Row};

// Whoever may make operators in `public` must not have them run by us: as in the catalog's statement, the operators have the very types
// that PostgreSQL's own have.

/// Which tables of applied migrations are there: ours, and that of Supabase's tool.
const TABLES: &str = "\
select n.nspname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
where (n.nspname, c.relname) in (('underpin', 'migrations'), ('supabase_migrations', 'schema_migrations')) \
and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select')";

const OURS: &str = "\
select version, name, checksum, text, (pg_catalog.date_part('epoch', applied_at) * 1000000::float8)::bigint \
from underpin.migrations where not platform order by position";

/// Its versions are times. The column of names came later than the table.
const OF_SUPABASE: &str = "\
select m.version, coalesce(pg_catalog.to_jsonb(m) ->> 'name'::text, ''), \
case when m.version ~ '^[0-9]{14}$' \
then (pg_catalog.date_part('epoch', pg_catalog.to_timestamp(m.version, 'YYYYMMDDHH24MISS')) * 1000000::float8)::bigint else 0 end \
from supabase_migrations.schema_migrations m order by m.version";

const INSERT: &str = "\
insert into underpin.migrations (version, platform, name, checksum, text) values ($1, $2::boolean, $3, $4, $5)";

/// A migration that was applied.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) version: String,
    pub(super) name: String,
    /// Absent for one that Supabase's tool has applied: it keeps none.
    pub(super) checksum: Option<String>,
    pub(super) text: String,
    /// In microseconds since 1970.
    pub(super) applied_at: i64,
}

/// The migrations that were applied, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    /// Those that we have applied, or taken over.
    pub(super) records: Vec<Record>,
    /// Those that Supabase's tool has applied and we do not know of yet.
    pub(super) adopted: Vec<Record>,
}

impl History {
    /// Reads the tables, as far as they are there.
    pub(super) async fn read(connection: &mut Connection) -> Result<Self> {
        let tables = ask(connection, TABLES).await?;
        let mut schemas = Vec::new();
        for row in &tables.rows {
            schemas.push(field(row, 0)?);
        }
        let mut history = Self::default();
        if schemas.iter().any(|schema| schema == "underpin") {
            for row in &ask(connection, OURS).await?.rows {
                history.records.push(Record {
                    version: field(row, 0)?,
                    name: field(row, 1)?,
                    checksum: Some(field(row, 2)?),
                    text: field(row, 3)?,
                    applied_at: number(row, 4)?,
                });
            }
        }
        if schemas.iter().any(|schema| schema == "supabase_migrations") {
            for row in &ask(connection, OF_SUPABASE).await?.rows {
                let version = field(row, 0)?;
                if !history.knows(&version) {
                    history.adopted.push(Record {
                        version,
                        name: field(row, 1)?,
                        checksum: None,
                        text: String::new(),
                        applied_at: number(row, 2)?,
                    });
                }
            }
        }
        Ok(history)
    }

    /// Tells whether we have applied the migration, or taken it over.
    pub(super) fn knows(&self, version: &str) -> bool {
        self.records.iter().any(|record| record.version == version)
    }

    /// Returns those of `files` that Supabase's tool has applied.
    pub(super) fn to_adopt<'a>(&self, files: &'a [File]) -> Vec<&'a File> {
        let is_adopted = |file: &&File| {
            self.adopted
                .iter()
                .any(|record| record.version == file.version)
        };
        files.iter().filter(is_adopted).collect()
    }

    /// Returns the migrations as the schema compares them with `files`. What Supabase's tool has applied is as its file is now, and
    /// nothing when its file is elsewhere.
    pub(super) fn applied(&self, files: &[File]) -> Vec<Applied> {
        let ours = self.records.iter().map(|record| Applied {
            version: record.version.clone(),
            name: record.name.clone(),
            checksum: record.checksum.clone().unwrap_or_default(),
        });
        let adopted = self.to_adopt(files).into_iter().map(|file| Applied {
            version: file.version.clone(),
            name: file.name.clone(),
            checksum: file.checksum(),
        });
        ours.chain(adopted).collect()
    }
}

/// Records that a file was applied.
pub(super) async fn record(connection: &mut Connection, file: &File, platform: bool) -> Result<()> {
    let parameters = vec![
        Some(file.version.clone()),
        Some(platform.to_string()),
        Some(file.name.clone()),
        Some(file.checksum()),
        Some(file.text.clone()),
    ];
    let insert = Query::once(INSERT, parameters);
    connection.batch(&[insert]).await.map(drop)
}

/// Returns the answer to a statement without parameters.
pub(super) async fn ask(connection: &mut Connection, sql: &str) -> Result<Answer> {
    let mut answers = connection.batch(&[Query::once(sql, Vec::new())]).await?;
    answers
        .pop()
        .ok_or_else(|| Error::internal("a statement had no answer"))
}

/// Returns the text of a field that is not null.
pub(super) fn field(row: &Row, index: usize) -> Result<String> {
    match row.get(index)? {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::internal(format!("field {index} is null"))),
    }
}

fn number(row: &Row, index: usize) -> Result<i64> {
    field(row, index)?.parse().map_err(Error::internal)
}
