//! [`Store::copy_to`]: every row of a database, moved to another engine or another database of the same one.
//!
//! The target gets the project's migrations, and then the rows, table by table: what a table refers to comes before it. Rows travel in
//! batches of canonical values, so that no more than two batches are in memory; each is written in one transaction together with how
//! far the copy has come, so that one that was broken off goes on where it was, and doubles nothing. The source is read in one
//! snapshot. At the end every table is compared by its rows and their checksum.
//!
//! What an engine does differently is behind two enums: [`engine::Reader`] reads a snapshot, [`engine::Loader`] writes rows on which
//! triggers, policies and defaults do not act. Nothing else here knows an engine.

mod check;
mod counter;
mod digest;
mod engine;
mod event;
mod order;
mod part;
mod run;
mod state;
mod verify;

pub(crate) use counter::{Counted, Counter, counted_columns};
pub(crate) use engine::overtaken;
pub use event::{CopiedTable, CopyEvent, CopyOptions, CopyReport, CopyStage};
pub(crate) use part::{BATCH_BYTES_MAX, BATCH_ROWS_MAX, Batch, Load, Scan, printed};
pub(crate) use state::{Progress, Remembered, Step};

#[cfg(test)]
mod tests;
