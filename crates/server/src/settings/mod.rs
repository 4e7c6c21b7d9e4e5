//! [`Settings`]: everything that a project may decide, read once at start.
//!
//! One table (`table.rs`) lists every setting; `layers.rs` reads the sources; `sections.rs` gives each part its struct.
//! Nothing else reads the environment.

mod document;
mod dotenv;
mod layers;
mod sections;
mod source;
mod supabase;
mod table;
#[cfg(test)]
mod tests;
mod underpin_toml;
mod value;

use std::path::PathBuf;

use underpin_base::Result;
use underpin_query::ApiSettings;

pub use document::document;
pub use layers::Sources;
pub use sections::{
    Auth, Database, Keys, Log, LogFormat, MetricsAccess, Place, Server, Site, Synchronous,
};

pub(crate) use source::SOURCES;
pub use source::Source;

use layers::Values;

/// The settings of a project.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project's folder.
    pub project: PathBuf,
    /// `[api]` and `[limits]`.
    pub api: ApiSettings,
    /// `[database]`.
    pub database: Database,
    /// `[sources.NAME]`, in the order of their names.
    pub sources: Vec<Source>,
    /// `[server]`.
    pub server: Server,
    /// `[keys]`.
    pub keys: Keys,
    /// `[auth]`.
    pub auth: Auth,
    /// `migrate.on_start`.
    pub migrate_on_start: bool,
    /// `[site]`.
    pub site: Site,
    /// `[log]`.
    pub log: Log,
    /// What was read and passed over.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Reads the settings of the project in `sources`.
    pub fn load(sources: &Sources) -> Result<Self> {
        let values = Values::read(sources)?;
        let project = sources.project.as_path();
        let mut api = sections::api(&values)?;
        let sources = source::read(&values, project, &mut api)?;
        let database = Database::read(&values, project)?;
        source::check_files(&database.place, &sources)?;
        Ok(Self {
            project: project.to_owned(),
            api,
            sources,
            database,
            server: Server::read(&values)?,
            keys: Keys::read(&values)?,
            auth: Auth::read(&values)?,
            migrate_on_start: values.boolean("migrate.on_start")?,
            site: Site::read(&values, project)?,
            log: Log::read(&values)?,
            warnings: values.warnings,
        })
    }

    /// Returns the folder of what the program keeps: the database file's folder, `data` when there is no such file.
    pub fn data_folder(&self) -> PathBuf {
        match self.database.place.file() {
            Some(file) => file
                .parent()
                .map_or_else(|| self.project.clone(), PathBuf::from),
            None => self.project.join("data"),
        }
    }
}
