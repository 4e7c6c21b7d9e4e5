//! [`Faults`]: bringing the rows that a statement wants before it looks for them, and carrying changes back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{ToSql, types::ToSqlOutput};
use underpin_base::{Code, Error, Name, QualifiedName, Result, Value, ValueRef};
use underpin_schema::catalog::{Generated, ReferentialAction, Table};
use underpin_schema::sqlite::identity_column;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::Type;
use underpin_sql::writer::sqlite::{self, table_name};
use underpin_sql::writer::{Bind, quote_identifier};

use super::super::bind::Binding;
use super::super::connection::Connection;
use super::super::execute;
use super::super::expression::{output, select};
use super::key::{Key, equals, has_key, key, key_text, key_values};
use super::wanted::Wanted;
use crate::schema::Schema;
use crate::source::{Asked, Refused, RowChange, Source};

/// The most values by which the rows of one table choose those of another.
const CHOSEN_MAX: usize = 1_000;

/// What is known of the rows of the source in one transaction.
#[derive(Debug)]
pub(in crate::sqlite) struct Faults {
    source: Arc<dyn Source>,
    schema: Arc<Schema>,
    /// The rows that are here, or were.
    known: HashMap<QualifiedName, HashSet<Key>>,
    /// The rows that were changed here: what the source says of them is old.
    touched: HashMap<QualifiedName, HashSet<Key>>,
    /// The tables without a key whose rows are here.
    whole: HashSet<QualifiedName>,
    /// The tables that are written: whoever reads them locks what he reads.
    written: HashSet<QualifiedName>,
    /// The keys by which rows were looked for.
    looked: HashMap<QualifiedName, HashSet<Key>>,
    /// The questions that were asked.
    asked: HashSet<String>,
    /// How many of the recorded changes are in `touched`.
    absorbed: usize,
}

impl Faults {
    pub(super) fn new(source: Arc<dyn Source>, schema: Arc<Schema>) -> Self {
        Self {
            source,
            schema,
            known: HashMap::new(),
            touched: HashMap::new(),
            whole: HashSet::new(),
            written: HashSet::new(),
            looked: HashMap::new(),
            asked: HashSet::new(),
            absorbed: 0,
        }
    }

    pub(super) fn source(&self) -> &Arc<dyn Source> {
        &self.source
    }

    /// Says that `table` is written from now on.
    pub(super) fn writes(&mut self, table: &Table) {
        self.written.insert(table.name.clone());
    }

    /// Brings what `wanted` asks for.
    pub(super) fn bring(
        &mut self,
        connection: &Connection,
        wanted: &[Wanted],
        binding: &Binding<'_>,
    ) -> Result<()> {
        self.absorb(connection);
        let mut rest: Vec<&Wanted> = wanted.iter().collect();
        let mut here: HashMap<&Name, &QualifiedName> = HashMap::new();
        while !rest.is_empty() {
            let can = |wanted: &&Wanted| {
                let chosen = wanted
                    .equal
                    .iter()
                    .any(|(_, other, _)| here.contains_key(other));
                chosen
                    || wanted
                        .conditions
                        .iter()
                        .any(|it| self.source.can_choose(&wanted.table, &wanted.alias, it))
            };
            let next = rest
                .iter()
                .position(can)
                .or_else(|| rest.iter().position(|wanted| wanted.equal.is_empty()))
                .unwrap_or(0);
            let wanted = rest.remove(next);
            self.bring_table(connection, wanted, &here, binding)?;
            here.insert(&wanted.alias, &wanted.table);
        }
        Ok(())
    }

    /// Brings the rows of `table` that have one of `keys`, values of the primary key's columns in their order.
    pub(super) fn look(
        &mut self,
        connection: &Connection,
        table: &Table,
        keys: &[Vec<Value>],
        binding: &Binding<'_>,
    ) -> Result<()> {
        let wanted = Wanted {
            table: table.name.clone(),
            alias: table.name.name.clone(),
            conditions: vec![has_key(table, keys)],
            equal: Vec::new(),
            changed: true,
        };
        self.bring(connection, &[wanted], binding)?;
        let looked = self.looked.entry(table.name.clone()).or_default();
        looked.extend(keys.iter().map(|key| key_text(key.iter())));
        Ok(())
    }

    /// Tells whether `conditions` ask for a row whose key was looked for.
    fn was_looked_for(
        &self,
        table: &Table,
        conditions: &[Expr],
        binding: &Binding<'_>,
    ) -> Result<bool> {
        let Some(looked) = self.looked.get(&table.name) else {
            return Ok(false);
        };
        let mut key = Vec::new();
        for name in table.primary_key_columns() {
            let value = conditions
                .iter()
                .find_map(|condition| equals(condition, name));
            let Some(bind) = value else {
                return Ok(false);
            };
            key.push(binding.value_of(&bind)?);
        }
        Ok(!key.is_empty() && looked.contains(&key_text(key.iter())))
    }

