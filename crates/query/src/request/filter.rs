//! Filters, logic trees and order terms.

use underpin_base::Name;

/// A condition, or conditions joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FilterTree {
    /// One condition.
    Condition(Filter),
    /// `and(…)`, or `not.and(…)` when negated.
    And(Vec<Self>, bool),
    /// `or(…)`, or `not.or(…)` when negated.
    Or(Vec<Self>, bool),
}

/// `column->path=not.operator.value`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The column, or the name of an embed (`rel=is.null`).
    pub column: Name,
    /// The path into it, if it is JSON.
    pub path: Vec<JsonStep>,
    /// `not.`.
    pub negated: bool,
    /// The operator and its operand, as text.
    pub operation: Operation,
}

/// A step of a JSON path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonStep {
    /// The key, or the index when it is a number.
    pub key: String,
    /// The key is an array index: it was written as a whole number, perhaps negative.
    pub index: Option<i64>,
    /// `->>`: the result is text. Only a last step is.
    pub as_text: bool,
}

/// An operator with its operand; operands are text, given a type by the planner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are PostgREST's operators")]
pub enum Operation {
    Equal(String, Option<Quantifier>),
    NotEqual(String, Option<Quantifier>),
    Greater(String, Option<Quantifier>),
    GreaterOrEqual(String, Option<Quantifier>),
    Less(String, Option<Quantifier>),
    LessOrEqual(String, Option<Quantifier>),
    /// `*` in the pattern stands for `%`, replaced already.
    Like(String, Option<Quantifier>),
    ILike(String, Option<Quantifier>),
    Match(String, Option<Quantifier>),
    IMatch(String, Option<Quantifier>),
    In(Vec<String>),
    Is(Truth),
    IsDistinct(String),
    Contains(String),
    ContainedBy(String),
    Overlaps(String),
    /// A range's place relative to another.
    Range(RangeOperator, String),
    /// `fts plfts phfts wfts`: operator, configuration, query.
    TextSearch(&'static str, Option<String>, String),
}

/// The operators that only ranges have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RangeOperator {
    /// `sl`
    StrictlyLeft,
    /// `sr`
    StrictlyRight,
    /// `nxr`
    NotRightOf,
    /// `nxl`
    NotLeftOf,
    /// `adj`
    Adjacent,
}

impl RangeOperator {
    /// Returns PostgREST's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrictlyLeft => "sl",
            Self::StrictlyRight => "sr",
            Self::NotRightOf => "nxr",
            Self::NotLeftOf => "nxl",
            Self::Adjacent => "adj",
        }
    }
}

/// `eq(any)`, `eq(all)`: the operand is an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum Quantifier {
    Any,
    All,
}

/// The operand of `is`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum Truth {
    Null,
    NotNull,
    True,
    False,
    Unknown,
}

/// An item of an `order`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderTerm {
    /// `relation(column)`: the to-one embed whose column it is.
    pub relation: Option<Name>,
    /// The column.
    pub column: Name,
    /// The path into it.
    pub path: Vec<JsonStep>,
    /// `.desc`.
    pub descending: bool,
    /// `.nullsfirst` (true), `.nullslast` (false); PostgreSQL's default when absent.
    pub nulls_first: Option<bool>,
}
