//! Set-up and automation: `cargo xtask run|test|bench|tidy`.
fn main() {}
