//! Settings, wiring, routes and the command line.
