//! Rules that are part of a write because the database does not enforce them: what is looked at before it, and what of its rows.
//!
//! As in PostgreSQL, a check speaks before any constraint does, wherever the row to come can be known before: it is made of values that
//! were given and of the row that is there. Where the database makes a part of it (a default, a generated column, a trigger) the rows
//! are looked at as they were written, and the transaction is taken back.

use std::collections::BTreeSet;

use underpin_base::{Code, Error, Name, Value};
use underpin_query::plan::{EXCLUDED_ROW, InsertRows, Merge, NEW_ROW, UpdateRows};
use underpin_schema::catalog::{Catalog, Generated, Table};
use underpin_sql::functions::Operator;
use underpin_sql::infer;
use underpin_sql::tree::{Case, Expr, ExprKind, From, Join, JoinKind, Rewrite};
use underpin_sql::types::Type;
use underpin_sql::writer::postgres::{Checks, INSERTED, PROPOSED};

/// What is checked of one statement.
#[derive(Debug, Default)]
pub(super) struct Guard {
    pub(super) checks: Checks,
    /// What each check says, in the order of their numbers.
    refusals: Vec<Refusal>,
    /// Every one of so many rows must be written, and what is said when one is not.
    all_of: Option<(u64, Refusal)>,
}

/// What is said of a row that must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The row to come.
    Check,
    /// The row that is there.
    Using,
}

impl Guard {
    /// Tells whether a write that is refused has to be taken back.
    pub(super) fn takes_back(&self) -> bool {
        self.checks.after.is_some() || self.all_of.is_some()
    }

    /// Returns how many numbers the checks tell.
    pub(super) fn width(&self) -> usize {
        self.refusals.len()
    }

    /// Refuses a write to `table` of whose checks `numbers` tell how many rows they found, and that wrote `affected` rows.
    ///
    /// # Errors
    /// `42501`.
    pub(super) fn judge(&self, table: &Table, numbers: &[u64], affected: u64) -> Result<(), Error> {
        let found = self.refusals.iter().zip(numbers).find(|(_, it)| **it > 0);
        let refusal = match (found, self.all_of) {
            (Some((refusal, _)), _) => *refusal,
            (None, Some((rows, refusal))) if affected < rows => refusal,
            _ => return Ok(()),
        };
        let words = match refusal {
            Refusal::Check => "",
            Refusal::Using => " (USING expression)",
        };
        let name = &table.name.name;
        let message =
            format!("new row violates row-level security policy{words} for table \"{name}\"");
        Err(Error::new(Code::PRIVILEGE, message))
    }

    fn before(&mut self, from: From, filter: Option<Expr>, condition: Expr, refusal: Refusal) {
        let check = Checks::refused(vec![from], filter, condition);
        self.checks.before.push(check);
        self.refusals.push(refusal);
    }

    fn after(&mut self, condition: Expr) {
        self.checks.after = Some((new_row(), condition));
        self.refusals.push(Refusal::Check);
    }
}

fn new_row() -> Name {
    Name::from(NEW_ROW)
}

/// The rows to come of one statement that inserts.
pub(super) struct Coming<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) table: &'a Table,
    pub(super) insert: &'a InsertRows,
    /// The rows, each as wide as the insert's columns; nothing is a default.
    pub(super) rows: &'a [Vec<Option<Value>>],
}

