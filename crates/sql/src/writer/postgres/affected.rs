//! Writes whose rows are counted and read by the same statement.
//!
//! The write is a `with` item that returns no more of its rows than the query over them reads: PostgreSQL asks for the right to read
//! whatever is returned. What counts them stands beside the query's rows, since a query may leave rows out.

use underpin_base::{Error, Name, Result};

use super::checks::{Checks, check_name};
use super::rows::Rows;
use super::statement::Returning;
use super::writer::{Contexts, Writer};
use super::{Rendered, Select, Statement};
use crate::tree::{Conflict, ConflictAction, Cte, Expr, ExprKind, From, Rewrite};
use crate::writer::text::Text as _;

/// The name of the `with` item that holds the rows of the write: [`crate::tree::From::Affected`].
pub const AFFECTED: &str = "underpin_affected";

/// Its column that tells whether a row was inserted anew.
pub const INSERTED: &str = "underpin_inserted";

/// A write.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// An insert, update or delete; what it returns itself is left away.
    Statement(&'a Statement),
    /// An insert of rows of values.
    Rows(&'a Rows<'a>),
}

/// What is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A table, whose rows know whether they were there before.
    Table,
    /// A view, whose rows do not.
    View,
}

/// How a row tells that it was inserted anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// Each was, or none.
    Each(bool),
    /// A row that was there has been locked by the transaction that changed it.
    Unlocked,
    /// Nothing tells: those that were there are counted as they are changed.
    Counted,
}

/// Counts, for the transaction, the rows of a view that were there: a condition that is always true.
pub(super) const COUNT_MERGED: &str = "pg_catalog.set_config('underpin.merged', (coalesce(nullif(pg_catalog.current_setting('underpin.merged', true), ''), '0')::bigint + 1)::text, true) <> ''";

/// The number that [`COUNT_MERGED`] has counted.
const MERGED: &str =
    "coalesce(nullif(pg_catalog.current_setting('underpin.merged', true), ''), '0')::bigint";

/// A write, whose rows are counted and read by the same statement.
#[derive(Clone, Copy, Debug)]
pub struct Affecting<'a> {
    /// What changes.
    pub change: Change<'a>,
    /// What is written to.
    pub target: Target,
    /// What is read of the changed rows.
    pub returning: Option<&'a Select>,
    /// What must hold of the write.
    pub checks: &'a Checks,
    /// Who knows what an expression takes from the request.
    pub contexts: Contexts,
}

/// Returns the write in PostgreSQL's SQL as a query of two columns: how many rows were affected, and how many of those were inserted
/// anew. With `returning`, a query over [`crate::tree::From::Affected`], there are more: a third that is true in its rows, then its outputs. Of a query
/// without rows there is one row still, whose third column is null; its other rows all have the same counts.
///
/// # Errors
/// Those of [`super::select()`].
pub fn affected(
    change: Change<'_>,
    target: Target,
    returning: Option<&Select>,
) -> Result<Rendered> {
    let affecting = Affecting {
        change,
        target,
        returning,
        checks: &Checks::default(),
        contexts: Contexts::Database,
    };
    affecting.write()
}

impl Affecting<'_> {
    /// Returns the write in PostgreSQL's SQL, as [`affected`] does. Behind the two columns of counts is one more for each of
    /// [`Checks::before`], and one for [`Checks::after`]: how many rows it found that must not be.
    ///
    /// # Errors
    /// Those of [`super::select()`].
    pub fn write(&self) -> Result<Rendered> {
        let mut columns = self.returning.map(columns_read).unwrap_or_default();
        self.checks.add_columns(&mut columns);
        let mut writer = Writer::new(self.contexts);
        let marker = marker(self.change, self.target);
        let returning = Returning::Affected(&columns, marker);
        let guarded = self.checks.guard(self.change)?;
        let change = match &guarded {
            Some(statement) => Change::Statement(statement),
            None => self.change,
        };
        writer.change(change, self.checks, &returning)?;
        match self.returning {
            None => writer.counts(marker, self.checks)?,
            Some(select) => writer.counts_and_rows(select, marker, self.checks)?,
        }
        writer.finish()
    }
}

