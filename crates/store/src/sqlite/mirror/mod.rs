//! [`Mirror`]: SQLite's machine in memory, over rows of another database.
//!
//! The tables are those of the schema, with their checks and generated columns; they are empty between two plans. While a plan runs, the
//! rows that each of its statements may look at are brought before it runs ([`wanted`], [`faults`]), and what it changed is carried back
//! when it is done, so that the other database's own constraints answer for it. The other database's transaction is the
//! transaction: here everything is forgotten when the plan ends.

mod ahead;
mod faults;
mod key;
mod sequence;
mod wanted;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use underpin_base::{Code, Error, Identity, Name, Result, Value, ValueRef};
use underpin_query::plan::{Plan, inline};
use underpin_query::reply::Outcome;
use underpin_schema::catalog::{Catalog, Table};
use underpin_schema::migration::Operation;
use underpin_schema::sqlite;
use underpin_sql::tree::{Expr, Output, Select, Simple, Statement};
use underpin_sql::types::datetime::in_zone;
use underpin_sql::writer::Bind;

pub(super) use self::ahead::Ahead;
pub(super) use self::faults::Faults;
pub(super) use self::wanted::{Wanted, of_select, of_statement};
use super::bind::Binding;
use super::connection::Connection;
use super::error::violated;
use super::execute;
use super::ffi;
use super::job::guarded;
use super::routine::Session;
use super::violation;
use super::write::Execution;
use crate::schema::Schema;
use crate::settings::SqliteSettings;
use crate::source::{Refused, Source};

/// How many inserted rows are carried together.
const ROWS_CARRIED: u64 = 1_000;

/// SQLite's machine in memory, over rows of another database.
#[derive(Debug)]
pub(crate) struct Mirror {
    connection: Connection,
    schema: Arc<Schema>,
    settings: SqliteSettings,
}

/// What is the same for everything that is done within one transaction.
pub(crate) struct Transaction {
    /// Whose rows are worked on.
    pub(crate) source: Arc<dyn Source>,
    /// Nothing may be changed.
    pub(crate) read_only: bool,
    /// Its start, in microseconds since 1970.
    pub(crate) now: i64,
}

impl Mirror {
    /// Makes the tables of `schema`. What is too large for memory goes to `folder`.
    pub(crate) fn new(
        settings: &SqliteSettings,
        folder: &Path,
        schema: Arc<Schema>,
    ) -> Result<Self> {
        let connection = Connection::in_memory(settings, folder, &schema.catalog)?;
        let mirror = Self {
            connection,
            schema,
            settings: settings.clone(),
        };
        mirror.make_tables(&mirror.schema.catalog)?;
        Ok(mirror)
    }

    /// Tells whether its tables are those of `schema`.
    pub(crate) fn has(&self, schema: &Arc<Schema>) -> bool {
        Arc::ptr_eq(&self.schema, schema)
    }

    /// Tells whether nothing is left of a plan.
    pub(crate) fn is_clean(&self) -> bool {
        self.connection.raw().is_autocommit()
    }

    fn make_tables(&self, catalog: &Catalog) -> Result<()> {
        for table in catalog.tables.values() {
            let loose = catalog.reshaped.contains(&table.name);
            let loose = loose.then(|| loosened(table));
            for statement in sqlite::create_table(loose.as_ref().unwrap_or(table))? {
                self.batch(&statement)?;
            }
        }
        let names = self.schema.catalog.tables.keys();
        let names = names.map(|name| Arc::from(underpin_sql::writer::sqlite::table_name(name)));
        self.connection.recorder().log(names.collect());
        Ok(())
    }

