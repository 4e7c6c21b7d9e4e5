//! `underpin copy`: moves the project's rows to another database, of the same engine or another.

use std::path::Path;

use clap::Args;
use serde_json::json;
use underpin_base::{Code, Error, Result};
use underpin_store::{CopyOptions, CopyReport, Store};

use super::project::Project;
use super::{output, progress, running};
use crate::application::store_settings;
use crate::database;
use crate::settings::{Place, Settings};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// The database to copy to, as `database.url` has it: `postgres://…`, or `sqlite:FILE` below the project's folder.
    #[arg(long, value_name = "URL")]
    to: String,
    /// Change nothing; tell what would be copied.
    #[arg(long)]
    dry_run: bool,
    /// Remove what a copy that was broken off has written, and begin anew.
    #[arg(long)]
    restart: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings(&[])?;
    let mut target = settings.clone();
    target.database.place = Place::read("--to", &arguments.to, &settings.project)?;
    // Whatever the source is, the target is the project's to change.
    target.database.existing = false;
    check_places(&settings, &target)?;
    let options = CopyOptions {
        files: database::migrations(&settings.project)?,
        source: shown(&settings.database.place)?,
        restart: arguments.restart,
    };
    let runtime = running::runtime(&settings.server)?;
    let report = runtime.block_on(async {
        match arguments.dry_run {
            true => rehearse(&settings, &target, &options).await,
            false => copy(&settings, &target, &options).await,
        }
    })?;
    print(arguments, &target, &report)
}

/// Refuses a source that is not there, and the source itself as the target.
fn check_places(source: &Settings, target: &Settings) -> Result<()> {
    let (source, target) = (&source.database.place, &target.database.place);
    if let Some(file) = source.file()
        && !file.exists()
    {
        return Err(Error::new(
            Code::IO,
            format!("expected a database in {}, found none", file.display()),
        ));
    }
    if is_same(source, target) {
        return Err(Error::new(
            Code::USAGE,
            format!("expected another database than {}", source.shown()),
        ));
    }
    Ok(())
}

fn is_same(source: &Place, target: &Place) -> bool {
    match (source, target) {
        (Place::File(source), Place::File(target)) => {
            let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            whole(source) == whole(target)
        }
        (Place::Postgres(source), Place::Postgres(target))
        | (Place::Mysql(source), Place::Mysql(target)) => source.matches(target.expose()),
        _ => false,
    }
}

/// Returns how a source is remembered by its target: it must be the same for a copy to go on.
fn shown(place: &Place) -> Result<String> {
    let Some(file) = place.file() else {
        return Ok(place.shown());
    };
    let whole = file.canonicalize();
    let whole = whole.map_err(|error| database::unreadable(file, &error))?;
    Ok(whole.display().to_string())
}

async fn copy(source: &Settings, target: &Settings, options: &CopyOptions) -> Result<CopyReport> {
    let from = Store::open(store_settings(source))?;
    let to = Store::open(store_settings(target))?;
    let mut shown = progress::Progress::new();
    let done = async {
        from.start().await?;
        to.start().await?;
        from.copy_to(&to, options, |event| shown.tell(event)).await
    }
    .await;
    shown.end();
    from.close();
    to.close();
    done
}

async fn rehearse(
    source: &Settings,
    target: &Settings,
    options: &CopyOptions,
) -> Result<CopyReport> {
    let from = Store::open(store_settings(source))?;
    // A file that is not there is not made for this.
    let is_there = target.database.place.file().is_none_or(Path::exists);
    let to = match is_there {
        true => Some(Store::open(store_settings(target))?),
        false => None,
    };
    let done = async {
        from.start().await?;
        if let Some(to) = &to {
            to.start().await?;
        }
        from.rehearse_copy(to.as_ref(), options).await
    }
    .await;
    from.close();
    if let Some(to) = to {
        to.close();
    }
    done
}

fn print(arguments: &Arguments, target: &Settings, report: &CopyReport) -> Result<()> {
    let rows: u64 = report.tables.iter().map(|table| table.rows).sum();
    if arguments.json {
        let tables = report.tables.iter().map(|table| {
            json!({ "table": table.name.to_string(), "rows": table.rows, "resumes": table.resumes })
        });
        return output::json(&json!({
            "migrations": report.migrations,
            "tables": tables.collect::<Vec<_>>(),
            "rows": rows,
            "copied": !arguments.dry_run,
        }));
    }
    let place = target.database.place.shown();
    let count = report.tables.len();
    if !arguments.dry_run {
        return output::line(&format!(
            "Copied {rows} rows of {count} tables to {place}, and compared them. Next: set database.url to that address."
        ));
    }
    for migration in &report.migrations {
        output::line(&format!("would apply {migration}"))?;
    }
    let mut table = output::Table::new(&["table", "rows", "note"]);
    for copied in &report.tables {
        let note = match copied.resumes {
            true => "",
            false => "no key: begun anew when the copy is broken off within it",
        };
        table.row(vec![
            copied.name.to_string(),
            copied.rows.to_string(),
            note.to_owned(),
        ]);
    }
    table.print(false)?;
    output::line(&format!(
        "would copy {rows} rows of {count} tables to {place}"
    ))
}
