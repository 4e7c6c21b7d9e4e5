//! The project that a command is about: its folder, its settings, its migrations.

use std::path::{Path, PathBuf};

use clap::Args;
use underpin_base::{Code, Error, Result};

use super::output;
use crate::database::{MIGRATIONS, unreadable};
use crate::settings::{Settings, Sources};

/// The arguments that every command about a project takes.
#[derive(Debug, Args)]
pub(crate) struct Project {
    /// The project's folder.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Give a setting a value; may be repeated.
    #[arg(long = "set", value_name = "A.B=VALUE")]
    pub(crate) set: Vec<String>,
}

impl Project {
    /// Reads the project's settings, with `more` flags of the command's own after those of the caller, and tells what was passed over.
    pub(crate) fn settings(&self, more: &[String]) -> Result<Settings> {
        let settings = self.settings_quietly(more)?;
        for warning in &settings.warnings {
            output::note(&format!("note: {warning}"));
        }
        Ok(settings)
    }

    /// The same without the remarks.
    pub(crate) fn settings_quietly(&self, more: &[String]) -> Result<Settings> {
        let is_project = ["underpin.toml", "config.toml", MIGRATIONS]
            .iter()
            .any(|name| self.folder.join(name).exists());
        if !is_project {
            let folder = self.folder.display();
            return Err(Error::new(
                Code::USAGE,
                format!("expected a project, found neither underpin.toml, config.toml nor migrations/ in {folder}"),
            )
            .hint(format!("`underpin init {folder}` makes a project there.")));
        }
        let flags = self.set.iter().chain(more).cloned().collect();
        Settings::load(&Sources::of_process(&self.folder, flags))
    }
}

/// Returns the flag that `--listen` stands for.
pub(crate) fn listen_flag(listen: Option<&str>) -> Vec<String> {
    let flag = |listen: &str| format!("server.listen={listen}");
    listen.map(flag).into_iter().collect()
}

/// The file with a project's rows for development.
pub(crate) const SEED: &str = "seed.sql";

/// Returns the text of `seed.sql` of the project in `folder`, if there is one.
pub(crate) fn seed(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(SEED);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}
