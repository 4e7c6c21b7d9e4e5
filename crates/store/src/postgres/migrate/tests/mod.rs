mod server;
mod split;
