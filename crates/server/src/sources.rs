//! [`Source`]: a further database that requests reach by a schema of its name; [`Served`]: the database that a request is about.
//!
//! Everything behind the choice is the same road: a source has a store, a catalog and rules of its own, and nothing leads from one
//! database to another.

use std::path::Path;

use http::HeaderMap;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_query::ApiSettings;
use underpin_query::request::{Query, SelectItem, profile_header};
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::File;
use underpin_store::{MigrationReport, MigrationState, MigrationStatus, Store};

use crate::application::{Application, source_store_settings};
use crate::database;
use crate::settings::{self, Settings};

/// A further database.
#[derive(Debug)]
pub struct Source {
    /// What the project decided.
    pub settings: settings::Source,
    /// The database.
    pub store: Store,
    /// How the data API behaves for it.
    pub api: ApiSettings,
}

/// The database that a request is about.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// The database.
    pub store: &'a Store,
    /// How the data API behaves for it.
    pub api: &'a ApiSettings,
}

impl Source {
    /// Opens the sources of a project.
    pub(crate) fn open_all(settings: &Settings) -> Result<Vec<Self>> {
        let sources = settings.sources.iter();
        sources.map(|source| Self::open(settings, source)).collect()
    }

    fn open(settings: &Settings, source: &settings::Source) -> Result<Self> {
        let project = &settings.api;
        let others = project.exposed().filter(|name| **name != source.name);
        Ok(Self {
            store: Store::open(source_store_settings(settings, source))?,
            api: ApiSettings {
                schemas: vec![source.schema.clone()],
                exposed_as: Some(source.name.clone()),
                elsewhere: others.cloned().collect(),
                // The function is one of the project's own database.
                pre_request: None,
                ..project.clone()
            },
            settings: source.clone(),
        })
    }

    /// Reads the source's migrations; there are none of a database that is not the project's.
    pub(crate) fn migrations(&self, project: &Path) -> Result<Vec<File>> {
        match self.settings.existing {
            true => Ok(Vec::new()),
            false => database::migrations_below(project, &self.settings.folder()),
        }
    }

    /// Applies the source's migrations.
    pub(crate) async fn migrate(&self, project: &Path, dry_run: bool) -> Result<MigrationReport> {
        if self.settings.existing {
            return Ok(MigrationReport::default());
        }
        let files = self.migrations(project)?;
        self.store.migrate(files, dry_run).await
    }

    /// Tells where each of the source's migrations stands.
    pub(crate) async fn status(&self, project: &Path) -> Result<Vec<MigrationStatus>> {
        if self.settings.existing {
            return Ok(Vec::new());
        }
        let files = self.migrations(project)?;
        self.store.status(files).await
    }

    /// Counts the source's migrations that are not applied yet.
    pub(crate) async fn count_pending(&self, project: &Path) -> Result<u64> {
        let status = self.status(project).await?;
        let pending = status
            .iter()
            .filter(|it| it.state == MigrationState::Pending);
        Ok(pending.count() as u64)
    }

    /// Says of an error which database it is about.
    pub(crate) fn named(&self, error: &Error) -> Error {
        let name = &self.settings.name;
        let mut named = Error::new(
            error.code().clone(),
            format!("source \"{name}\": {}", error.message()),
        );
        if let Some(hint) = error.get_hint() {
            named = named.hint(hint);
        }
        if let Some(cause) = error.get_cause() {
            named = named.cause(cause);
        }
        if let Some(place) = error.location() {
            named = named.at(&place.file, place.line);
        }
        named
    }
}