impl Writer {
    /// Writes `with … as (the write)`. What the write has in its own `with` stands before it, where a write may stand.
    fn change(
        &mut self,
        change: Change<'_>,
        checks: &Checks,
        returning: &Returning<'_>,
    ) -> Result<()> {
        let with: &[Cte] = match change {
            Change::Statement(Statement::Select(_)) => {
                return Err(Error::internal("a query is no write"));
            }
            Change::Statement(Statement::Insert(insert)) => &insert.with,
            Change::Statement(Statement::Update(update)) => &update.with,
            Change::Statement(Statement::Delete(delete)) => &delete.with,
            Change::Rows(_) => &[],
        };
        self.push(if with.iter().any(|cte| cte.recursive) {
            "with recursive "
        } else {
            "with "
        });
        for cte in with {
            self.cte(cte)?;
            self.push(", ");
        }
        if let (Change::Rows(rows), false) = (change, checks.before.is_empty()) {
            self.proposed(rows)?;
            self.push(", ");
        }
        for (number, check) in checks.before.iter().enumerate() {
            self.alias(&check_name(number));
            self.subquery(" as (", check, "), ")?;
        }
        self.identifier(AFFECTED);
        self.push(" as (");
        match change {
            Change::Statement(statement) => self.bare_write(statement, returning)?,
            Change::Rows(rows) if checks.before.is_empty() => self.rows_insert(rows, returning)?,
            Change::Rows(rows) => self.proposed_insert(rows, checks, returning)?,
        }
        self.push(") ");
        Ok(())
    }

    fn counts(&mut self, marker: Marker, checks: &Checks) -> Result<()> {
        self.push("select pg_catalog.count(*) as \"affected\", pg_catalog.count(*) filter (where ");
        self.identifier(INSERTED);
        self.push(")");
        if marker == Marker::Counted {
            // Once all are counted, those that were there are known.
            self.push(" - ");
            self.push(MERGED);
        }
        self.push(" as \"inserted\"");
        for number in 0..checks.before.len() {
            self.push(", (select pg_catalog.count(*) from ");
            self.alias(&check_name(number));
            self.push(")");
        }
        if let Some((_, condition)) = &checks.after {
            self.around(
                ", pg_catalog.count(*) filter (where ",
                condition,
                " is not true)",
            )?;
        }
        self.push(" from ");
        self.identifier(AFFECTED);
        if let Some((row, _)) = &checks.after {
            self.as_alias(row);
        }
        Ok(())
    }

    /// The one row of counts is joined to the query's rows in their order: with nothing to compare, there is no other way than row by
    /// row.
    fn counts_and_rows(&mut self, select: &Select, marker: Marker, checks: &Checks) -> Result<()> {
        let (counts, found, rows) = (self.new_name(), self.new_name(), self.new_name());
        self.push("select ");
        self.whole_row(&counts);
        self.push(", ");
        self.whole_row(&found);
        self.push(" from (");
        self.counts(marker, checks)?;
        self.push(")");
        self.as_alias(&counts);
        self.push(" left join (select true as \"found\", ");
        self.whole_row(&rows);
        self.subquery(" from (", select, ")")?;
        self.as_alias(&rows);
        self.push(")");
        self.as_alias(&found);
        self.push(" on true");
        Ok(())
    }

    /// Writes whether a row was inserted anew.
    pub(super) fn marker(&mut self, alias: &Name, marker: Marker) {
        match marker {
            Marker::Each(inserted) => self.push(if inserted { "true" } else { "false" }),
            Marker::Counted => self.push("true"),
            Marker::Unlocked => {
                self.push("(");
                self.alias(alias);
                self.push(".xmax = 0)");
            }
        }
        self.push(" as ");
        self.identifier(INSERTED);
    }
}

/// Only an insert that may update has both rows that were there and rows that were not; only then are they told apart, since reading
/// `xmax` needs the right to read the table, and not every table has it.
fn marker(change: Change<'_>, target: Target) -> Marker {
    let conflict: Option<&Conflict> = match change {
        Change::Statement(Statement::Insert(insert)) => insert.conflict.as_ref(),
        Change::Rows(rows) => rows.conflict,
        Change::Statement(_) => return Marker::Each(false),
    };
    let updates =
        conflict.is_some_and(|conflict| matches!(conflict.action, ConflictAction::Update { .. }));
    match (updates, target) {
        (false, _) => Marker::Each(true),
        (true, Target::Table) => Marker::Unlocked,
        (true, Target::View) => Marker::Counted,
    }
}

/// The aliases of the written rows, and the columns that are read of anything.
#[derive(Default)]
struct Reading {
    rows: Vec<Name>,
    columns: Vec<(Name, Name)>,
}

impl Rewrite for Reading {
    fn expr(&mut self, expr: Expr) -> Expr {
        if let ExprKind::Column { relation, name } = &expr.kind {
            self.columns.push((relation.clone(), name.clone()));
        }
        expr
    }

    fn from(&mut self, from: From) -> From {
        if let From::Affected { alias, .. } = &from {
            self.rows.push(alias.clone());
        }
        from
    }
}

/// Returns the columns that `select` reads of the written rows, each once.
fn columns_read(select: &Select) -> Vec<Name> {
    let mut reading = Reading::default();
    let _ = select.clone().rewrite(&mut reading);
    let mut columns: Vec<Name> = Vec::new();
    for (relation, name) in reading.columns {
        if reading.rows.contains(&relation) && !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}
