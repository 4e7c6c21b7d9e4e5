//! What the page of the shop loads beside its own files: the client library and the publishable key.
//!
//! Both are made here and git-ignored, so that the repository holds neither other people's code nor a key.

use std::fs;
use std::path::Path;

use crate::error::{Context, Result};
use crate::project;
use crate::shop::Keys;
use crate::tools;

/// Puts the client library into `public/vendor` of the shop in `folder`.
pub(crate) fn library(folder: &Path) -> Result<()> {
    let shop = project::shop();
    tools::npm(&shop)?;
    let vendor = folder.join("public/vendor");
    fs::create_dir_all(&vendor).context("make public/vendor")?;
    let bundle = shop.join("node_modules/@supabase/supabase-js/dist/umd/supabase.js");
    fs::copy(&bundle, vendor.join("supabase.js")).context("copy the client library")?;
    Ok(())
}

/// Writes the publishable key into `public/config.js` of the shop in `folder`.
pub(crate) fn configuration(folder: &Path, keys: &Keys) -> Result<()> {
    let key = serde_json::Value::from(keys.publishable.as_str());
    let text = format!("globalThis.SHOP_CONFIG = {{ publishableKey: {key} }};\n");
    fs::write(folder.join("public/config.js"), text).context("write public/config.js")
}
