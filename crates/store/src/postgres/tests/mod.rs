//! What the tests of this engine share, and tests of all of it.
#![cfg(test)]

pub(crate) mod cluster;
mod flights;
mod proxy;
