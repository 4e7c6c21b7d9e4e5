//! [`Action`]: what a plan does, in the typed tree; no SQL text, no engine.

use std::sync::{Arc, OnceLock};

use underpin_base::{Name, Value};
use underpin_schema::catalog::{Routine, Table};
use underpin_sql::tree::{Expr, Select};
use underpin_sql::types::Type;
use underpin_sql::writer::Rendered;

use super::{Length, MoreRows, Total};
use crate::request::{Format, PlanForm};

/// The alias under which [`InsertRows::check`] and its like know the row as it will be after the write.
pub const NEW_ROW: &str = "new";

/// The alias under which a [`Merge`] knows the row that was to be inserted.
pub const EXCLUDED_ROW: &str = "excluded";

/// What a plan does.
#[derive(Clone, Debug)]
pub enum Action {
    /// It reads; what is read may serve many plans.
    Read(Arc<Read>),
    /// It writes, and perhaps reads what it wrote.
    Write(Box<Write>),
    /// It calls a routine whose body is more than a query.
    Call(Box<Call>),
}

/// A call of a routine, whose statements are planned when their turn comes (see [`super::Steps`]).
#[derive(Clone, Debug)]
pub struct Call {
    /// The routine; that the caller may execute it was checked.
    pub routine: Arc<Routine>,
    /// One argument for each parameter, of its type: constants, and defaults.
    pub arguments: Vec<Expr>,
    /// The columns of the rows that it returns.
    pub columns: Vec<(Name, Type)>,
    /// What is read of what it returns: a query over parameter 0, an array of the returned rows. Nothing for a routine that returns nothing.
    pub answer: Option<Read>,
    /// It may not write: called with `GET`, or not `volatile`.
    pub read_only: bool,
    /// The most rows that it may return; more is PGRST124 and nothing is changed.
    pub max_affected: Option<u64>,
}

/// A query and the form of its answer.
#[derive(Clone, Debug)]
pub struct Read {
    /// The query: policies are in it, views and routines are expanded. Each output column is a member of a row.
    pub select: Select,
    /// The output columns, names and types, in the query's order.
    pub columns: Vec<(Name, Type)>,
    /// How many rows there are without limit and offset, when that is asked for.
    pub total: Option<Total>,
    /// The form of the body.
    pub format: Format,
    /// What the rows stand for.
    pub shape: Shape,
    /// The body is not wanted (`HEAD`): rows are counted, not written.
    pub head: bool,
    /// The query in the engine's words, once the engine has written it.
    pub written: OnceLock<Rendered>,
    /// How long the engine found it to take.
    pub length: Length,
}

/// What the rows of an answer stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Rows.
    #[default]
    Rows,
    /// The one row that a routine returns: the body is that row.
    Row,
    /// The one value that a routine returns: the body is that value.
    Value,
    /// A set of values, the only column of the rows: the body is an array of them.
    Values,
}

/// A write to one table.
#[derive(Clone, Debug)]
pub struct Write {
    /// The table.
    pub table: Arc<Table>,
    /// What happens to it.
    pub change: Change,
    /// What is read of the changed rows and returned; of deleted rows it is read before they go.
    ///
    /// The query's first `from` item is [`underpin_sql::tree::From::Affected`] of the table. That the caller may see the rows is part of the
    /// change's check. A form of one object is checked within the transaction.
    pub returning: Option<Read>,
    /// The most rows that may change; more is PGRST124 and nothing is changed.
    pub max_affected: Option<u64>,
    /// What the rows must satisfy because they were written through views, checked after the change, the innermost view's first.
    pub view_checks: Vec<ViewCheck>,
    /// How it would be carried out is what is asked for; only with `analyze` is it.
    pub explain: Option<PlanForm>,
}

/// `with check option` of a view.
#[derive(Clone, Debug)]
pub struct ViewCheck {
    /// The view.
    pub view: Name,
    /// The condition, over the table's bare name as alias; a row of which it is not true is 44000.
    pub condition: Expr,
}

/// What happens to a table.
#[derive(Clone, Debug)]
pub enum Change {
    /// Rows come.
    Insert(InsertRows),
    /// Rows change.
    Update(UpdateRows),
    /// Rows go.
    Delete(DeleteRows),
}

/// An insert.
#[derive(Clone, Debug)]
pub struct InsertRows {
    /// Every column that is set: those of the payload and those that have a default.
    pub columns: Vec<Name>,
    /// For each column, what [`Cell::Default`] means: an expression without columns; null when the column has no default.
    pub defaults: Vec<Expr>,
    /// The rows, each as wide as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// Rows that are too many to be held; see [`InsertRows::every_row`].
    pub more: Option<MoreRows>,
    /// What each new row must satisfy, over the alias [`NEW_ROW`]: `with check`, and when rows are read back also
    /// the `select` policies. Evaluated before constraints, as PostgreSQL does.
    pub check: Expr,
    /// `on_conflict`.
    pub conflict: Option<InsertConflict>,
}

/// One value of an inserted row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A value in the column's canonical form.
    Value(Value),
    /// The column's default.
    Default,
}

/// What happens when a row with the same key exists.
#[derive(Clone, Debug)]
pub struct InsertConflict {
    /// The columns of the unique set; none for any of the table's.
    pub target: Vec<Name>,
    /// How the existing row changes; nothing leaves it alone and passes over the new one.
    pub merge: Option<Box<Merge>>,
}

/// How an existing row takes over a new row's values.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The columns that are taken over.
    pub columns: Vec<Name>,
    /// What else is set, over the table's bare name as alias and the new row as [`EXCLUDED_ROW`].
    pub assignments: Vec<(Name, Expr)>,
    /// Which existing rows change at all, over the same aliases; the others stay as they are.
    pub filter: Option<Expr>,
    /// What the existing row must satisfy, over the table's bare name as alias; otherwise 42501 (`USING expression`).
    pub using: Expr,
    /// What the merged row must satisfy, over the alias [`NEW_ROW`].
    pub check: Expr,
}

/// An update.
#[derive(Clone, Debug)]
pub struct UpdateRows {
    /// The new values, over the table's bare name as alias, of the columns' types. When there are none, no row changes.
    pub assignments: Vec<(Name, Expr)>,
    /// The columns that become their default, where the database knows it better than the planner.
    pub defaults: Vec<Name>,
    /// Which rows, over the table's bare name as alias: the request's filter and the policies.
    pub filter: Expr,
    /// What each changed row must satisfy, over the alias [`NEW_ROW`].
    pub check: Expr,
}

/// A delete.
#[derive(Clone, Debug)]
pub struct DeleteRows {
    /// Which rows, over the table's bare name as alias: the request's filter and the policies.
    pub filter: Expr,
}
