//! [`Source`]: a database whose rows SQLite's machine works on.
//!
//! An engine that cannot say everything in its own SQL brings the rows of a statement here, has them changed by the code that changes
//! rows of a file, and carries the changes back, all within one transaction of its own.

use std::fmt::Debug;
use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result, Value};
use underpin_schema::catalog::Table;
use underpin_sql::tree::Expr;
use underpin_sql::writer::Bind;

/// Returns what is bound where the text of a question has a parameter.
pub(crate) type Bound<'a> = dyn Fn(&Bind) -> Result<Value> + 'a;

/// Returns the value of an expression that depends on no row.
pub(crate) type Computed<'a> = dyn Fn(&Expr) -> Result<Value> + 'a;

/// A question for rows of one table.
pub(crate) struct Asked<'a> {
    /// The table.
    pub(crate) table: &'a Arc<Table>,
    /// Its alias in the conditions.
    pub(crate) alias: &'a Name,
    /// What must be true of the rows, as far as the database can tell; it may return more rows than these.
    pub(crate) conditions: &'a [Expr],
    /// What the conditions take from elsewhere.
    pub(crate) bound: &'a Bound<'a>,
    /// What an expression that depends on no row is.
    pub(crate) computed: &'a Computed<'a>,
    /// The rows are to be changed: nobody else may, until the transaction ends.
    pub(crate) lock: bool,
}

/// What happened to a row.
#[derive(Clone, Debug)]
pub(crate) struct RowChange {
    /// The table.
    pub(crate) table: Arc<Table>,
    /// The row as it was, in the order of the table's columns; nothing for a new one.
    pub(crate) old: Option<Vec<Value>>,
    /// The row as it is; nothing for one that went.
    pub(crate) new: Option<Vec<Value>>,
}

/// Why a change was not carried out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A row has the same key: the key's columns, or the name of the index, and the new row.
    Unique {
        table: Arc<Table>,
        columns: Vec<Name>,
        index: String,
        row: Vec<Value>,
    },
    /// A row refers to none: the foreign key's name, and the new row.
    NoParent {
        table: Arc<Table>,
        key: Name,
        row: Vec<Value>,
    },
    /// Rows of `child` refer to the row as it was.
    Referenced {
        table: Arc<Table>,
        child: QualifiedName,
        key: Name,
        row: Vec<Value>,
    },
    /// Anything else.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// A database whose rows are worked on elsewhere, within one transaction.
pub(crate) trait Source: Debug + Send + Sync {
    /// Tells whether the database itself can choose rows by this condition.
    fn can_choose(&self, table: &QualifiedName, alias: &Name, condition: &Expr) -> bool;

    /// Returns rows, every column in the table's order.
    fn rows(&self, asked: &Asked<'_>) -> Result<Vec<Vec<Value>>>;

    /// Keeps every other transaction of ours that holds `table` waiting until this one ends.
    fn hold(&self, table: &Table) -> Result<()>;

    /// Carries changes out, in their order.
    fn apply(&self, changes: &[RowChange]) -> Result<(), Refused>;

    /// Returns the first of `count` numbers that an identity column of `table` gives next.
    fn reserve(&self, table: &Table, count: usize) -> Result<i64>;

    /// Returns the sequences that were used, when anything of the schema counts by one; nobody else counts by them until the transaction ends.
    fn sequences(&self) -> Result<Vec<(String, i64, bool)>>;

    /// Keeps the value of a sequence, and whether it was given out.
    fn set_sequence(&self, name: &str, value: i64, called: bool) -> Result<()>;

    /// Begins a part of the transaction that can be taken back.
    fn begin_part(&self) -> Result<()>;

    /// Ends the part that was begun last; what it did stays, or is taken back.
    fn end_part(&self, keep: bool) -> Result<()>;
}