impl Coming<'_> {
    /// Returns what is checked of the statement, and which existing rows may change where it merges.
    pub(super) fn guard(&self) -> (Guard, Option<Expr>) {
        let mut guard = Guard::default();
        let supplied = self.supplied();
        let is_known = |check: &Expr| {
            let reads = Reads::of(check);
            !reads.whole && reads.columns.iter().all(|it| supplied.contains(it))
        };
        let check = &self.insert.check;
        let mut after = None;
        if !check.is_true() {
            if is_known(check) {
                let row = proposed(new_row());
                guard.before(row, None, check.clone(), Refusal::Check);
            } else {
                after = Some(check.clone());
            }
        }
        let merge = self
            .insert
            .conflict
            .as_ref()
            .and_then(|it| it.merge.as_deref());
        let Some(merge) = merge else {
            if let Some(check) = after {
                guard.after(check);
            }
            return (guard, None);
        };
        let filter = self.merged(merge, &supplied, &mut guard, &mut after);
        if let Some(check) = after {
            guard.after(check);
        }
        (guard, filter)
    }

    /// Adds what is checked of rows that are there.
    fn merged(
        &self,
        merge: &Merge,
        supplied: &BTreeSet<Name>,
        guard: &mut Guard,
        after: &mut Option<Expr>,
    ) -> Option<Expr> {
        if !merge.using.is_true()
            && let Some(rows) = self.in_the_way(supplied)
        {
            guard.before(rows, None, merge.using.clone(), Refusal::Using);
        }
        let (table, excluded) = (&self.table.name.name, Name::from(EXCLUDED_ROW));
        let becomes = |column: &Name| {
            let row = match merge.columns.contains(column) {
                true => &excluded,
                false => table,
            };
            value_of(self.table, row, column)
        };
        let check = match self.catalog.reshaped.contains(&self.table.name) {
            true => None,
            false => replaced(&merge.check, &becomes),
        };
        if check.is_none() {
            *after = Some(of_either(
                after.take().unwrap_or_else(|| Expr::bool(true)),
                merge.check.clone(),
            ));
        } else if let Some(inserted) = after.take() {
            *after = Some(of_either(inserted, Expr::bool(true)));
        }
        let says = match check.as_ref().is_none_or(Expr::is_true) {
            true => Refusal::Using,
            false => Refusal::Check,
        };
        let filter = Expr::all(std::iter::once(merge.using.clone()).chain(check));
        if filter.is_true() {
            return None;
        }
        let rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        guard.all_of = Some((rows, says));
        Some(filter)
    }

    /// Returns the columns whose values are known before the rows are written.
    fn supplied(&self) -> BTreeSet<Name> {
        let has = |row: &Vec<Option<Value>>, index| row.get(index).is_some_and(Option::is_some);
        let columns = self.insert.columns.iter().enumerate();
        let mut supplied = BTreeSet::new();
        for (index, column) in columns {
            let count = self.rows.iter().filter(|row| has(row, index)).count();
            if count == self.rows.len() {
                supplied.insert(column.clone());
            } else if count > 0 {
                // Rows that differ in what they leave to the database are not known as a whole.
                return BTreeSet::new();
            }
        }
        match self.catalog.reshaped.contains(&self.table.name) {
            true => BTreeSet::new(),
            false => supplied,
        }
    }

    /// Returns the rows that are there and have the key of one to come.
    fn in_the_way(&self, supplied: &BTreeSet<Name>) -> Option<From> {
        let conflict = self.insert.conflict.as_ref()?;
        let (row, excluded) = (&self.table.name.name, Name::from(EXCLUDED_ROW));
        let mut same = Vec::new();
        for column in &conflict.target {
            if !supplied.contains(column) {
                return None;
            }
            let there = value_of(self.table, row, column)?;
            let coming = value_of(self.table, &excluded, column)?;
            same.push(infer::operator(Operator::Equal, there, coming).ok()?);
        }
        if same.is_empty() {
            return None;
        }
        Some(From::Join(Box::new(Join {
            kind: JoinKind::Inner,
            left: From::Table {
                table: self.table.name.clone(),
                alias: row.clone(),
            },
            right: proposed(excluded),
            on: Some(Expr::all(same)),
        })))
    }
}

