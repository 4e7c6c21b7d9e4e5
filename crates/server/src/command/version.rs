//! `underpin version`.

use clap::Args;
use serde_json::json;
use underpin_base::Result;

use super::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        return output::json(&json!({ "version": version }));
    }
    output::line(&format!("underpin {version}"))
}
