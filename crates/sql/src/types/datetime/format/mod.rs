//! Templates of dates and times: `to_char`, `to_date` and `to_timestamp`.

mod read;
mod template;
mod write;

#[cfg(test)]
mod tests;

pub use read::{to_date, to_timestamp};
pub use write::{interval_to_char, timestamp_to_char};
