//! [`Statement`]: a query or a write as migrations, seeds and SQL functions contain them.

use underpin_base::{Name, QualifiedName};

use super::{Cte, Expr, From, Output, Select};

/// A statement that reads or writes rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `select`, `values`.
    Select(Box<Select>),
    /// `insert`.
    Insert(Box<Insert>),
    /// `update`.
    Update(Box<Update>),
    /// `delete`.
    Delete(Box<Delete>),
}

/// `insert into …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    /// `with`.
    pub with: Vec<Cte>,
    /// The table.
    pub table: QualifiedName,
    /// The name under which `conflict` and `returning` know the table's row.
    pub alias: Name,
    /// The columns that the source supplies, in its order; its values already have their types.
    pub columns: Vec<Name>,
    /// Where the rows come from.
    pub source: Source,
    /// `on conflict`.
    pub conflict: Option<Conflict>,
    /// `returning`.
    pub returning: Vec<Output>,
}

/// Where inserted rows come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// `default values`: one row.
    Default,
    /// `values`; nothing is `default`.
    Values(Vec<Vec<Option<Expr>>>),
    /// A query.
    Select(Box<Select>),
}

/// `on conflict …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The columns of the unique set; empty for any.
    pub target: Vec<Name>,
    /// What to do.
    pub action: ConflictAction,
}

/// What to do on a conflict.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictAction {
    /// `do nothing`.
    Nothing,
    /// `do update`; the row that was proposed has the alias `excluded`.
    Update {
        /// `set`.
        assignments: Vec<Assignment>,
        /// `where`.
        filter: Option<Expr>,
    },
}

/// One item of `set`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The column.
    pub column: Name,
    /// Its new value, already of the column's type; nothing is `default`.
    pub value: Option<Expr>,
}

/// `update …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// `with`.
    pub with: Vec<Cte>,
    /// The table.
    pub table: QualifiedName,
    /// Its alias.
    pub alias: Name,
    /// `set`.
    pub assignments: Vec<Assignment>,
    /// `from`.
    pub from: Vec<From>,
    /// `where`.
    pub filter: Option<Expr>,
    /// `returning`.
    pub returning: Vec<Output>,
}

/// `delete from …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    /// `with`.
    pub with: Vec<Cte>,
    /// The table.
    pub table: QualifiedName,
    /// Its alias.
    pub alias: Name,
    /// `using`.
    pub using: Vec<From>,
    /// `where`.
    pub filter: Option<Expr>,
    /// `returning`.
    pub returning: Vec<Output>,
}

impl Statement {
    /// Returns its `with`.
    pub fn with_mut(&mut self) -> &mut Vec<Cte> {
        match self {
            Self::Select(select) => &mut select.with,
            Self::Insert(insert) => &mut insert.with,
            Self::Update(update) => &mut update.with,
            Self::Delete(delete) => &mut delete.with,
        }
    }

    /// Tells whether a write stands in its `with`.
    pub fn writes_in_with(&self) -> bool {
        let with = match self {
            Self::Select(select) => &select.with,
            Self::Insert(insert) => &insert.with,
            Self::Update(update) => &update.with,
            Self::Delete(delete) => &delete.with,
        };
        with.iter()
            .any(|cte| !matches!(cte.statement, Self::Select(_)))
    }
}
