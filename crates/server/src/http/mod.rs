//! HTTP itself: connections and their time-outs, what is done around every request, bodies, and answers.

pub mod body;
mod connection;
pub mod cors;
pub mod observe;
pub mod request_id;
mod request_line;
pub mod response;
pub mod serve;
mod spool;

pub use connection::Peer;
