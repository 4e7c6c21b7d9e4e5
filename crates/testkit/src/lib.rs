//! A running application for tests.
//!
//! A [`Project`] is a folder made of texts; a [`TestServer`] runs it in this process, a [`ServerProcess`] by the real program; a [`Client`]
//! asks over a real socket as the visitor, a user or the service. Nothing here is part of the product.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests, what does not work is to be seen at once"
)]

mod client;
mod mariadb;
mod postgres;
mod program;
mod project;
mod server;

pub use client::{Client, Response};
pub use mariadb::Mariadb;
pub use postgres::Postgres;
pub use program::ServerProcess;
pub use project::Project;
pub use server::TestServer;
