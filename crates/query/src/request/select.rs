//! The items of a `select`.

use underpin_base::Name;
use underpin_sql::functions::Aggregate;

use super::{JsonStep, Query};

/// An item of a `select`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SelectItem {
    /// `*`.
    All,
    /// A column, a JSON path into one, an aggregate.
    Field(FieldItem),
    /// A related table.
    Embed(EmbedItem),
}

/// `alias:column->path::cast.aggregate()::cast`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldItem {
    /// `alias:`.
    pub alias: Option<Name>,
    /// The column; absent for a bare `count()`.
    pub column: Option<Name>,
    /// `->…`, `->>…`.
    pub path: Vec<JsonStep>,
    /// `::type`, PostgreSQL's name of a type.
    pub cast: Option<String>,
    /// `.sum()` and its like.
    pub aggregate: Option<AggregateCall>,
}

/// `.sum()::cast`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AggregateCall {
    /// Which one: `sum`, `avg`, `count`, `max`, `min`.
    pub function: Aggregate,
    /// The cast of its result.
    pub cast: Option<String>,
}

/// `alias:relation!hint!inner(…)` or `...relation(…)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmbedItem {
    /// `alias:`.
    pub alias: Option<Name>,
    /// The related table, view, constraint or column.
    pub relation: Name,
    /// `!hint`.
    pub hint: Option<Name>,
    /// `!inner`: rows without a related row are left out. `!left` is the default.
    pub inner: bool,
    /// An object or array of its own, or its columns spread into the parent's.
    pub kind: EmbedKind,
    /// What is selected of it, with the filters, order and limit that name it. An empty `select` gives no output.
    pub query: Query,
}

/// How an embed appears in its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EmbedKind {
    /// As a member of its own.
    Member,
    /// `...relation(…)`.
    Spread,
}

impl EmbedItem {
    /// Returns the name under which filters, order and output know this embed.
    pub fn name(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.relation)
    }
}
