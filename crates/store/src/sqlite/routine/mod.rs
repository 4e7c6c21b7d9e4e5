//! Routines whose bodies are more than a query, and triggers: their statements run one after the other, each planned when its turn comes.
//!
//! Every statement takes the road of the requests: it is authorised with the rights of the caller, or of the owner for a routine
//! that is `security definer`, and what it writes is written as any write is, triggers included.

mod call;
mod exception;
mod frame;
mod raise;
mod run;
mod session;
mod step;
mod trigger;

pub(crate) use session::STACK_BYTES;
pub(super) use session::Session;
pub(super) use trigger::{Event, Queued, Triggers};
