//! A request of the data API as a value: what the client wants, owned, free of any web framework, no promise that it makes sense.
//!
//! [`Request::parse`] reads method, path, query string, headers and body by the grammar of `wire.md` §1.1–§1.10. Whether tables,
//! columns and relationships exist is the planner's question.

mod accept;
mod body;
mod filter;
mod grammar;
mod incoming;
mod parameters;
mod payload;
mod preference;
mod print;
mod query_string;
mod range;
mod select;
mod settings;
mod template;

pub(crate) use accept::plan_type;
pub use body::SpooledRows;
pub use filter::{
    Filter, FilterTree, JsonStep, Operation, OrderTerm, Quantifier, RangeOperator, Truth,
};
pub use incoming::{Incoming, Parsed, Resource, profile_header};
pub(crate) use parameters::parameters;
pub use payload::{Arguments, Payload, PayloadRow};
pub use preference::{Count, Preferences, Resolution, Return, TransactionEnd};
pub use select::{AggregateCall, EmbedItem, EmbedKind, FieldItem, SelectItem};
pub use settings::RequestSettings;
pub use template::Template;

use underpin_base::{Name, QualifiedName};

/// A request of the data API.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it does.
    pub action: Action,
    /// The table, view or function it is about; its schema comes from the profile headers.
    pub target: QualifiedName,
    /// What it selects, and under which conditions.
    pub query: Query,
    /// The `Prefer` header.
    pub preferences: Preferences,
    /// The form of the answer.
    pub format: Format,
    /// `HEAD`: the body is left away.
    pub head: bool,
}

/// What a request does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `GET`, `HEAD`.
    Read,
    /// `POST`.
    Insert {
        /// The rows.
        payload: Payload,
        /// `columns=…`.
        columns: Option<Vec<Name>>,
        /// `on_conflict=…`.
        on_conflict: Option<Vec<Name>>,
    },
    /// `PATCH`.
    Update {
        /// The new values: one row.
        payload: Payload,
        /// `columns=…`.
        columns: Option<Vec<Name>>,
    },
    /// `PUT`: the row of the primary key that the filters give.
    Put {
        /// The row.
        payload: Payload,
        /// `columns=…`.
        columns: Option<Vec<Name>>,
    },
    /// `DELETE`.
    Delete,
    /// `/rpc/…`, with `POST` or, when `get`, with `GET` or `HEAD`.
    Call {
        /// What it is called with.
        arguments: Arguments,
        /// Called with `GET` or `HEAD`: in a read-only transaction.
        get: bool,
    },
}

/// What is selected of one table, and under which conditions; embeds have their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Query {
    /// `select`; a single `*` when it was not given, nothing when it was given empty.
    pub select: Vec<SelectItem>,
    /// Every filter, joined by `and`.
    pub filters: Vec<FilterTree>,
    /// `order`.
    pub order: Vec<OrderTerm>,
    /// `limit`; together with `offset` the rows that both the parameters and the `Range` header ask for.
    pub limit: Option<u64>,
    /// `offset`.
    pub offset: u64,
}

/// The form of an answer: the `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `application/json`, `application/vnd.pgrst.array+json`.
    Array {
        /// `nulls=stripped`.
        strip_nulls: bool,
    },
    /// `application/vnd.pgrst.object+json`.
    Object {
        /// `nulls=stripped`.
        strip_nulls: bool,
    },
    /// `text/csv`.
    Csv,
    /// `application/vnd.pgrst.plan`: not the rows, but how they would be found.
    Plan(PlanForm),
}

/// The form in which a plan is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option that is there or not"
)]
pub struct PlanForm {
    /// `+json`; text otherwise.
    pub json: bool,
    /// `for`: the form of the answer that is explained.
    pub of: PlanOf,
    /// The query is run.
    pub analyze: bool,
    /// The columns are told.
    pub verbose: bool,
    /// The settings that bear on it are told; there are none.
    pub settings: bool,
    /// Understood, and nothing to tell.
    pub buffers: bool,
    /// Understood, and nothing to tell.
    pub wal: bool,
}

/// The form of an answer that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "the variants are those of Format")]
pub enum PlanOf {
    #[default]
    Array,
    StrippedArray,
    Object,
    StrippedObject,
    Csv,
}
