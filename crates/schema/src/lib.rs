//! The catalog of a project and the migrations that make it.
//!
//! - [`catalog`] is the model: tables, views, types, routines, policies, grants, relationships. It is a pure function of the
//!   migrations: whoever has their text has the catalog.
//! - [`existing`] is the catalog of a database that is not ours, with what a project declares about it.
//! - [`migration`] reads migration files and folds them into a catalog, statement by statement, and gives each engine's steps.
//! - [`postgres`] makes the catalog of what a PostgreSQL database tells of itself, and says what the platform needs of one.
//!
//! Nothing here does I/O.

pub mod catalog;
pub mod existing;
pub mod migration;
pub mod mysql;
pub mod platform;
pub mod postgres;
pub mod sqlite;

#[cfg(test)]
mod corpus;
