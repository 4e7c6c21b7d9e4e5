//! `underpin reset`: starts over with an empty database, in development.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use underpin_base::{Code, Error, Result};

use super::project::{self, Project};
use super::{dev, output, running};
use crate::application::Application;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings(&[])?;
    let file = settings.database.file.clone();
    confirm(
        arguments.yes,
        &format!("Every row in {} will be deleted.", file.display()),
    )?;
    for path in files_of(&file) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let message = format!("cannot delete {}: {error}", path.display());
                return Err(Error::new(Code::IO, message));
            }
            _ => {}
        }
    }
    let runtime = running::runtime(&settings.server)?;
    let migrations = project::migrations(&settings.project)?;
    let seed = project::seed(&settings.project)?;
    let application = Application::open(settings)?;
    let done = runtime.block_on(async {
        let report = application.migrate(&migrations).await?;
        for migrated in &report.files {
            output::note(&format!("migrated {}", migrated.path));
        }
        match seed {
            Some(text) => dev::seed(&application, text).await,
            None => Ok(()),
        }
    });
    application.store.close();
    done
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