    /// Brings every row of `table`.
    pub(super) fn bring_whole(
        &mut self,
        connection: &Connection,
        table: &Table,
        binding: &Binding<'_>,
    ) -> Result<()> {
        let wanted = Wanted {
            table: table.name.clone(),
            alias: table.name.name.clone(),
            conditions: Vec::new(),
            equal: Vec::new(),
            changed: true,
        };
        self.bring(connection, &[wanted], binding)
    }

    fn bring_table(
        &mut self,
        connection: &Connection,
        wanted: &Wanted,
        here: &HashMap<&Name, &QualifiedName>,
        binding: &Binding<'_>,
    ) -> Result<()> {
        let Some(table) = self.schema.catalog.tables.get(&wanted.table).cloned() else {
            return Ok(());
        };
        if self.whole.contains(&wanted.table) {
            return Ok(());
        }
        let has_key = table.primary_key.is_some();
        let mut conditions = Vec::new();
        if has_key {
            conditions.extend(wanted.conditions.iter().cloned());
            for (own, other, column) in &wanted.equal {
                let Some(other) = here.get(other) else {
                    continue;
                };
                match values_of(connection, other, column)? {
                    Some(values) if values.is_empty() => return Ok(()),
                    Some(values) => conditions.push(one_of(own, values)),
                    None => {}
                }
            }
        } else {
            self.whole.insert(wanted.table.clone());
        }
        if has_key && self.was_looked_for(&table, &conditions, binding)? {
            return Ok(());
        }
        let lock = wanted.changed
            || self.written.contains(&wanted.table)
            || (!has_key && !self.written.is_empty());
        let bound = |bind: &Bind| binding.value_of(bind);
        let operands = format!("{:?}{:?}", conditions, operands(&conditions, &bound)?);
        if !self
            .asked
            .insert(format!("{lock}{}{operands}", wanted.table))
        {
            return Ok(());
        }
        let rows = self.source.rows(&Asked {
            table: &table,
            alias: &wanted.alias,
            conditions: &conditions,
            bound: &bound,
            computed: &|expr| compute(connection, expr, binding),
            lock,
        })?;
        self.keep(connection, &table, rows, lock)
    }

    /// Puts rows of the source here.
    fn keep(
        &mut self,
        connection: &Connection,
        table: &Table,
        rows: Vec<Vec<Value>>,
        again: bool,
    ) -> Result<()> {
        let known = self.known.entry(table.name.clone()).or_default();
        let touched = self.touched.get(&table.name);
        let sql = keeping(table);
        connection.recorder().pause(true);
        let put = || -> Result<()> {
            let mut statement = connection.prepare(&sql)?;
            for row in rows {
                if let Some(key) = key(table, &row) {
                    let is_touched = touched.is_some_and(|touched| touched.contains(&key));
                    if is_touched || (!known.insert(key) && !again) {
                        continue;
                    }
                }
                let mut values = Vec::with_capacity(row.len());
                for (column, value) in table.columns.iter().zip(row) {
                    if !is_computed(column.generated.as_ref()) {
                        values.push(Bindable(value));
                    }
                }
                statement
                    .execute(rusqlite::params_from_iter(values))
                    .map_err(|cause| connection.convert(cause))?;
            }
            Ok(())
        };
        let done = put();
        connection.recorder().pause(false);
        done
    }

    /// Notes which rows the recorded changes touched.
    fn absorb(&mut self, connection: &Connection) {
        let recorder = connection.recorder();
        let changes = recorder.changes();
        for change in changes.get(self.absorbed..).unwrap_or_default() {
            let Some(table) = self.schema.table_in_file(&change.table) else {
                continue;
            };
            let touched = self.touched.entry(table.name.clone()).or_default();
            touched.extend(key(table, &change.old));
            touched.extend(key(table, &change.new));
        }
        self.absorbed = changes.len();
    }

