//! [`CopyLoader`]: rows that come from elsewhere, written as they are.
//!
//! A batch is one transaction: it notes how far the copy has come, and inserts the rows with one statement of one array for each
//! column. Triggers and foreign keys rest meanwhile (`session_replication_role`). Where the connected role may not say so, the triggers
//! of users are disabled for the transaction, by the owner of the table, and foreign keys hold: rows come in the order in which they
//! refer to each other.

use std::sync::Arc;

use underpin_base::{Error, QualifiedName, Result, Value};
use underpin_sql::types::Type;
use underpin_sql::writer::postgres::type_name;

use super::super::client::{Connection, Query};
use super::super::engine::Engine;
use super::{Pooled, SETTINGS, ask, counter, quoted, rights, table};
use crate::copy::{Batch, Counter, Load, Progress, Remembered, Step, overtaken, printed};

const CREATE: &str = "\
create table if not exists underpin.copy (\
name text not null, step text not null, rows bigint not null, position text, done boolean not null, primary key (name, step))";

const REMEMBERED: &str = "select name, step, rows, position, done from underpin.copy";

const ANNOUNCE: &str = "\
insert into underpin.copy (name, step, rows, position, done) values ('', 'source', 0, $1, false) \
on conflict (name, step) do update set position = excluded.position";

const BEGIN_STEP: &str = "\
insert into underpin.copy (name, step, rows, position, done) values ($1, $2, 0, null, false)";

const ADVANCE: &str = "\
update underpin.copy set rows = $4::bigint, position = $5, done = $6::boolean \
where name = $1 and step = $2 and rows = $3::bigint and not done";

/// What triggers and foreign keys rest by, for one transaction.
const REST: &str = "set local session_replication_role = replica";

/// The triggers of users that act on a table, and how they were enabled.
const TRIGGERS: &str = "\
select tgname, tgenabled from pg_catalog.pg_trigger \
where tgrelid = $1::regclass and not tgisinternal and tgenabled in ('O', 'A') order by 1";

/// Materialized views, in the order in which they can be filled.
const MATERIALIZED: &str = "\
select n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
where c.relkind = 'm' and n.nspname !~ '^pg_' order by c.oid";

/// A database that rows are written to.
#[derive(Debug)]
pub(crate) struct CopyLoader<'e> {
    engine: &'e Engine,
    connection: Pooled,
    /// The grant without which triggers and foreign keys do not rest.
    missing: Option<String>,
}

impl<'e> CopyLoader<'e> {
    /// Connects, and finds out what the role may do.
    pub(crate) async fn open(engine: &'e Engine) -> Result<Self> {
        engine.start().await?;
        let mut connection = engine.database.link.operator().await?;
        let missing = rights::missing(&mut connection).await?;
        Ok(Self {
            engine,
            connection,
            missing,
        })
    }

