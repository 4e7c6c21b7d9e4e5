//! The body of a write, and the arguments of a call.

use underpin_base::Name;

use super::body::SpooledRows;

/// The rows of a body, each value as JSON text, so that numbers keep their digits.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Payload {
    /// The keys of the rows: those of the first one when all have the same; with `columns=…` those of any row that are among the columns.
    pub keys: Vec<Name>,
    /// Every row has the same keys. Only with `columns=…` may it be otherwise.
    pub uniform: bool,
    /// The body was an array.
    pub is_array: bool,
    /// The rows.
    pub rows: Vec<PayloadRow>,
    /// The rows of a body that is too large to be held, in the place of `rows`.
    pub more: Option<SpooledRows>,
}

/// A row of a body: a value for each of [`Payload::keys`], in their order; nothing where the row lacks the key.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct PayloadRow {
    /// The values: JSON text. Values of a CSV file or a form are JSON strings, but for CSV's `NULL`.
    pub values: Vec<Option<Box<str>>>,
}

/// The arguments of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Arguments {
    /// From the query string of a `GET`, or from a form: values as text, as the type's input reads it.
    ///
    /// In their order; a name comes once for each value of a variadic parameter, and of others the last one counts.
    Text(Vec<(Name, String)>),
    /// From a JSON body.
    Json {
        /// Its members; no row when the body is no object.
        payload: Payload,
        /// The whole body, for a function with a single unnamed parameter of type `json` or `jsonb`.
        body: Box<str>,
    },
    /// A body of another type, for a function with a single unnamed parameter.
    Raw {
        /// `text/plain`, `text/xml` or `application/octet-stream`.
        media_type: &'static str,
        /// The body.
        body: Box<[u8]>,
    },
}
