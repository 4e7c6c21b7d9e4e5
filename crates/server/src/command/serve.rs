//! `underpin serve`: serves a project.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;

use super::project::{self, Project};
use super::{running, safety};
use crate::app::app;
use crate::application::Application;
use crate::database;
use crate::http::serve::serve;
use crate::log;

/// Where `serve` listens unless told otherwise: opening it to the world is a decision.
pub(crate) const DEFAULT_LISTEN: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Listen on this address; the same as `--set server.listen=…`.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Apply the migrations that are not applied yet before serving.
    #[arg(long)]
    migrate: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let flags = project::listen_flag(arguments.listen.as_deref());
    let settings = arguments.project.settings(&flags)?;
    let migrate = arguments.migrate || settings.migrate_on_start;
    let address = settings.server.listen.unwrap_or(DEFAULT_LISTEN);
    let runtime = running::runtime(&settings.server)?;
    let _logging = log::start(&settings.log);
    let application = Application::open(settings)?;
    safety::check(&application.settings, application.gate.keys())?;
    let finished = runtime.block_on(serve_on(address, &application, migrate));
    application.close();
    finished
}

async fn serve_on(
    address: SocketAddr,
    application: &Arc<Application>,
    migrate: bool,
) -> Result<()> {
    let files = database::migrations(&application.settings.project)?;
    if migrate {
        application.migrate(&files).await?;
    }
    open(application, &files).await?;
    let listener = running::listen(address).await?;
    report(listener.local_addr().unwrap_or(address), application);
    let router = app(Arc::clone(application));
    let server = &application.settings.server;
    if serve(listener, router, server, running::stop_signal()).await {
        return Ok(());
    }
    Err(Error::new(
        Code::SHUTTING_DOWN,
        "expected requests under way to finish within server.drain_s, found some that did not",
    ))
}

/// Opens the database. A server that does not answer yet may do so later: until then every request is told so.
async fn open(application: &Application, files: &[File]) -> Result<()> {
    let opened = match application.start().await {
        Ok(()) => application.count_pending(files).await,
        Err(error) => Err(error),
    };
    match opened {
        Err(error) if error.code() == &Code::DATABASE_UNREACHABLE => {
            tracing::warn!(%error, cause = error.get_cause(), "the database does not answer");
            // Whether something is pending is asked again by `/readyz`.
            application.set_pending_migrations(1);
            Ok(())
        }
        opened => opened,
    }
}

fn report(address: SocketAddr, application: &Application) {
    let pending = application.pending_migrations();
    if pending > 0 {
        tracing::warn!(
            pending,
            "migrations are not applied, so /readyz says 503: use `underpin migrate up` or `serve --migrate`"
        );
    }
    tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "ready");
}