    /// Returns the grant without which foreign keys hold while rows come.
    pub(crate) fn missing_right(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// Returns what the database remembers of a copy.
    pub(crate) async fn remembered(&mut self) -> Result<Option<Remembered>> {
        let exists = "select pg_catalog.to_regclass('underpin.copy') is not null";
        let answer = ask(&mut self.connection, exists, Vec::new()).await?;
        let found = answer.rows.first().map(|row| row.get(0)).transpose()?;
        if found.flatten() != Some("t") {
            return Ok(None);
        }
        let mut remembered = Remembered::default();
        for row in &ask(&mut self.connection, REMEMBERED, Vec::new())
            .await?
            .rows
        {
            let text = |index| Ok::<_, Error>(row.get(index)?.map(str::to_owned));
            let is_done = row.get(4)? == Some("t");
            match Step::read(row.get(1)?.unwrap_or_default()) {
                None => {
                    remembered.source = text(3)?.unwrap_or_default();
                    remembered.begun = is_done;
                }
                Some(step) => {
                    let rows = row.get(2)?.and_then(|rows| rows.parse().ok());
                    let progress = Progress {
                        rows: rows.unwrap_or_default(),
                        position: text(3)?,
                        done: is_done,
                    };
                    let name = text(0)?.unwrap_or_default();
                    remembered.steps.insert((name, step), progress);
                }
            }
        }
        Ok(Some(remembered))
    }

    /// Notes where the rows come from.
    pub(crate) async fn announce(&mut self, source: &str) -> Result<()> {
        // Both or neither: a table that does not say where the rows come from would let nobody go on.
        let queries = [
            Query::once(CREATE, Vec::new()),
            Query::once(ANNOUNCE, vec![Some(source.to_owned())]),
        ];
        self.connection.batch(&queries).await.map(drop)
    }

    /// Removes every row.
    pub(crate) async fn clear(&mut self, loads: &[Arc<Load>]) -> Result<()> {
        self.begin().await?;
        let done = self.clear_within(loads).await;
        self.end(done).await
    }

    async fn clear_within(&mut self, loads: &[Arc<Load>]) -> Result<()> {
        let state = "delete from underpin.copy where step <> 'source'; update underpin.copy set done = true";
        self.connection.simple(state).await?;
        let mut resting = Vec::new();
        for load in loads {
            let name = &load.scan.table;
            let paused = self.pause(name).await;
            resting.push((name, paused.map_err(|error| self.refused(error, name))?));
        }
        if let Some((first, _)) = resting.first() {
            let names: Vec<String> = loads.iter().map(|load| table(&load.scan.table)).collect();
            let sql = format!("truncate {}", names.join(", "));
            let emptied = self.connection.simple(&sql).await;
            emptied.map_err(|error| self.refused(error, first))?;
        }
        for (name, triggers) in resting {
            self.resume(name, triggers).await?;
        }
        for load in loads {
            self.begin_step(load, Step::Rows).await?;
            if !load.late.is_empty() {
                self.begin_step(load, Step::Links).await?;
            }
        }
        Ok(())
    }

    /// Removes every row of one table.
    pub(crate) async fn clear_table(&mut self, load: &Load) -> Result<()> {
        self.begin().await?;
        let done = self.clear_table_within(load).await;
        self.end(done).await
    }

    async fn clear_table_within(&mut self, load: &Load) -> Result<()> {
        let name = &load.scan.table;
        let triggers = self.pause(name).await?;
        let sql = format!("delete from {}", table(name));
        let emptied = self.connection.simple(&sql).await;
        emptied.map_err(|error| self.refused(error, name))?;
        self.resume(name, triggers).await?;
        let forget = "delete from underpin.copy where name = $1";
        ask(&mut self.connection, forget, vec![Some(name.to_string())]).await?;
        self.begin_step(load, Step::Rows).await
    }

    /// Does a step with rows.
    pub(crate) async fn write(
        &mut self,
        load: &Load,
        step: Step,
        rows: &Batch,
        before: u64,
        progress: &Progress,
    ) -> Result<()> {
        self.begin().await?;
        let done = self.write_within(load, step, rows, before, progress).await;
        self.end(done).await
    }

    async fn write_within(
        &mut self,
        load: &Load,
        step: Step,
        rows: &Batch,
        before: u64,
        progress: &Progress,
    ) -> Result<()> {
        let name = &load.scan.table;
        let parameters = vec![
            Some(name.to_string()),
            Some(step.as_str().to_owned()),
            Some(before.to_string()),
            Some(progress.rows.to_string()),
            progress.position.clone(),
            Some(progress.done.to_string()),
        ];
        let advanced = self
            .connection
            .batch(&[Query::new(ADVANCE, parameters)])
            .await?;
        if advanced.first().is_none_or(|answer| answer.affected != 1) {
            return Err(overtaken());
        }
        let statement = match step {
            _ if rows.is_empty() => return Ok(()),
            Step::Rows => insert(load, rows)?,
            Step::Links => match links(load, rows)? {
                Some(statement) => statement,
                None => return Ok(()),
            },
        };
        let triggers = self
            .pause(name)
            .await
            .map_err(|error| self.refused(error, name))?;
        let written = self.connection.batch(&[statement]).await;
        written.map_err(|error| self.refused(error, name))?;
        self.resume(name, triggers).await
    }

    /// Sets the counters.
    pub(crate) async fn set_counters(&mut self, counters: &[Counter]) -> Result<()> {
        let schema = self.engine.schema();
        counter::write(&mut self.connection, &schema.catalog, counters).await
    }

    /// Fills materialized views, measures the tables, and forgets the copy.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        let views = ask(&mut self.connection, MATERIALIZED, Vec::new()).await?;
        for row in &views.rows {
            let name = QualifiedName::new(
                row.get(0)?.unwrap_or_default(),
                row.get(1)?.unwrap_or_default(),
            );
            let sql = format!("refresh materialized view {}", table(&name));
            self.connection.simple(&sql).await?;
        }
        self.connection.simple("analyze").await?;
        // The last thing, so that whatever is broken off before goes on.
        let forget = "drop table underpin.copy";
        self.connection.simple(forget).await.map(drop)
    }

    fn refused(&self, error: Error, table: &QualifiedName) -> Error {
        rights::of_loader(error, table, self.missing_right())
    }

    async fn begin(&mut self) -> Result<()> {
        let mut queries = vec![
            Query::new("begin", Vec::new()),
            Query::new(SETTINGS, Vec::new()),
        ];
        if self.missing.is_none() {
            queries.push(Query::new(REST, Vec::new()));
        }
        self.connection.batch(&queries).await.map(drop)
    }