    /// Carries what was changed to the source.
    pub(super) fn flush(&mut self, connection: &Connection) -> Result<(), Refused> {
        self.absorb(connection);
        let changes = {
            let mut recorder = connection.recorder();
            if recorder.logged().is_none() {
                return Err(Error::new(
                    Code::TOO_COMPLEX,
                    "the statement changes too much at once",
                )
                .hint("Change fewer rows with each request.")
                .into());
            }
            let changes = recorder
                .changes()
                .iter()
                .filter_map(|change| {
                    let table = self.schema.table_in_file(&change.table)?;
                    let row = |values: &Vec<Value>| (!values.is_empty()).then(|| values.clone());
                    Some(RowChange {
                        table: Arc::clone(table),
                        old: row(&change.old),
                        new: row(&change.new),
                    })
                })
                .collect::<Vec<_>>();
            recorder.clear();
            changes
        };
        self.absorbed = 0;
        if changes.is_empty() {
            return Ok(());
        }
        self.source.apply(&changes)?;
        self.read_again(connection, &changes)?;
        let mut stale = HashSet::new();
        for change in &changes {
            let key_changed = match (&change.old, &change.new) {
                (Some(_), None) => true,
                (Some(old), Some(new)) => old != new,
                (None, _) => false,
            };
            if key_changed {
                self.children(&change.table.name, &mut stale);
            }
        }
        // A row may refer to another of its own table; what was changed of that is known here.
        for change in &changes {
            stale.remove(&change.table.name);
        }
        for table in stale {
            self.forget(connection, &table)?;
        }
        Ok(())
    }

    /// Brings the rows that were carried, where the database may have made others of them, as they are now. What was changed of them
    /// has been carried, so that the source is right.
    fn read_again(&mut self, connection: &Connection, changes: &[RowChange]) -> Result<()> {
        let mut keys: HashMap<&QualifiedName, (&Arc<Table>, Vec<Vec<Value>>)> = HashMap::new();
        for change in changes {
            if self.schema.catalog.reshaped.contains(&change.table.name)
                && let Some(new) = &change.new
                && let Some(key) = key_values(&change.table, new)
            {
                let (_, keys) = keys
                    .entry(&change.table.name)
                    .or_insert_with(|| (&change.table, Vec::new()));
                keys.push(key);
            }
        }
        for (table, keys) in keys.into_values() {
            self.touched.remove(&table.name);
            for keys in keys.chunks(CHOSEN_MAX) {
                let rows = self.source.rows(&Asked {
                    table,
                    alias: &table.name.name,
                    conditions: &[has_key(table, keys)],
                    bound: &|bind| match bind {
                        Bind::Value(value) => Ok(value.clone()),
                        _ => Err(Error::internal("a key is a constant")),
                    },
                    computed: &|_| Err(Error::internal("a key is a constant")),
                    lock: true,
                })?;
                self.keep(connection, table, rows, true)?;
            }
        }
        Ok(())
    }

    /// Collects the tables whose rows the other database may have changed because rows of `parent` changed.
    fn children(&self, parent: &QualifiedName, found: &mut HashSet<QualifiedName>) {
        for table in self.schema.catalog.tables.values() {
            let follows = table.foreign_keys.iter().any(|key| {
                let acts = |action| {
                    !matches!(
                        action,
                        ReferentialAction::NoAction | ReferentialAction::Restrict
                    )
                };
                key.references == *parent && (acts(key.on_delete) || acts(key.on_update))
            });
            if follows && found.insert(table.name.clone()) {
                self.children(&table.name, found);
            }
        }
    }

    /// Forgets the rows of a table, so that they are brought again. Everything that was changed has been carried back.
    fn forget(&mut self, connection: &Connection, table: &QualifiedName) -> Result<()> {
        if self.known.remove(table).is_none() && !self.whole.remove(table) {
            return Ok(());
        }
        self.touched.remove(table);
        self.looked.remove(table);
        self.asked.clear();
        let mut sql = String::from("DELETE FROM ");
        quote_identifier(&mut sql, &table_name(table));
        connection.recorder().pause(true);
        let done = connection.raw().execute_batch(&sql);
        connection.recorder().pause(false);
        done.map_err(|cause| connection.convert(cause))
    }

    /// Lets the counter of `table` go on where the source's stands.
    pub(super) fn reserve(
        &self,
        connection: &Connection,
        table: &Table,
        count: usize,
    ) -> Result<()> {
        if identity_column(table).is_none() {
            return Ok(());
        }
        let first = self.source.reserve(table, count)?;
        let name = table_name(&table.name);
        let write = || -> rusqlite::Result<()> {
            let raw = connection.raw();
            raw.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [&name])?;
            raw.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (&name, first - 1),
            )?;
            Ok(())
        };
        write().map_err(|cause| connection.convert(cause))
    }
}

