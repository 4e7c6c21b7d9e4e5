//! `underpin migrate`: makes, applies and lists migrations.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;
use underpin_store::{MigrationReport, MigrationState, MigrationStatus};

use super::project::Project;
use super::{init, output, running};
use crate::application::Application;
use crate::database::{self, MIGRATIONS};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an empty migration file.
    New {
        /// What it does, such as `add_prices`.
        name: String,
        #[command(flatten)]
        project: Project,
    },
    /// Apply the migrations that are not applied yet.
    Up {
        #[command(flatten)]
        project: Project,
        /// Change nothing; print the SQL that would run.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the migrations and where each stands.
    Status {
        #[command(flatten)]
        project: Project,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.action {
        Action::New { name, project } => new(project, name),
        Action::Up {
            project,
            dry_run,
            json,
        } => up(project, *dry_run, *json),
        Action::Status { project, json } => status(project, *json),
    }
}

/// Returns the name of a migration file of this moment.
pub(crate) fn file_name(name: &str) -> String {
    let version = Timestamp::now().strftime("%Y%m%d%H%M%S");
    format!("{version}_{name}.sql")
}

fn new(project: &Project, name: &str) -> Result<()> {
    let settings = project.settings_quietly(&[])?;
    let is_word = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if name.is_empty() || !name.chars().all(is_word) {
        return Err(Error::new(
            Code::USAGE,
            format!("expected a name of letters, digits, _ and -, found \"{name}\""),
        ));
    }
    let file = format!("{MIGRATIONS}/{}", file_name(name));
    init::write(&settings.project, &file, "", 0o644)?;
    output::line(&settings.project.join(file).display().to_string())
}

fn up(project: &Project, dry_run: bool, as_json: bool) -> Result<()> {
    let settings = project.settings(&[])?;
    let files = database::migrations(&settings.project)?;
    let runtime = running::runtime(&settings.server)?;
    let application = Application::open(settings)?;
    let report = runtime.block_on(application.migrate_all(files, dry_run));
    application.close();
    let report = report?;
    if as_json {
        return output::json(&as_values(&report));
    }
    for file in &report.files {
        let done = if dry_run { "would apply" } else { "applied" };
        output::line(&format!("{done} {}", file.path))?;
        for note in &file.notes {
            output::note(&format!(
                "{}:{}: note: {}",
                file.path, note.line, note.message
            ));
        }
        for statement in file.statements.iter().filter(|_| dry_run) {
            output::line(&format!("{statement};"))?;
        }
    }
    if report.files.is_empty() {
        output::line("Every migration is applied.")?;
    }
    Ok(())
}

fn as_values(report: &MigrationReport) -> serde_json::Value {
    let files = report.files.iter().map(|file| {
        let notes = file.notes.iter();
        let notes: Vec<_> = notes
            .map(|note| json!({ "line": note.line, "message": note.message }))
            .collect();
        json!({ "file": file.path, "statements": file.statements, "notes": notes })
    });
    files.collect()
}

fn status(project: &Project, as_json: bool) -> Result<()> {
    let settings = project.settings(&[])?;
    let files = database::migrations(&settings.project)?;
    let runtime = running::runtime(&settings.server)?;
    let application = Application::open(settings)?;
    let status = runtime.block_on(all_status(&application, files));
    application.close();
    let mut table = output::Table::new(&["version", "name", "state", "applied_at"]);
    for migration in status? {
        let (state, applied_at) = match migration.state {
            MigrationState::Applied(at) => ("applied", time(at)),
            MigrationState::Edited => ("edited", String::new()),
            MigrationState::Missing => ("missing", String::new()),
            MigrationState::Pending => ("pending", String::new()),
        };
        table.row(vec![
            migration.version,
            migration.name,
            state.to_owned(),
            applied_at,
        ]);
    }
    table.print(as_json)
}

/// Returns where the migrations of the project and of its sources stand; those of a source are named by it.
async fn all_status(application: &Application, files: Vec<File>) -> Result<Vec<MigrationStatus>> {
    let mut all = application.store.status(files).await?;
    for source in &application.sources {
        let status = source.status(&application.settings.project).await;
        for mut migration in status.map_err(|error| source.named(&error))? {
            migration.name = format!("{}/{}", source.settings.name, migration.name);
            all.push(migration);
        }
    }
    Ok(all)
}

fn time(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
