//! The one integration binary: a running server over real sockets, and the real program. A module for each area.

#[cfg(test)]
mod integration {
    mod command_line;
    mod connections;
    mod cors;
    mod data;
    mod health;
    mod identity;
    mod lifecycle;
    mod limits;
    mod site;
}