    /// Runs a plan.
    ///
    /// # Errors
    /// Those of [`crate::Store::run`].
    pub(crate) fn run(&self, plan: &Plan, transaction: &Transaction) -> Result<Outcome> {
        let session = match transaction.read_only {
            true => Session::read_only(plan),
            false => Session::new(plan),
        };
        let operands: Vec<ValueRef<'_>> = plan.operands().iter().map(ValueRef::from).collect();
        self.within(transaction, plan.identity(), plan.timeout(), || {
            let made = Some(self.connection.context());
            let execution = Execution {
                connection: &self.connection,
                schema: &self.schema,
                binding: Binding::of_plan(plan, transaction.now, made).with_row(&operands),
                bytes_max: self.settings.answer_bytes_max,
                session: &session,
            };
            in_zone(plan.timezone(), || execution.answer(plan))
        })
    }

    /// Carries out one operation of a migration that reads or writes rows; every other is the engine's own.
    ///
    /// # Errors
    /// Whatever the statement raises.
    pub(crate) fn operate(&self, operation: &Operation, transaction: &Transaction) -> Result<()> {
        let identity = Identity::of_role("postgres");
        let session = Session::default();
        self.within(transaction, &identity, Duration::MAX, || {
            let execution = Execution {
                connection: &self.connection,
                schema: &self.schema,
                binding: Binding::new(&identity, transaction.now),
                bytes_max: usize::MAX,
                session: &session,
            };
            ffi::lend(&execution, || {
                match operation {
                    Operation::Fire { procedure, .. } => execution.fire_steps(procedure)?,
                    Operation::Write(statement) => {
                        let statement = inline((**statement).clone(), &self.schema.catalog)?;
                        execution.migrated(&statement)?;
                    }
                    _ => return Err(Error::internal("an operation that changes the schema")),
                }
                execution.carry()
            })
        })
    }

    /// Returns the values of expressions of a plan that depend on no row.
    ///
    /// # Errors
    /// Whatever they raise.
    pub(crate) fn values(&self, exprs: Vec<Expr>, plan: &Plan, now: i64) -> Result<Vec<Value>> {
        let outputs = exprs
            .into_iter()
            .enumerate()
            .map(|(number, expr)| Output {
                name: Name::from(format!("value{number}")),
                expr,
            })
            .collect();
        let select = Select::simple(Simple {
            outputs,
            ..Simple::default()
        });
        let operands: Vec<ValueRef<'_>> = plan.operands().iter().map(ValueRef::from).collect();
        let connection = &self.connection;
        connection.context().set(plan.identity(), now);
        let binding = Binding::of_plan(plan, now, Some(connection.context())).with_row(&operands);
        connection.deadline().start(plan.timeout());
        let values = guarded(|| {
            in_zone(plan.timezone(), || {
                let rendered = underpin_sql::writer::sqlite::select(&select)?;
                let mut statement = execute::prepare(connection, &rendered, &binding)?;
                execute::first(connection, &mut statement)
            })
        });
        connection.deadline().clear();
        values
    }

    /// Runs `work` over the rows of a source, and forgets them.
    fn within<T>(
        &self,
        transaction: &Transaction,
        identity: &Identity,
        timeout: Duration,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let connection = &self.connection;
        self.batch("BEGIN")?;
        connection.recorder().clear();
        connection.context().set(identity, transaction.now);
        let faults = Faults::new(Arc::clone(&transaction.source), Arc::clone(&self.schema));
        connection.attach(Some(faults));
        if timeout < Duration::MAX {
            connection.deadline().start(timeout);
        }
        let done = guarded(|| {
            let sequences = match transaction.read_only {
                true => Vec::new(),
                false => sequence::bring(connection, &*transaction.source)?,
            };
            let done = work()?;
            if !transaction.read_only {
                sequence::carry(connection, &*transaction.source, &sequences)?;
            }
            Ok(done)
        });
        connection.deadline().clear();
        connection.attach(None);
        connection.recorder().clear();
        if !connection.raw().is_autocommit() {
            self.batch("ROLLBACK")?;
        }
        done
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.connection
            .raw()
            .execute_batch(sql)
            .map_err(|cause| self.connection.convert(cause))
    }
}

