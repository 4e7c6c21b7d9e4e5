//! Tests of the client: against a server where PostgreSQL is installed, and against a script that misbehaves.

#[cfg(unix)]
mod server;
