//! Rows as the driver has them, read without its panics: `Row::get` and `Row::unwrap` end the program over a value of another type.

use mysql_async::prelude::FromValue;
use mysql_async::{Row, Value as Raw};

/// Returns the values of a row, from left to right.
pub(super) fn fields(mut row: Row) -> impl Iterator<Item = Raw> {
    (0..row.len()).map(move |index| {
        row.take_opt(index)
            .and_then(Result::ok)
            .unwrap_or(Raw::NULL)
    })
}

/// Returns the field at `index`, counted from 0; nothing when it is null, of another type, or there is none.
pub(super) fn field<T: FromValue>(row: &Row, index: usize) -> Option<T> {
    row.get_opt::<Option<T>, _>(index)?.ok()?
}