impl Execution<'_> {
    /// Runs a statement of a migration, which no caller shaped.
    fn migrated(&self, statement: &Statement) -> Result<()> {
        let connection = self.connection;
        connection.bring(&of_statement(statement), &self.binding)?;
        if let Statement::Insert(insert) = statement
            && let Some(table) = self.schema.catalog.tables.get(&insert.table)
        {
            connection.reserve(table, 0)?;
            if insert.conflict.is_some() {
                connection.bring_whole(table, &self.binding)?;
            }
        }
        let rendered = underpin_sql::writer::sqlite::statement(statement)?;
        let explain = |cause: rusqlite::Error| match violated(&cause) {
            Some(violated) => violation::elsewhere(self, &violated),
            None => connection.convert(cause),
        };
        let mut prepared = execute::prepare(connection, &rendered, &self.binding)?;
        let mut rows = prepared.raw_query();
        while rows.next().map_err(explain)?.is_some() {}
        Ok(())
    }
}

impl Execution<'_> {
    /// Carries what was changed to the database whose rows these are, if they are another's.
    ///
    /// # Errors
    /// `23…` for what the other database's constraints refuse.
    pub(super) fn carry(&self) -> Result<()> {
        self.connection
            .flush()
            .map_err(|refused| violation::of_source(self, refused))
    }

    /// [`Execution::carry`], now and then: `rows` are those that the statement has written so far.
    pub(super) fn carry_some(&self, rows: u64) -> Result<()> {
        match rows.is_multiple_of(ROWS_CARRIED) {
            true => self.carry(),
            false => Ok(()),
        }
    }
}

/// Returns a table of a database that others made as it is here: its columns may be null, which the database alone answers for, and its
/// keys have names that no other table's have, which there they may.
fn loosened(table: &Table) -> Table {
    let mut loosened = table.clone();
    for column in &mut loosened.columns {
        column.not_null = false;
    }
    for unique in &mut loosened.uniques {
        unique.name = Name::from(format!("{}.{}", table.name.name, unique.name));
    }
    loosened.indexes.clear();
    loosened
}

/// Returns the error of a refused change where nobody can tell who may see it.
fn plainly(refused: Refused) -> Error {
    match refused {
        Refused::Error(error) => error,
        Refused::Unique { index, .. } => Error::new(
            Code::UNIQUE,
            format!("duplicate key value violates unique constraint \"{index}\""),
        ),
        Refused::NoParent { table, key, .. } | Refused::Referenced { table, key, .. } => {
            Error::new(
                Code::FOREIGN_KEY,
                format!(
                    "a change of table \"{}\" violates foreign key constraint \"{key}\"",
                    table.name.name
                ),
            )
        }
    }
}

impl Connection {
    /// Says whose rows are worked on; nobody's but the file's when there is none.
    fn attach(&self, faults: Option<Faults>) {
        self.faults.replace(faults);
    }

    /// Tells whether the rows are those of another database.
    pub(super) fn is_mirror(&self) -> bool {
        self.faults.borrow().is_some()
    }

    /// Brings the rows that are wanted.
    pub(super) fn bring(&self, wanted: &[Wanted], binding: &Binding<'_>) -> Result<()> {
        match &mut *self.faults.borrow_mut() {
            Some(faults) if !wanted.is_empty() => faults.bring(self, wanted, binding),
            _ => Ok(()),
        }
    }

    /// Brings the rows that a query looks at.
    pub(super) fn bring_select(&self, select: &Select, binding: &Binding<'_>) -> Result<()> {
        match self.is_mirror() {
            true => self.bring(&of_select(select), binding),
            false => Ok(()),
        }
    }

    /// Brings the rows that a statement looks at.
    pub(super) fn bring_statement(
        &self,
        statement: &Statement,
        binding: &Binding<'_>,
    ) -> Result<()> {
        match self.is_mirror() {
            true => self.bring(&of_statement(statement), binding),
            false => Ok(()),
        }
    }

