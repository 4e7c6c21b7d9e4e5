//! `underpin import`: takes over a Supabase project from its dump.
//!
//! The schema becomes two migrations, between which the rows are brought in: they are in no file of the project, since they hold the
//! hashes of passwords.

use std::path::PathBuf;

use clap::Args;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;
use underpin_store::Dump;

use super::init::write;
use super::project::Project;
use super::{migrate, output, running};
use crate::application::Application;
use crate::database::{self, MIGRATIONS, unreadable};
use crate::settings::Place;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The dump: SQL, as `pg_dump` or `supabase db dump` writes it.
    #[arg(value_name = "DUMP")]
    dump: PathBuf,
    #[command(flatten)]
    project: Project,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings(&[])?;
    if !matches!(settings.database.place, Place::Postgres(_)) {
        return Err(Error::new(
            Code::USAGE,
            match settings.database.place.file() {
                Some(_) => {
                    "expected a database that a PostgreSQL server keeps, found one in a file"
                }
                None => {
                    "expected a database that a PostgreSQL server keeps, found another server's"
                }
            },
        )
        .hint("Set database.url to \"postgres:local\" or to a server's address."));
    }
    let text = std::fs::read_to_string(&arguments.dump)
        .map_err(|error| unreadable(&arguments.dump, &error))?;
    let dump = Dump::read(&text)?;
    if !database::migrations(&settings.project)?.is_empty() {
        return Err(Error::new(
            Code::USAGE,
            "expected a project without migrations, found some",
        )
        .hint(
            "Import into a new project: `underpin init DIR`, and remove what is in migrations/.",
        ));
    }
    let runtime = running::runtime(&settings.server)?;
    let project = settings.project.clone();
    let application = Application::open(settings)?;
    let files = files(&dump)?;
    let done = runtime.block_on(take_over(&application, &files, &dump));
    application.store.close();
    done?;
    for file in &files {
        write(&project, &file.path, &file.text, 0o644)?;
        output::line(&format!("wrote {}", file.path))?;
    }
    for (what, times) in &dump.left_out {
        output::note(&format!("left out: {what} ({times} times)"));
    }
    output::line(&format!(
        "Took over {}. Files of buckets and functions are not in a dump.",
        arguments.dump.display()
    ))
}

/// Returns the migrations that the schema becomes: what rows go into, and what comes after them.
fn files(dump: &Dump) -> Result<[File; 2]> {
    let schema = migrate::file_name("imported");
    let (version, _) = schema.split_once('_').unwrap_or_default();
    let later = version.parse::<u64>().map_err(Error::internal)? + 1;
    Ok([
        File::new(format!("{MIGRATIONS}/{schema}"), dump.schema.as_str())?,
        File::new(
            format!("{MIGRATIONS}/{later}_imported_rules.sql"),
            dump.rules.as_str(),
        )?,
    ])
}

async fn take_over(application: &Application, files: &[File; 2], dump: &Dump) -> Result<()> {
    let store = &application.store;
    if !store.status(Vec::new()).await?.is_empty() {
        return Err(Error::new(
            Code::USAGE,
            "expected an empty database, found one with migrations",
        )
        .hint("`underpin reset` empties the project's database."));
    }
    let [schema, rules] = files;
    store.migrate(vec![schema.clone()], false).await?;
    let rows = File {
        version: String::new(),
        name: "rows".to_owned(),
        path: "the rows of the dump".to_owned(),
        text: dump.rows.clone(),
    };
    let partly = |error: Error| match error.get_hint() {
        Some(_) => error,
        None => error.hint("A part of the dump is in the database: `underpin reset` empties it."),
    };
    store.seed(rows).await.map_err(partly)?;
    store
        .migrate(vec![schema.clone(), rules.clone()], false)
        .await
        .map_err(partly)?;
    Ok(())
}