/// Returns the value of an expression that depends on no row.
fn compute(connection: &Connection, expr: &Expr, binding: &Binding<'_>) -> Result<Value> {
    let outputs = vec![output("value", expr.clone())];
    let rendered = sqlite::select(&select(outputs, Vec::new(), None))?;
    let mut statement = execute::prepare(connection, &rendered, binding)?;
    let row = execute::first(connection, &mut statement)?;
    Ok(row.into_iter().next().unwrap_or_default())
}

/// A value as SQLite binds it.
struct Bindable(Value);

impl ToSql for Bindable {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef as Raw;
        Ok(ToSqlOutput::Borrowed(match &self.0 {
            Value::Null => Raw::Null,
            Value::Int(value) => Raw::Integer(*value),
            Value::Float(value) => Raw::Real(*value),
            Value::Text(value) => Raw::Text(value.as_bytes()),
            Value::Bytes(value) => Raw::Blob(value),
        }))
    }
}

pub(super) fn is_computed(generated: Option<&Generated>) -> bool {
    matches!(generated, Some(Generated::Stored(_)))
}

/// Returns the statement that puts a row here, or renews the one that is.
fn keeping(table: &Table) -> String {
    let mut names = String::new();
    let mut places = String::new();
    let mut renewed = String::new();
    let columns = table
        .columns
        .iter()
        .filter(|column| !is_computed(column.generated.as_ref()));
    for (index, column) in columns.enumerate() {
        if index > 0 {
            names.push_str(", ");
            places.push_str(", ");
            renewed.push_str(", ");
        }
        quote_identifier(&mut names, &column.name);
        places.push_str(&format!("?{}", index + 1));
        quote_identifier(&mut renewed, &column.name);
        renewed.push_str(" = excluded.");
        quote_identifier(&mut renewed, &column.name);
    }
    let mut sql = String::from("INSERT INTO ");
    quote_identifier(&mut sql, &table_name(&table.name));
    sql.push_str(&format!(" ({names}) VALUES ({places})"));
    if let Some(key) = &table.primary_key {
        sql.push_str(" ON CONFLICT (");
        for (index, column) in key.columns.iter().enumerate() {
            if index > 0 {
                sql.push_str(", ");
            }
            quote_identifier(&mut sql, column);
        }
        sql.push_str(&format!(") DO UPDATE SET {renewed}"));
    }
    sql
}

/// Returns the values of a column of the rows that are here; nothing when they are many.
fn values_of(
    connection: &Connection,
    table: &QualifiedName,
    column: &str,
) -> Result<Option<Vec<Value>>> {
    let mut sql = String::from("SELECT DISTINCT ");
    quote_identifier(&mut sql, column);
    sql.push_str(" FROM ");
    quote_identifier(&mut sql, &table_name(table));
    sql.push_str(" WHERE ");
    quote_identifier(&mut sql, column);
    sql.push_str(&format!(" IS NOT NULL LIMIT {}", CHOSEN_MAX + 1));
    let mut statement = connection.prepare(&sql)?;
    let rows = execute::all(connection, &mut statement)?;
    if rows.len() > CHOSEN_MAX {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().flatten().collect()))
}

/// Returns the condition that `column` has one of `values`.
fn one_of(column: &Expr, values: Vec<Value>) -> Expr {
    Expr {
        kind: ExprKind::In {
            operand: Box::new(column.clone()),
            list: values
                .into_iter()
                .map(|value| Expr::constant(value, column.ty.clone()))
                .collect(),
            negated: false,
        },
        ty: Type::Bool,
    }
}

/// Returns the values of everything that `conditions` take from elsewhere.
fn operands(conditions: &[Expr], bound: &dyn Fn(&Bind) -> Result<Value>) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    let mut failure = None;
    for condition in conditions {
        condition.any_part(&mut |part| {
            let bind = match &part.kind {
                ExprKind::Parameter(index) => Bind::Parameter(*index),
                ExprKind::Context(context) => Bind::Context(context.clone()),
                _ => return false,
            };
            match bound(&bind) {
                Ok(value) => values.push(value),
                Err(error) => failure = Some(error),
            }
            false
        });
    }
    failure.map_or(Ok(values), Err)
}

impl Binding<'_> {
    /// Returns what is bound for `bind`.
    pub(super) fn value_of(&self, bind: &Bind) -> Result<Value> {
        use underpin_sql::tree::Context;
        match bind {
            Bind::Value(value) => Ok(value.clone()),
            Bind::Parameter(index) => Ok(self.parameter(*index).to_value()),
            Bind::Affected => Ok(ValueRef::Text(self.affected).to_value()),
            Bind::Context(Context::Now) => Ok(Value::Int(self.now)),
            Bind::Context(context) => self.context(context),
        }
    }
}
