//! MySQL and MariaDB as the engine.
//!
//! Policies, views and functions are in the statement already, as for SQLite. What of a read the database can say exactly as PostgreSQL
//! means it, it executes itself ([`read`]); everything else, and every write, is done by SQLite's machine in memory over rows that the
//! database chose ([`crate::sqlite::Mirror`], [`link`]), within one transaction of the database, whose own constraints are the
//! last word.

mod address;
mod apply;
mod codec;
mod copy;
mod engine;
mod error;
mod found;
mod link;
mod migrate;
mod operate;
mod read;
mod row;
mod session;
mod settings;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use copy::{CopyLoader, CopyReader};
pub(crate) use engine::Engine;
pub use settings::MysqlSettings;
