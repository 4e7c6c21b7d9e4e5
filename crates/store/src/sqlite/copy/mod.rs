//! A copy of the rows, read from a file or written to one: what [`crate::copy`] asks of this engine.

mod counter;
mod load;
mod read;

pub(crate) use counter::{Kept as CopyKept, all as copy_counters};
pub(crate) use load::CopyLoader;
pub(crate) use read::CopyReader;