impl Application {
    /// Chooses the database that a request is about: by the schema that it names.
    pub fn served(&self, method: &str, headers: &HeaderMap) -> Served<'_> {
        let profile = headers.get(profile_header(method));
        let profile = profile.and_then(|profile| profile.to_str().ok());
        let named = |source: &&Source| profile == Some(&*source.settings.name);
        match self.sources.iter().find(named) {
            Some(source) => source.served(),
            None => self.served_by_default(),
        }
    }

    /// Returns the project's own database.
    pub(crate) fn served_by_default(&self) -> Served<'_> {
        Served {
            store: &self.store,
            api: &self.settings.api,
        }
    }

    /// Returns every database: the project's own, and the sources.
    fn everything(&self) -> impl Iterator<Item = Served<'_>> {
        let own = self.served_by_default();
        std::iter::once(own).chain(self.sources.iter().map(Source::served))
    }

    /// Calls the servers of every database and reads their schemas.
    ///
    /// # Errors
    /// Those of [`Store::start`], of the first that fails.
    pub async fn start(&self) -> Result<()> {
        let started = self.store.start().await;
        let mut started =
            started.map_err(|error| self.crossed_in_migration(error, self.served_by_default()));
        for source in &self.sources {
            // Each follows its schema from now on, whether or not others answer.
            let of_source = source.store.start().await;
            started = started.and(of_source.map_err(|error| {
                // What is not the project's has its rules read here.
                source.named(&self.crossed_in_migration(error, source.served()))
            }));
        }
        started
    }

    /// Asks every database for a constant.
    ///
    /// # Errors
    /// Those of [`Store::ping`], of the first that fails; that of a source is named.
    pub async fn ping(&self) -> Result<()> {
        self.store.ping().await?;
        for source in &self.sources {
            source
                .store
                .ping()
                .await
                .map_err(|error| source.named(&error))?;
        }
        Ok(())
    }

    /// Ends every database.
    pub fn close(&self) {
        for served in self.everything() {
            served.store.close();
        }
    }

    /// Says of an embed that leads nowhere when it would lead to another database.
    pub(crate) fn crossed(&self, error: Error, served: Served<'_>, query: &Query) -> Error {
        if *error.code() != Code::NO_RELATIONSHIP {
            return error;
        }
        let catalog = &served.store.schema().catalog;
        let names = embedded(query).into_iter();
        let mut missing = names.filter(|name| !has(catalog, &served.api.schemas, name));
        match missing.find_map(|name| self.elsewhere(name, served).map(|other| (name, other))) {
            Some((name, other)) => refused(&format!("{other}.{name}")),
            None => error,
        }
    }

    /// Says of a migration's error when it names a table of another database.
    pub(crate) fn crossed_in_migration(&self, error: Error, served: Served<'_>) -> Error {
        if ![Code::UNDEFINED_TABLE, Code::new("3F000")].contains(error.code()) {
            return error;
        }
        let Some(named) = error.message().split('"').nth(1).map(str::to_owned) else {
            return error;
        };
        let (schema, name) = named.split_once('.').unwrap_or(("", &named));
        let own = served.api.exposed_as.as_deref();
        let sources = self.sources.iter().map(|source| &*source.settings.name);
        let mut others = sources.filter(|source| Some(*source) != own);
        let shown = match others.find(|source| *source == schema || *source == named) {
            Some(_) => named.clone(),
            None => match self.elsewhere(name, served) {
                Some(other) => format!("{other}.{name}"),
                None => return error,
            },
        };
        match error.location() {
            Some(place) => refused(&shown).at(&place.file, place.line),
            None => refused(&shown),
        }
    }

    /// Returns the schema by which requests reach a table or view of another database.
    fn elsewhere(&self, name: &str, served: Served<'_>) -> Option<Name> {
        let others = self
            .everything()
            .filter(|other| !std::ptr::eq(other.store, served.store));
        let mut found = others.filter_map(|other| {
            let catalog = &other.store.schema().catalog;
            let schemas = &other.api.schemas;
            let schema = schemas
                .iter()
                .find(|schema| has(catalog, std::slice::from_ref(*schema), name))?;
            Some(other.api.shown(schema).clone())
        });
        found.next()
    }
}

impl Source {
    pub(crate) fn served(&self) -> Served<'_> {
        Served {
            store: &self.store,
            api: &self.api,
        }
    }
}

/// Tells whether a table or view of one of the schemas has the name.
fn has(catalog: &Catalog, schemas: &[Name], name: &str) -> bool {
    schemas.iter().any(|schema| {
        let name = QualifiedName::new(schema.clone(), name);
        catalog.tables.contains_key(&name) || catalog.views.contains_key(&name)
    })
}

/// Returns the names of everything that a query embeds, at every depth.
fn embedded(query: &Query) -> Vec<&Name> {
    let mut names = Vec::new();
    for item in &query.select {
        if let SelectItem::Embed(embed) = item {
            names.push(&embed.relation);
            names.extend(embedded(&embed.query));
        }
    }
    names
}

fn refused(name: &str) -> Error {
    Error::new(
        Code::SOURCE_CROSSED,
        format!("\"{name}\" is in another database, and nothing leads from one to the other"),
    )
    .hint("Ask each database for its own rows, and put them together where they are used; or keep both tables in one database.")
}
