//! The one integration binary: a running server over real sockets, and the real program. A module for each area.

#![cfg(test)]

mod abuse;
mod bulk;
mod command_line;
mod conformance;
mod connections;
mod context;
mod copy;
mod cors;
mod crash;
mod description;
mod existing;
mod fuzz;
mod health;
mod identity;
mod import;
mod invoked;
mod lifecycle;
mod limits;
mod mysql;
mod operators;
mod plpgsql;
mod postgres;
mod ranges;
mod rest;
mod robustness;
mod routines;
mod rpc;
mod site;
mod sources;
mod text_search;
mod triggers;
