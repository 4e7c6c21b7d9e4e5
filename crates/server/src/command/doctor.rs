//! `underpin doctor`: looks for what is wrong before it hurts.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use clap::Args;
use jiff::Timestamp;
use underpin_base::{Code, Error, Result};
use underpin_query::WithoutPolicies;
use underpin_store::MigrationState;

use super::project::Project;
use super::{output, running, safety};
use crate::application::Application;
use crate::database;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The outcome of one check.
struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Doubtful,
    Bad,
}

impl Finding {
    /// Good when nothing was found, otherwise `verdict` with what was found.
    fn of(check: &'static str, verdict: Verdict, found: &[String]) -> Self {
        Self {
            check,
            verdict: if found.is_empty() {
                Verdict::Good
            } else {
                verdict
            },
            detail: found.join("; "),
        }
    }
}

/// Less free space than this is doubtful, in KiB.
const FREE_KIB_MIN: u64 = 1 << 20;

/// A clock before 2026 is wrong: nothing was built before.
const YEAR_2026: i64 = 1_767_225_600;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let findings = findings(&arguments.project)?;
    let mut table = output::Table::new(&["check", "verdict", "detail"]);
    for finding in &findings {
        let verdict = match finding.verdict {
            Verdict::Good => "good",
            Verdict::Doubtful => "doubtful",
            Verdict::Bad => "bad",
        };
        table.row(vec![
            finding.check.to_owned(),
            verdict.to_owned(),
            finding.detail.clone(),
        ]);
    }
    table.print(arguments.json)?;
    match findings
        .iter()
        .filter(|finding| finding.verdict == Verdict::Bad)
        .count()
    {
        0 => Ok(()),
        bad => Err(Error::new(
            Code::SETTINGS,
            format!(
                "expected nothing bad, found {bad} of {} checks bad",
                findings.len()
            ),
        )),
    }
}

fn findings(project: &Project) -> Result<Vec<Finding>> {
    let mut settings = project.settings_quietly(&[])?;
    let runtime = running::runtime(&settings.server)?;
    let mut findings = vec![
        Finding::of("settings", Verdict::Doubtful, &settings.warnings),
        permissions(&settings.project, &settings.data_folder()),
        free_space(&settings.project),
        clock(settings.database.place.file()),
    ];
    // A database that does not exist yet is not made by looking.
    let file = settings.database.place.file().map(Path::to_owned);
    if file.as_ref().is_some_and(|file| !file.exists()) {
        let none = ["there is none yet".to_owned()];
        findings.push(Finding::of("database", Verdict::Doubtful, &none));
        return Ok(findings);
    }
    let mut absent = Vec::new();
    settings.sources.retain(|source| {
        let is_there = source.place.file().is_none_or(Path::exists);
        if !is_there {
            absent.push(format!("source \"{}\" has no database yet", source.name));
        }
        is_there
    });
    if !absent.is_empty() {
        findings.push(Finding::of("sources", Verdict::Doubtful, &absent));
    }
    let application = match Application::open(settings) {
        Ok(application) => application,
        Err(error) => {
            findings.push(Finding::of("database", Verdict::Bad, &[error.to_string()]));
            return Ok(findings);
        }
    };
    let unsafe_settings = safety::reasons(&application.settings, application.gate.keys());
    let unsafe_settings: Vec<String> = unsafe_settings.into_iter().map(str::to_owned).collect();
    findings.push(Finding::of("safe to serve", Verdict::Bad, &unsafe_settings));
    if let Err(error) = runtime.block_on(application.start()) {
        findings.push(Finding::of("database", Verdict::Bad, &[error.to_string()]));
        return Ok(findings);
    }
    // A server looks after its own files.
    if file.is_some() {
        findings.push(runtime.block_on(integrity(&application)));
    }
    findings.push(runtime.block_on(migrations(&application)));
    findings.push(policies(&application));
    if !application.sources.is_empty() {
        findings.push(runtime.block_on(sources(&application)));
    }
    application.close();
    Ok(findings)
}

fn permissions(project: &Path, data_folder: &Path) -> Finding {
    let secret_files = [project.join(".env"), data_folder.join(crate::keys::FILE)];
    let exposed: Vec<String> = secret_files
        .into_iter()
        .filter(|file| {
            let metadata = std::fs::metadata(file);
            metadata.is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
        })
        .map(|file| format!("others may read {0}: chmod 600 {0}", file.display()))
        .collect();
    Finding::of("file permissions", Verdict::Bad, &exposed)
}

