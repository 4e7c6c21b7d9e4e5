//! `underpin backup`: copies the database into a file.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use underpin_base::{Code, Error, Result};

use super::project::Project;
use super::{output, running};
use crate::application::store_settings;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// The file to write; `backups/` in the data folder unless given. It must not exist.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings_quietly(&[])?;
    let database = settings.database.place.only_file()?;
    if !database.exists() {
        return Err(Error::new(
            Code::IO,
            format!("expected a database in {}, found none", database.display()),
        ));
    }
    let file = arguments.output.clone().unwrap_or_else(|| {
        let name = Timestamp::now().strftime("%Y%m%dT%H%M%SZ.db").to_string();
        settings.data_folder().join("backups").join(name)
    });
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            Error::new(
                Code::IO,
                format!("cannot make {}: {error}", folder.display()),
            )
        })?;
    }
    let store = underpin_store::Store::open(store_settings(&settings))?;
    let copied = running::runtime(&settings.server)?.block_on(store.backup(file.clone()));
    store.close();
    copied?;
    output::line(&file.display().to_string())
}
