//! `underpin types`: writes the types of the project's database for a compiler.
//!
//! They are made from the migrations, without a database: it would say the same once they are applied. A server is asked itself, for it
//! may have more than migrations made.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use underpin_base::{Code, Error, Name, Result};
use underpin_query::typescript::{Described, typescript};
use underpin_schema::catalog::{Catalog, Relationships};
use underpin_schema::migration;
use underpin_store::{Store, StoreSettings};

use super::project::Project;
use super::{output, running};
use crate::application::{source_store_settings, store_settings};
use crate::database;
use crate::settings::Settings;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// The language.
    #[arg(long, value_enum, default_value_t = Language::Typescript)]
    lang: Language,
    /// The schemas to describe, separated by commas; those that the data API exposes unless given.
    #[arg(long = "schema", value_name = "SCHEMA", value_delimiter = ',')]
    schemas: Vec<String>,
    /// The file to write; standard output unless given.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    Typescript,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings_quietly(&[])?;
    let catalog = catalog(&settings)?;
    let schemas: Vec<Name> = match arguments.schemas.as_slice() {
        [] => settings.api.schemas.clone(),
        named => named
            .iter()
            .map(|name| Name::from(name.trim()))
            .filter(|name| !settings.api.elsewhere.contains(name))
            .collect(),
    };
    if let Some(missing) = schemas
        .iter()
        .find(|schema| !catalog.schemas.contains_key(*schema))
    {
        return Err(Error::new(
            Code::USAGE,
            format!("expected a schema of the project, found \"{missing}\""),
        )
        .hint(format!("There are: {}.", names(&catalog))));
    }
    let relationships = Relationships::find(&catalog);
    let sources = sources(&settings, arguments)?;
    let mut described = vec![Described {
        catalog: &catalog,
        relationships: &relationships,
        schemas: &schemas,
        exposed_as: None,
    }];
    described.extend(sources.iter().map(|source| Described {
        catalog: &source.catalog,
        relationships: &source.relationships,
        schemas: std::slice::from_ref(&source.schema),
        exposed_as: Some(&source.name),
    }));
    let text = match arguments.lang {
        Language::Typescript => typescript(&described),
    };
    match &arguments.output {
        None => output::text(&text),
        Some(file) => std::fs::write(file, text).map_err(|error| {
            Error::new(
                Code::IO,
                format!("cannot write {}: {error}", file.display()),
            )
        }),
    }
}

/// A further database that is described.
struct Source {
    name: Name,
    schema: Name,
    catalog: Catalog,
    relationships: Relationships,
}

/// Returns the sources that are asked for: all, unless schemas are given.
fn sources(settings: &Settings, arguments: &Arguments) -> Result<Vec<Source>> {
    let given = &arguments.schemas;
    let is_asked =
        |name: &Name| given.is_empty() || given.iter().any(|given| *given.trim() == **name);
    let asked = settings.sources.iter().filter(|it| is_asked(&it.name));
    asked
        .map(|source| {
            let catalog = match source.place.file() {
                Some(_) => fold(&database::migrations_below(
                    &settings.project,
                    &source.folder(),
                )?)?,
                None => of_server(settings, source_store_settings(settings, source))?,
            };
            Ok(Source {
                name: source.name.clone(),
                schema: source.schema.clone(),
                relationships: Relationships::find(&catalog),
                catalog,
            })
        })
        .collect()
}

/// Returns the project's catalog: what its migrations say, or what its server has.
fn catalog(settings: &Settings) -> Result<Catalog> {
    if settings.database.place.file().is_some() {
        return fold(&database::migrations(&settings.project)?);
    }
    of_server(settings, store_settings(settings))
}

/// Returns the catalog that a server has.
fn of_server(settings: &Settings, at: StoreSettings) -> Result<Catalog> {
    running::runtime(&settings.server)?.block_on(async {
        let store = Store::open(at)?;
        let started = store.start().await;
        let catalog = store.schema().catalog.clone();
        store.close();
        started.map(|()| catalog)
    })
}

/// Returns the catalog of a database that has every migration.
fn fold(files: &[migration::File]) -> Result<Catalog> {
    let all = migration::plan(&[], files)?;
    all.files
        .iter()
        .try_fold(Catalog::platform()?, |catalog, file| {
            Ok(migration::fold(&catalog, file)?.catalog)
        })
}

fn names(catalog: &Catalog) -> String {
    let names: Vec<&str> = catalog.schemas.keys().map(|name| &**name).collect();
    names.join(", ")
}
