//! SQLite as the engine: one file, threads that read, one thread that writes in groups.

mod bind;
mod change;
mod change_log;
mod checkpoint;
mod connection;
mod deadline;
mod engine;
mod error;
mod execute;
mod expression;
mod ffi;
mod functions;
mod group;
mod job;
mod pool;
mod queue;
mod shared;
mod violation;
mod write;
mod writer;

pub use change::Operation as ChangeOperation;
pub(crate) use engine::Engine;

#[cfg(test)]
mod tests;