    /// Commits what is done; rolls back what is not.
    async fn end(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Ok(()) => self.connection.simple("commit").await.map(drop),
            Err(error) => {
                // The error that came first is the one to be told.
                self.connection.simple("rollback").await.ok();
                Err(error)
            }
        }
    }

    async fn begin_step(&mut self, load: &Load, step: Step) -> Result<()> {
        let values = [load.scan.table.to_string(), step.as_str().to_owned()];
        let parameters = values.into_iter().map(Some).collect();
        ask(&mut self.connection, BEGIN_STEP, parameters)
            .await
            .map(drop)
    }

    /// Disables the triggers of users on a table, until the end of the transaction, unless they rest already; returns them.
    async fn pause(&mut self, name: &QualifiedName) -> Result<Vec<(String, String)>> {
        let mut triggers = Vec::new();
        if self.missing.is_none() {
            return Ok(triggers);
        }
        let parameters = vec![Some(table(name))];
        for row in &ask(&mut self.connection, TRIGGERS, parameters).await?.rows {
            let text = |index| Ok::<_, Error>(row.get(index)?.unwrap_or_default().to_owned());
            triggers.push((text(0)?, text(1)?));
        }
        self.alter_triggers(name, &triggers, |_| "disable").await?;
        Ok(triggers)
    }

    async fn resume(
        &mut self,
        name: &QualifiedName,
        triggers: Vec<(String, String)>,
    ) -> Result<()> {
        let word = |enabled: &str| match enabled {
            "A" => "enable always",
            _ => "enable",
        };
        self.alter_triggers(name, &triggers, word).await
    }

    async fn alter_triggers(
        &mut self,
        name: &QualifiedName,
        triggers: &[(String, String)],
        word: impl Fn(&str) -> &'static str,
    ) -> Result<()> {
        let actions = triggers.iter();
        let actions: Vec<String> = actions
            .map(|(trigger, enabled)| format!("{} trigger {}", word(enabled), quoted(trigger)))
            .collect();
        if actions.is_empty() {
            return Ok(());
        }
        let sql = format!("alter table {} {}", table(name), actions.join(", "));
        alter(&mut self.connection, &sql).await
    }
}

async fn alter(connection: &mut Connection, sql: &str) -> Result<()> {
    connection.simple(sql).await.map(drop)
}

/// Returns the insert of rows. Columns that refer to rows which come later are null.
fn insert(load: &Load, rows: &Batch) -> Result<Query> {
    let columns: Vec<usize> = load
        .written
        .iter()
        .copied()
        .filter(|place| !load.late.contains(place))
        .collect();
    let into = table(&load.scan.table);
    if columns.is_empty() {
        let sql = format!("insert into {into} select from generate_series(1, $1::int)");
        return Ok(Query::new(sql, vec![Some(rows.len().to_string())]));
    }
    let source = Arrays::of(load, &columns, rows)?;
    let sql = format!(
        "insert into {into} ({}) overriding system value select {} from {}",
        source.names.join(", "),
        source.casts.join(", "),
        source.from
    );
    Ok(Query::new(sql, source.parameters))
}

/// Returns the update that gives rows what they refer to; nothing when none of them refers to anything.
fn links(load: &Load, rows: &Batch) -> Result<Option<Query>> {
    let refers = |row: &&Vec<Value>| {
        let mut late = load.late.iter().filter_map(|place| row.get(*place));
        late.any(|value| !value.is_null())
    };
    let rows: Batch = rows.iter().filter(refers).cloned().collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let columns: Vec<usize> = load.late.iter().chain(&load.scan.key).copied().collect();
    let source = Arrays::of(load, &columns, &rows)?;
    let pairs: Vec<(&String, &String)> = source.names.iter().zip(&source.casts).collect();
    let (late, key) = pairs.split_at(load.late.len().min(pairs.len()));
    let equal = |pairs: &[(&String, &String)], before: &str, between: &str| {
        let pairs = pairs.iter();
        let each: Vec<String> = pairs
            .map(|(name, cast)| format!("{before}{name} = {cast}"))
            .collect();
        each.join(between)
    };
    let sql = format!(
        "update {} t set {} from {} where {}",
        table(&load.scan.table),
        equal(late, "", ", "),
        source.from,
        equal(key, "t.", " and ")
    );
    Ok(Some(Query::new(sql, source.parameters)))
}

/// Rows as a relation `r` of one array for each column.
struct Arrays {
    names: Vec<String>,
    casts: Vec<String>,
    from: String,
    parameters: Vec<Option<String>>,
}

impl Arrays {
    fn of(load: &Load, columns: &[usize], rows: &Batch) -> Result<Self> {
        let mut arrays = Self {
            names: Vec::new(),
            casts: Vec::new(),
            from: String::new(),
            parameters: Vec::new(),
        };
        let mut places = Vec::new();
        let mut aliases = Vec::new();
        for (number, place) in (1..).zip(columns) {
            let Some((name, column)) = load.scan.columns.get(*place) else {
                continue;
            };
            arrays.names.push(quoted(name));
            arrays
                .casts
                .push(format!("r.c{number}::{}", type_name(&column.ty)?));
            arrays
                .parameters
                .push(Some(array(&column.ty, *place, rows)));
            places.push(format!("${number}::text[]"));
            aliases.push(format!("c{number}"));
        }
        arrays.from = format!("unnest({}) as r({})", places.join(", "), aliases.join(", "));
        Ok(arrays)
    }
}

/// Returns one column of rows as PostgreSQL's text of an array of texts.
fn array(ty: &Type, place: usize, rows: &Batch) -> String {
    let mut text = String::from("{");
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        match row.get(place) {
            None | Some(Value::Null) => text.push_str("NULL"),
            Some(value) => {
                text.push('"');
                for character in printed(ty, value).chars() {
                    if matches!(character, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(character);
                }
                text.push('"');
            }
        }
    }
    text.push('}');
    text
}