/// The standard library cannot tell how much is free; `df` can, everywhere in the same form.
fn free_space(project: &Path) -> Finding {
    let output = Command::new("df").arg("-Pk").arg(project).output();
    let free = output.ok().and_then(|output| {
        let text = String::from_utf8(output.stdout).ok()?;
        text.lines()
            .nth(1)?
            .split_whitespace()
            .nth(3)?
            .parse::<u64>()
            .ok()
    });
    let found = match free {
        Some(free) if free >= FREE_KIB_MIN => Vec::new(),
        Some(free) => vec![format!("only {} MiB are free", free >> 10)],
        None => vec!["df does not tell".to_owned()],
    };
    Finding::of("free space", Verdict::Doubtful, &found)
}

fn clock(database: Option<&Path>) -> Finding {
    let now = Timestamp::now();
    let mut found = Vec::new();
    if now.as_second() < YEAR_2026 {
        found.push(format!("it says {now}; tokens would be refused"));
    }
    let metadata = database.and_then(|database| std::fs::metadata(database).ok());
    let ahead = metadata
        .and_then(|metadata| metadata.modified().ok())
        .and_then(|modified| modified.elapsed().err());
    if let Some(ahead) = ahead.filter(|ahead| ahead.duration().as_secs() > 60) {
        let seconds = ahead.duration().as_secs();
        found.push(format!(
            "the database was written {seconds} s in the future"
        ));
    }
    Finding::of("clock", Verdict::Bad, &found)
}

async fn integrity(application: &Application) -> Finding {
    let checked = application
        .store
        .shell("PRAGMA integrity_check(5)".to_owned())
        .await;
    let found = match checked {
        Ok(results) => {
            let rows = results.into_iter().flat_map(|result| result.rows).flatten();
            let texts = rows.filter_map(|value| value.as_text().map(str::to_owned));
            texts.filter(|text| text != "ok").collect()
        }
        Err(error) => vec![error.to_string()],
    };
    Finding::of("integrity", Verdict::Bad, &found)
}

async fn migrations(application: &Application) -> Finding {
    let files = database::migrations(&application.settings.project);
    let status = match files {
        Ok(files) => application.store.status(files).await,
        Err(error) => Err(error),
    };
    let status = match status {
        Ok(status) => status,
        Err(error) => return Finding::of("migrations", Verdict::Bad, &[error.to_string()]),
    };
    let mut verdict = Verdict::Doubtful;
    let mut found = Vec::new();
    for migration in status {
        let state = match migration.state {
            MigrationState::Applied(_) => continue,
            MigrationState::Pending => "is not applied",
            MigrationState::Edited => {
                verdict = Verdict::Bad;
                "was edited after it was applied"
            }
            MigrationState::Missing => {
                verdict = Verdict::Bad;
                "was applied and its file is gone"
            }
        };
        found.push(format!("{}_{} {state}", migration.version, migration.name));
    }
    Finding::of("migrations", verdict, &found)
}

/// Sources that do not answer, or lack migrations, or whose schema is not there.
async fn sources(application: &Application) -> Finding {
    let mut found = Vec::new();
    for source in &application.sources {
        let name = &source.settings.name;
        let schema = &source.settings.schema;
        if let Err(error) = source.store.ping().await {
            found.push(source.named(&error).to_string());
            continue;
        }
        if !source.store.schema().catalog.schemas.contains_key(schema) {
            found.push(format!("source \"{name}\" has no schema \"{schema}\""));
        }
        match source.count_pending(&application.settings.project).await {
            Ok(0) => {}
            Ok(pending) => found.push(format!("source \"{name}\" lacks {pending} migrations")),
            Err(error) => found.push(source.named(&error).to_string()),
        }
    }
    Finding::of("sources", Verdict::Bad, &found)
}

/// Tables of the exposed schemas without row level security, or with it and without a policy.
fn policies(application: &Application) -> Finding {
    let schema = application.store.schema();
    let api = &application.settings.api;
    let tables = schema.catalog.tables.values();
    let exposed = tables.filter(|table| api.schemas.contains(&table.name.schema));
    let is_open = api.tables_without_policies == WithoutPolicies::Open;
    let found: Vec<String> = exposed
        .filter_map(
            |table| match (table.row_security, table.policies.is_empty()) {
                (false, _) if is_open => Some(format!(
                    "{} answers everybody: it has no row level security",
                    table.name
                )),
                (false, _) => Some(format!(
                    "{} answers the secret key alone: it has no row level security",
                    table.name
                )),
                (true, true) => Some(format!(
                    "{} answers the secret key alone: it has no policy",
                    table.name
                )),
                (true, false) => None,
            },
        )
        .collect();
    Finding::of("policies", Verdict::Doubtful, &found)
}
