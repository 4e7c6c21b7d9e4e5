//! `underpin types`: writes the types of the project's database for a compiler.
//!
//! They are made from the migrations, without a database: it would say the same once they are applied. A server is asked itself, for it
//! may have more than migrations made.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use underpin_base::{Code, Error, Name, Result};
use underpin_query::typescript::typescript;
use underpin_schema::catalog::{Catalog, Relationships};
use underpin_schema::migration;
use underpin_store::Store;

use super::project::Project;
use super::{output, running};
use crate::application::store_settings;
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
        [] => settings.api.schemas,
        named => named.iter().map(|name| Name::from(name.trim())).collect(),
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
    let text = match arguments.lang {
        Language::Typescript => typescript(&catalog, &relationships, &schemas),
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

/// Returns the project's catalog: what its migrations say, or what its server has.
fn catalog(settings: &Settings) -> Result<Catalog> {
    if settings.database.place.file().is_some() {
        return fold(&database::migrations(&settings.project)?);
    }
    let store = Store::open(store_settings(settings))?;
    running::runtime(&settings.server)?.block_on(store.start())?;
    let catalog = store.schema().catalog.clone();
    store.close();
    Ok(catalog)
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
