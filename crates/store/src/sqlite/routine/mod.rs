//! Routines whose bodies are more than a query: their statements run one after the other, each planned when its turn comes.
//!
//! Every statement takes the road of the requests: it is authorised with the rights of the caller, or of the owner for a routine
//! that is `security definer`, and what it writes is written as any write is.

mod call;
mod session;
mod statement;

pub(super) use session::Session;
