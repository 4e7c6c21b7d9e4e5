//! [`Outcome`]: what an engine returned.

use super::Response;
use crate::Spool;

/// What an engine returned for a plan.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Outcome {
    /// What was read; for a write, the representation, if one was asked for.
    pub rows: Option<Rows>,
    /// How many rows an insert, update or delete changed.
    pub affected: u64,
    /// How many of them an insert made anew; the others were merged.
    pub inserted: u64,
    /// An insert had a unique set by which it looked for rows that exist.
    pub resolved: bool,
    /// A function was called that returns nothing.
    pub is_void: bool,
    /// What functions said of the answer.
    pub response: Response,
}

/// Rows, written in the form of the plan.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Rows {
    /// The beginning of a body that is too large to be held.
    pub spool: Option<Spool>,
    /// The body, or what comes after its beginning; empty when the plan said `head`.
    pub body: Vec<u8>,
    /// How many rows it has.
    pub count: u64,
    /// How many there are without limit and offset, when the plan counted.
    pub total: Option<u64>,
}
