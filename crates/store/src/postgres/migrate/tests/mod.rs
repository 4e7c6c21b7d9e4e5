#[cfg(unix)]
mod database;
#[cfg(unix)]
mod platform;
#[cfg(unix)]
mod server;
mod split;
