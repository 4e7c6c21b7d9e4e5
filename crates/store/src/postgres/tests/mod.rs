//! What the tests of this engine share.

pub(crate) mod cluster;
