//! PostgreSQL's types, expressions and statements as one typed tree; the grammar that reads it; the writer of each dialect.
//!
//! - [`types`] knows PostgreSQL's types: how their text is read and printed, how they are cast and stored.
//! - [`tree`] is the typed tree that requests, policies, views, defaults and SQL functions all become.
//! - [`grammar`] reads PostgreSQL's text into the tree, resolving names against a [`grammar::Resolver`].
//! - [`plpgsql`] reads the bodies of routines in PL/pgSQL.
//! - [`infer`] chooses operators, functions and casts as PostgreSQL does.
//! - [`writer`] writes the tree in an engine's dialect; it holds the one function that quotes.
//!
//! Nothing here does I/O or knows what a request is.

pub mod functions;
pub mod grammar;
pub mod infer;
pub mod plpgsql;
pub mod tree;
pub mod types;
pub mod writer;
