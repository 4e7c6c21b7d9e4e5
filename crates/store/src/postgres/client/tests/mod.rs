//! Tests of the client: of its parts, against a script that misbehaves, and against a server where PostgreSQL is installed.

mod address;
#[cfg(unix)]
mod greeting;
#[cfg(unix)]
mod listen;
mod message;
#[cfg(unix)]
mod restart;
#[cfg(unix)]
mod script;
#[cfg(unix)]
mod server;
