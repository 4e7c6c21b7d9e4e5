//! The body of a write.

use underpin_base::Name;

/// The rows of a body, each value still JSON text (so that numbers keep their digits) or CSV text.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Payload {
    /// The keys of the rows: those of the first one when all have the same, otherwise the union.
    pub keys: Vec<Name>,
    /// Every row has the same keys.
    pub uniform: bool,
    /// The body was an array.
    pub is_array: bool,
    /// The rows.
    pub rows: Vec<PayloadRow>,
}

/// A row of a body: a value for each of [`Payload::keys`], in their order; nothing where the row lacks the key.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PayloadRow {
    /// The values: JSON text.
    pub values: Vec<Option<Box<str>>>,
}
