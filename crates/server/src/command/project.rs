//! The project that a command is about: its folder, its settings, its migrations.

use std::path::{Path, PathBuf};

use clap::Args;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;

use super::output;
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

/// The folder of a project's migrations.
pub(crate) const MIGRATIONS: &str = "migrations";

/// The file with a project's rows for development.
pub(crate) const SEED: &str = "seed.sql";

/// Reads the migrations of the project in `folder`, in the order of their names.
pub(crate) fn migrations(folder: &Path) -> Result<Vec<File>> {
    let path = folder.join(MIGRATIONS);
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|error| unreadable(&path, &error))?
            .file_name();
        let name = name.to_string_lossy().into_owned();
        // Editors and tools leave other files there; what ends in .sql must be a migration.
        if name.ends_with(".sql") && !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let file = path.join(&name);
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            File::new(format!("{MIGRATIONS}/{name}"), text)
        })
        .collect()
}

/// Returns the text of `seed.sql` of the project in `folder`, if there is one.
pub(crate) fn seed(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(SEED);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::IO, format!("cannot read {}: {error}", path.display()))
}
