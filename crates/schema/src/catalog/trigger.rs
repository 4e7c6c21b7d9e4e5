//! [`Trigger`]: what happens before or after the rows of a table change.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::{Expr, Procedure, RoutineId};

/// A trigger. The variables of its procedure, and of its condition, begin with the columns of `new` and of `old`.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Its name, unique within its table; triggers of one moment run in the order of their names.
    pub name: Name,
    /// The table.
    pub table: QualifiedName,
    /// When it runs.
    pub timing: Timing,
    /// It runs when rows come.
    pub on_insert: bool,
    /// It runs when rows change: when any of these columns is set, or, when there are none, always.
    pub on_update: Option<Vec<Name>>,
    /// It runs when rows go.
    pub on_delete: bool,
    /// Once for each row; otherwise once for each statement.
    pub each_row: bool,
    /// `when`, as it was written.
    pub condition_text: Option<String>,
    /// `when`.
    pub condition: Option<Expr>,
    /// The function.
    pub function: RoutineId,
    /// The arguments, `tg_argv`.
    pub arguments: Vec<String>,
    /// `security definer`: it runs past the grants and policies of whoever writes.
    pub security_definer: bool,
    /// It was not disabled.
    pub enabled: bool,
    /// What the function does for this table.
    pub procedure: Arc<Procedure>,
}

/// When a trigger runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    /// Before the change, which it may alter or pass over.
    Before,
    /// After the change.
    After,
}
