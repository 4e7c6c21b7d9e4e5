//! `underpin dev`: serves a project on this machine and follows its files.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Args;
use underpin_base::{Code, Error, Name, Result};
use underpin_schema::catalog::{Catalog, PolicyCommand, Table};
use underpin_schema::migration::File;

use super::project::{self, Project, SEED};
use super::watch::Snapshot;
use super::{output, running, safety};
use crate::app::app;
use crate::application::Application;
use crate::database;
use crate::http::serve::serve;
use crate::log;
use crate::settings::Settings;

/// Where `dev` listens unless told otherwise: the port that the official command line uses.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 54321);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Listen on this address; the same as `--set server.listen=…`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

/// Why serving ended.
enum Ended {
    /// By a signal.
    Stopped,
    /// The files changed, and these are the settings now.
    Changed(Box<Settings>, Snapshot),
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let flags = project::listen_flag(arguments.listen.as_deref());
    let snapshot = Snapshot::take(&arguments.project.folder);
    let settings = arguments.project.settings(&flags)?;
    let runtime = running::runtime(&settings.server)?;
    let _logging = log::start(&settings.log);
    runtime.block_on(follow(arguments, &flags, settings, snapshot))
}

/// Serves, and starts anew with each change of the files. The socket stays, so that clients only wait a moment.
async fn follow(
    arguments: &Arguments,
    flags: &[String],
    mut settings: Settings,
    mut snapshot: Snapshot,
) -> Result<()> {
    let address = settings.server.listen.unwrap_or(DEFAULT_LISTEN);
    let listener = running::listen(address).await?;
    let listener = listener.into_std().map_err(|error| socket(&error))?;
    let mut application = start(settings, true).await?;
    banner(&listener, &application)?;
    loop {
        let ended = serve_until(arguments, flags, &listener, &application, snapshot).await?;
        application.close();
        drop(application);
        match ended {
            Ended::Stopped => return Ok(()),
            Ended::Changed(changed, now) => (settings, snapshot) = (*changed, now),
        }
        // What cannot be opened now may be after the next change.
        application = loop {
            match start(settings, false).await {
                Ok(application) => break application,
                Err(error) => output::error(&error),
            }
            tokio::select! {
                () = running::stop_signal() => return Ok(()),
                (changed, now) = next_settings(arguments, flags, snapshot) => {
                    (settings, snapshot) = (changed, now);
                }
            }
        };
        output::note("The project changed and was loaded again.");
    }
}

async fn serve_until(
    arguments: &Arguments,
    flags: &[String],
    listener: &TcpListener,
    application: &Arc<Application>,
    snapshot: Snapshot,
) -> Result<Ended> {
    let listener = listener.try_clone().map_err(|error| socket(&error))?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(|error| socket(&error))?;
    let mut ended = Ended::Stopped;
    let stop = async {
        tokio::select! {
            () = running::stop_signal() => {}
            (settings, now) = next_settings(arguments, flags, snapshot) => {
                ended = Ended::Changed(Box::new(settings), now);
            }
        }
    };
    let router = app(Arc::clone(application));
    serve(listener, router, &application.settings.server, stop).await;
    Ok(ended)
}

/// Waits for a change after which the settings can be read; until then the old ones stay.
async fn next_settings(
    arguments: &Arguments,
    flags: &[String],
    mut snapshot: Snapshot,
) -> (Settings, Snapshot) {
    loop {
        snapshot = snapshot.changed(&arguments.project.folder).await;
        match arguments.project.settings(flags) {
            Ok(settings) => return (settings, snapshot),
            Err(error) => output::error(&error),
        }
    }
}

/// Opens, migrates and seeds. A migration that fails ends the first start; later the server goes on with what it has.
async fn start(settings: Settings, first: bool) -> Result<Arc<Application>> {
    let application = Application::open(settings)?;
    match migrate(&application).await {
        Err(error) if first => Err(error),
        Err(error) => {
            output::error(&error);
            Ok(application)
        }
        Ok(()) => Ok(application),
    }
}

async fn migrate(application: &Application) -> Result<()> {
    if application.settings.database.existing {
        if !application.sources.is_empty() {
            application.migrate(&[]).await?;
        }
        return application.start().await;
    }
    let folder = &application.settings.project;
    let files = database::migrations(folder)?;
    let is_new = application.store.status(Vec::new()).await?.is_empty();
    let report = application.migrate(&files).await.map_err(|error| {
        let reset = format!(
            "`underpin reset {}` starts over with an empty database.",
            folder.display()
        );
        match error.get_hint() {
            None if error.code() == &Code::MIGRATION => error.hint(reset),
            _ => error,
        }
    })?;
    for file in &report.files {
        output::note(&format!("migrated {}", file.path));
    }
    application.start().await?;
    match project::seed(folder)? {
        Some(text) if is_new => seed(application, text).await,
        _ => Ok(()),
    }
}

/// Runs `seed.sql`.
pub(crate) async fn seed(application: &Application, text: String) -> Result<()> {
    let file = File {
        version: String::new(),
        name: SEED.to_owned(),
        path: SEED.to_owned(),
        text,
    };
    application.store.seed(file).await?;
    output::note(&format!("ran {SEED}"));
    Ok(())
}

/// Prints what a developer needs next.
fn banner(listener: &TcpListener, application: &Application) -> Result<()> {
    let address = listener.local_addr().map_err(|error| socket(&error))?;
    let keys = application.gate.keys();
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "ready");
    let schema = application.store.schema();
    let (path, is_public) = example(&schema.catalog, &application.settings.api.schemas);
    let key = if is_public {
        &keys.publishable
    } else {
        &keys.secret
    };
    output::line(&format!("address      http://{address}"))?;
    output::line(&format!("publishable  {}", keys.publishable.expose()))?;
    output::line(&format!("secret       {}", keys.secret.expose()))?;
    output::line(&format!(
        "try          curl 'http://{address}{path}' -H 'apikey: {}'",
        key.expose()
    ))?;
    for reason in safety::reasons(&application.settings, keys) {
        output::note(&format!("note: `serve` would refuse this: {reason}"));
    }
    Ok(())
}

/// Returns a path that answers with rows, and whether it does so for everybody.
fn example(catalog: &Catalog, schemas: &[Name]) -> (String, bool) {
    let exposed = || {
        catalog
            .tables
            .values()
            .filter(|table| Some(&table.name.schema) == schemas.first())
    };
    let path = |table: &Table| format!("/rest/v1/{}?limit=3", table.name.name);
    if let Some(table) = exposed().find(|table| is_public(table)) {
        return (path(table), true);
    }
    match exposed().next() {
        Some(table) => (path(table), false),
        None => ("/readyz".to_owned(), true),
    }
}

/// A visitor may read some rows of it.
fn is_public(table: &Table) -> bool {
    table.row_security
        && table.policies.iter().any(|policy| {
            let reads = matches!(policy.command, PolicyCommand::All | PolicyCommand::Select);
            let anybody = |role: &Name| matches!(&**role, "anon" | "public");
            reads
                && policy.permissive
                && (policy.roles.is_empty() || policy.roles.iter().any(anybody))
        })
}

fn socket(error: &std::io::Error) -> Error {
    Error::new(
        Code::IO,
        format!("cannot use the listening socket: {error}"),
    )
}
