//! The client of PostgreSQL: connections, batches and their answers.
//!
//! A [`Client`] has every connection to one server: some that all share, for short batches, and a pool of those that one caller holds at a
//! time. A [`Connection`] is one of the latter; an [`Address`] tells where the server is. A batch is a list of [`Query`]s that travel
//! together under one Sync, which makes them one implicit transaction, and is answered by one [`Answer`] each. Parameters and results
//! are text in PostgreSQL's own formats; nothing here knows their types, or why a statement is run.
//!
//! A batch that was sent is never sent again by itself when its answer is lost.

mod address;
mod circuit;
#[expect(
    clippy::module_inception,
    reason = "the client's parts are private to it"
)]
mod client;
mod connection;
mod error;
mod flight;
mod gauge;
mod line;
mod listen;
mod message;
mod opening;
mod pool;
mod query;
mod row;
mod settings;
mod shared;
mod socket;
mod startup;
mod statements;
mod tls;
mod wire;

pub(crate) use address::Address;
pub(crate) use client::Client;
pub(crate) use connection::Connection;
pub(crate) use listen::{Heard, Listener};
pub(crate) use message::Transaction;
pub(crate) use pool::Pooled;
pub(crate) use query::{Answer, Query};
pub(crate) use row::{Row, text};
pub(crate) use settings::ClientSettings;

#[cfg(test)]
mod tests;
