//! `underpin keys`: shows and replaces the project's keys.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::json;
use underpin_base::{Code, Error, Result};

use super::output;
use super::project::Project;
use super::serve::DEFAULT_LISTEN;
use crate::keys::{Keys, SigningKey, Stored};
use crate::settings::Settings;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the address and the keys.
    Show {
        #[command(flatten)]
        project: Project,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replace keys of the data folder; a running server takes them over when it is started again.
    Rotate {
        #[command(flatten)]
        project: Project,
        /// Which key to replace.
        #[arg(long, value_enum, default_value = "all")]
        key: Which,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Which {
    All,
    Publishable,
    Secret,
    JwtSecret,
    Signing,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.action {
        Action::Show { project, json } => show(&project.settings_quietly(&[])?, *json),
        Action::Rotate { project, key } => rotate(&project.settings_quietly(&[])?, *key),
    }
}

fn show(settings: &Settings, as_json: bool) -> Result<()> {
    let keys = Keys::load(&settings.data_folder(), &settings.keys)?;
    let listen = settings.server.listen.unwrap_or(DEFAULT_LISTEN);
    let public_url = settings.server.public_url.clone();
    let url = public_url.unwrap_or_else(|| format!("http://{listen}"));
    if as_json {
        return output::json(&json!({
            "url": url,
            "publishable": keys.publishable.expose(),
            "secret": keys.secret.expose(),
            "anon": keys.anon.expose(),
            "service_role": keys.service_role.expose(),
            "jwks": keys.jwks(),
        }));
    }
    let mut table = output::Table::new(&["key", "value"]);
    let rows = [
        ("url", url.as_str()),
        ("publishable", keys.publishable.expose()),
        ("secret", keys.secret.expose()),
        ("anon", keys.anon.expose()),
        ("service_role", keys.service_role.expose()),
        ("jwks", &keys.jwks().to_string()),
    ];
    for (name, value) in rows {
        table.row(vec![name.to_owned(), value.to_owned()]);
    }
    table.print(false)
}

fn rotate(settings: &Settings, which: Which) -> Result<()> {
    let is = |key: Which| which == key || which == Which::All;
    let set = &settings.keys;
    let replaced = [
        (
            is(Which::Publishable) && set.publishable.is_some(),
            "keys.publishable",
        ),
        (is(Which::Secret) && set.secret.is_some(), "keys.secret"),
        (
            is(Which::JwtSecret) && set.jwt_secret.is_some(),
            "keys.jwt_secret",
        ),
    ];
    if let Some((_, name)) = replaced.into_iter().find(|(is_set, _)| *is_set) {
        return Err(Error::new(
            Code::USAGE,
            format!("expected keys of the data folder, found the setting \"{name}\", which stands in their place"),
        )
        .hint("Change it where it is set: underpin.toml, .env or the environment. --key chooses a single key."));
    }
    let folder = settings.data_folder();
    let mut stored = Stored::load_or_create(&folder)?;
    let fresh = Stored::generate()?;
    if is(Which::Publishable) {
        stored.publishable = fresh.publishable;
    }
    if is(Which::Secret) {
        stored.secret = fresh.secret;
    }
    if is(Which::JwtSecret) {
        stored.jwt_secret = fresh.jwt_secret;
        stored.created_at = Timestamp::now().as_second();
    }
    if is(Which::Signing) {
        stored.signing_key = SigningKey::generate()?;
    }
    stored.save(&folder)?;
    output::note(
        "The keys are replaced. A running server takes them over when it is started again.",
    );
    Ok(())
}
