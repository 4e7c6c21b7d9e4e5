//! The client of PostgreSQL: connections, batches and their answers.
//!
//! A [`Connection`] belongs to whoever holds it; an [`Address`] tells where the server is. A batch is a list of [`Query`]s that travel
//! together under one Sync, which makes them one implicit transaction, and is answered by one [`Answer`] each. Parameters and results
//! are text in PostgreSQL's own formats; nothing here knows their types, or why a statement is run.
//!
//! A batch that was sent is never sent again by itself when its answer is lost.

mod address;
mod connection;
mod error;
mod flight;
mod message;
mod query;
mod row;
mod socket;
mod startup;
mod statements;
mod wire;

pub(crate) use address::Address;
pub(crate) use connection::Connection;
pub(crate) use message::Transaction;
pub(crate) use query::{Answer, Query};
pub(crate) use row::{Column, Row, text};

#[cfg(test)]
mod tests;
