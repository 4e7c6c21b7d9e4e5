//! SQLite as the engine: one file, threads that read, one thread that writes in groups.

mod backup;
mod bind;
mod change;
mod change_log;
mod checkpoint;
mod connection;
mod copy;
mod deadline;
mod engine;
mod error;
mod execute;
mod explain;
mod expression;
mod ffi;
mod follow;
mod functions;
mod group;
mod job;
mod migrate;
mod mirror;
mod pool;
mod queue;
mod reader;
mod routine;
mod shared;
mod shell;
mod short;
mod total;
mod violation;
mod write;
mod writer;

pub use change::Operation as ChangeOperation;
pub(crate) use copy::{CopyKept, CopyLoader, CopyReader, copy_counters};
pub(crate) use engine::Engine;
pub(crate) use migrate::writable::check as check_defined;
pub(crate) use mirror::{Mirror, Transaction, bound, too_many_rows};
pub(crate) use routine::STACK_BYTES;

#[cfg(test)]
mod tests;