    /// Brings the rows of `table` that have one of `keys`, so that none of these is asked for again.
    fn look(&self, table: &Table, keys: &[Vec<Value>], binding: &Binding<'_>) -> Result<()> {
        match &mut *self.faults.borrow_mut() {
            Some(faults) if !keys.is_empty() => faults.look(self, table, keys, binding),
            _ => Ok(()),
        }
    }

    /// Brings every row of a table.
    fn bring_whole(&self, table: &Table, binding: &Binding<'_>) -> Result<()> {
        match &mut *self.faults.borrow_mut() {
            Some(faults) => faults.bring_whole(self, table, binding),
            None => Ok(()),
        }
    }

    /// Says that `table` is written from now on. What only its other rows can refuse is looked for here where the other
    /// database has no constraint for it.
    pub(super) fn writes(&self, table: &Table, binding: &Binding<'_>) -> Result<()> {
        if !self.is_mirror() {
            return Ok(());
        }
        if let Some(faults) = &mut *self.faults.borrow_mut() {
            faults.writes(table);
        }
        let guarded = |index: &underpin_schema::catalog::Index| {
            !index.exclusion.is_empty()
                || (index.unique && !underpin_schema::mysql::enforces(table, index))
        };
        let alone = table
            .uniques
            .iter()
            .map(|unique| table.unique_index(unique));
        if table.indexes.iter().any(guarded) || alone.into_iter().any(|index| guarded(&index)) {
            // A row that another transaction inserts meanwhile is not among those that can be locked.
            if let Some(source) = self.source() {
                source.hold(table)?;
            }
            self.bring_whole(table, binding)?;
        }
        Ok(())
    }

    /// Lets the counter of `table` go on where the other database's stands, for `count` rows.
    fn reserve(&self, table: &Table, count: usize) -> Result<()> {
        match &*self.faults.borrow() {
            Some(faults) => faults.reserve(self, table, count),
            None => Ok(()),
        }
    }

    /// Carries what was changed to the other database.
    fn flush(&self) -> Result<(), Refused> {
        match &mut *self.faults.borrow_mut() {
            Some(faults) => faults.flush(self),
            None => Ok(()),
        }
    }

    /// Begins a part of the other database's transaction that can be taken back.
    pub(super) fn begin_part(&self) -> Result<()> {
        match self.source() {
            Some(source) => {
                self.flush().map_err(plainly)?;
                source.begin_part()
            }
            None => Ok(()),
        }
    }

    /// Ends the part that was begun last.
    pub(super) fn end_part(&self, keep: bool) -> Result<()> {
        match self.source() {
            Some(source) => {
                if keep {
                    self.flush().map_err(plainly)?;
                }
                source.end_part(keep)
            }
            None => Ok(()),
        }
    }

    fn source(&self) -> Option<Arc<dyn Source>> {
        let faults = self.faults.borrow();
        faults.as_ref().map(|faults| Arc::clone(faults.source()))
    }
}

/// Returns what is bound where the text of a plan's statement has a parameter.
///
/// # Errors
/// Internal ones alone.
pub(crate) fn bound(plan: &Plan, now: i64, bind: &Bind) -> Result<Value> {
    let operands: Vec<ValueRef<'_>> = plan.operands().iter().map(ValueRef::from).collect();
    Binding::of_plan(plan, now, None)
        .with_row(&operands)
        .value_of(bind)
}

/// Returns the refusal of a statement that would have to bring more rows than it may.
pub(crate) fn too_many_rows(table: &Table, rows_max: usize) -> Error {
    Error::new(
        Code::TOO_COMPLEX,
        format!(
            "the statement needs more than {rows_max} rows of table \"{}\" outside of the database",
            table.name.name
        ),
    )
    .hint("Filter by conditions that the database can evaluate itself; see docs/mysql.md.")
}
