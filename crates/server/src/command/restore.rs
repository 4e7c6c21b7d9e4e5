//! `underpin restore`: puts a backup in the database's place.

use std::path::PathBuf;

use clap::Args;
use underpin_base::{Code, Error, Result};

use super::project::Project;
use super::reset::confirm;
use super::{output, running};
use crate::application::store_settings;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    project: Project,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings_quietly(&[])?;
    let file = &arguments.file;
    if !file.is_file() {
        return Err(Error::new(
            Code::IO,
            format!("expected a backup in {}, found no file", file.display()),
        ));
    }
    let database = settings.database.place.only_file()?;
    confirm(
        arguments.yes,
        &format!(
            "Every row in {} will be replaced by those of the backup.",
            database.display()
        ),
    )?;
    let store = underpin_store::Store::open(store_settings(&settings))?;
    let restored = running::runtime(&settings.server)?.block_on(store.restore(file.clone()));
    store.close();
    restored?;
    output::note(
        "The backup is in place. Start a running server again when the backup has other migrations.",
    );
    Ok(())
}
