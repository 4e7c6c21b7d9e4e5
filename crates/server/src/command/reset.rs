//! `underpin reset`: starts over with an empty database, in development.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;

use super::project::{self, Project};
use super::{dev, output, running};
use crate::application::Application;
use crate::database;
use crate::settings::Place;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Remove also what the database of a server held before it became this project's.
    #[arg(long)]
    everything: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings(&[])?;
    let place = settings.database.place.clone();
    let sources = settings.sources.iter().filter(|source| !source.existing);
    let places: Vec<String> = std::iter::once(&place)
        .chain(sources.map(|source| &source.place))
        .map(Place::shown)
        .collect();
    confirm(
        arguments.yes,
        &format!("Every row in {} will be deleted.", places.join(" and ")),
    )?;
    let runtime = running::runtime(&settings.server)?;
    let migrations = database::migrations(&settings.project)?;
    let seed = project::seed(&settings.project)?;
    let application = match Application::open(settings.clone()) {
        Ok(application) => application,
        // What cannot be opened, such as a schema that somebody else changed, is what a reset is for.
        Err(error) => {
            let Some(file) = place.file() else {
                return Err(error);
            };
            output::note(&format!("the database is made anew: {error}"));
            delete(file)?;
            Application::open(settings)?
        }
    };
    let done = runtime.block_on(start_over(
        &application,
        arguments.everything,
        &migrations,
        seed,
    ));
    application.close();
    done
}

async fn start_over(
    application: &Application,
    everything: bool,
    migrations: &[File],
    seed: Option<String>,
) -> Result<()> {
    application.store.reset(everything).await?;
    for source in application
        .sources
        .iter()
        .filter(|it| !it.settings.existing)
    {
        let reset = source.store.reset(false).await;
        reset.map_err(|error| source.named(&error))?;
    }
    let report = application.migrate(migrations).await?;
    for migrated in &report.files {
        output::note(&format!("migrated {}", migrated.path));
    }
    match seed {
        Some(text) => dev::seed(application, text).await,
        None => Ok(()),
    }
}

fn delete(file: &Path) -> Result<()> {
    for path in files_of(file) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let message = format!("cannot delete {}: {error}", path.display());
                return Err(Error::new(Code::IO, message));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The database file and those that SQLite keeps beside it.
fn files_of(file: &Path) -> Vec<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    ["", "-wal", "-shm", "-journal"].map(beside).to_vec()
}

/// Asks before something is lost; in a pipe nobody can answer, so `--yes` must say it.
pub(crate) fn confirm(yes: bool, what: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Error::new(
            Code::USAGE,
            format!("expected --yes where nobody can be asked. {what}"),
        ));
    }
    output::note(&format!("{what} Type yes to go on:"));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(Error::new(Code::USAGE, "expected yes; nothing was changed")),
    }
}
