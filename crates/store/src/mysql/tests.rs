//! The engine against a server of its own.
