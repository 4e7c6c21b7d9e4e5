//! [`View`]: a query with a name.

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::Select;
use underpin_sql::types::Type;

use super::Grants;

/// A view. It is never stored in SQLite: the planner puts its query in its place.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// Its columns.
    pub columns: Vec<(Name, Type)>,
    /// Its query.
    pub select: Select,
    /// Its rows are kept, and nothing is written through it.
    pub materialized: bool,
    /// The policies of the tables in it apply to whoever reads it. True unless `with (security_invoker = false)` was said.
    pub security_invoker: bool,
    /// `with check option`: what a row that is written through it must satisfy.
    pub check_option: Option<CheckOption>,
    /// Its grants.
    pub grants: Grants,
    /// `comment on view`.
    pub comment: Option<String>,
    /// `comment on column`, by column.
    pub column_comments: std::collections::BTreeMap<Name, String>,
    /// Its query as the migration has it, without `create view … as`.
    pub text: String,
}

/// `with check option`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOption {
    /// `local`: the view's own condition, and those of the views below it that have an option of their own.
    Local,
    /// `cascaded`: the conditions of every view below it too.
    Cascaded,
}