/// Returns what is checked of an update, and which rows change.
pub(super) fn of_update(catalog: &Catalog, table: &Table, update: &UpdateRows) -> (Guard, Expr) {
    let mut guard = Guard::default();
    let filter = update.filter.clone();
    if update.check.is_true() {
        return (guard, filter);
    }
    let becomes = |column: &Name| {
        if update.defaults.contains(column) {
            return None;
        }
        let assigned = update.assignments.iter().find(|(it, _)| it == column);
        match assigned {
            Some((_, value)) => Some(value.clone()),
            None => value_of(table, &table.name.name, column),
        }
    };
    let check = match catalog.reshaped.contains(&table.name) {
        true => None,
        false => replaced(&update.check, &becomes),
    };
    let Some(check) = check else {
        guard.after(update.check.clone());
        return (guard, filter);
    };
    // What is true of the row that is there and stays is not asked again.
    let known = terms(&filter);
    let asked = terms(&check).into_iter().filter(|it| !known.contains(it));
    let asked = Expr::all(asked);
    if asked.is_true() {
        return (guard, filter);
    }
    let row = From::Table {
        table: table.name.clone(),
        alias: table.name.name.clone(),
    };
    guard.before(row, Some(filter.clone()), asked.clone(), Refusal::Check);
    // A row that another transaction changes meanwhile is passed over unless it passes too.
    (guard, Expr::all([filter, asked]))
}

fn proposed(alias: Name) -> From {
    From::Cte {
        name: Name::from(PROPOSED),
        alias,
    }
}

/// Returns a column of a row that is there; nothing for one that the database computes of others.
fn value_of(table: &Table, row: &Name, column: &Name) -> Option<Expr> {
    let found = table.column(column)?;
    match found.generated {
        Some(Generated::Stored(_)) => None,
        _ => Some(Expr::column(row, column, found.ty.ty.clone())),
    }
}

/// `case when inserted then … else … end`, over the written row.
fn of_either(inserted: Expr, merged: Expr) -> Expr {
    let is_new = Expr::column(&new_row(), &Name::from(INSERTED), Type::Bool);
    Expr {
        kind: ExprKind::Case(Box::new(Case {
            branches: vec![(is_new, inserted)],
            otherwise: Some(merged),
        })),
        ty: Type::Bool,
    }
}

/// Returns the terms of a conjunction.
fn terms(expr: &Expr) -> Vec<Expr> {
    match &expr.kind {
        ExprKind::And(terms) => terms.clone(),
        _ => vec![expr.clone()],
    }
}

/// What a condition reads of the row to come.
#[derive(Default)]
struct Reads {
    columns: BTreeSet<Name>,
    /// The row as a whole.
    whole: bool,
}

impl Reads {
    fn of(condition: &Expr) -> Self {
        let mut reads = Self::default();
        let _ = condition.clone().rewrite(&mut reads);
        reads
    }
}

impl Rewrite for Reads {
    fn expr(&mut self, expr: Expr) -> Expr {
        match &expr.kind {
            ExprKind::Column { relation, name } if **relation == *NEW_ROW => {
                self.columns.insert(name.clone());
            }
            ExprKind::RowId(relation) if **relation == *NEW_ROW => self.whole = true,
            _ => {}
        }
        expr
    }
}

/// Returns `condition` with each column of the row to come replaced by what it becomes; nothing when one of them is not known.
fn replaced(condition: &Expr, becomes: &dyn Fn(&Name) -> Option<Expr>) -> Option<Expr> {
    struct Replacing<'a> {
        becomes: &'a dyn Fn(&Name) -> Option<Expr>,
        is_known: bool,
    }
    impl Rewrite for Replacing<'_> {
        fn expr(&mut self, expr: Expr) -> Expr {
            match &expr.kind {
                ExprKind::Column { relation, name } if **relation == *NEW_ROW => {
                    if let Some(value) = (self.becomes)(name) {
                        return value;
                    }
                    self.is_known = false;
                }
                ExprKind::RowId(relation) if **relation == *NEW_ROW => self.is_known = false,
                _ => {}
            }
            expr
        }
    }
    let mut replacing = Replacing {
        becomes,
        is_known: true,
    };
    let condition = condition.clone().rewrite(&mut replacing);
    replacing.is_known.then_some(condition)
}
