//! Where things are in the checkout.

use std::env;
use std::path::{Path, PathBuf};

/// Returns the top folder of the checkout.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Returns the folder of cargo's output, where everything that is made here is kept too.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Returns the folder of the example.
pub(crate) fn shop() -> PathBuf {
    root().join("examples/shop")
}

/// Returns the program that `cargo build` made; `profile` is `debug` or `release`.
pub(crate) fn built(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(name)
}
