//! `config.toml` of a Supabase project: read when there is no `underpin.toml`.
//!
//! What has a meaning here is taken over, `env(NAME)` included; the rest is reported once, never refused.

use underpin_base::{Error, Result};

use super::layers::{Environment, invalid};
use super::table;
use super::underpin_toml::{Read, leaves};
use super::value::Value;

/// The file's name.
pub(crate) const FILE: &str = "config.toml";

/// Their names and ours.
const NAMES: &[(&str, &str)] = &[
    ("api.schemas", "api.schemas"),
    ("api.extra_search_path", "api.extra_search_path"),
    ("api.max_rows", "api.max_rows"),
    ("auth.jwt_secret", "keys.jwt_secret"),
    ("auth.publishable_key", "keys.publishable"),
    ("auth.secret_key", "keys.secret"),
];

/// Reads the text of `config.toml`; also returns what was passed over.
pub(crate) fn read(text: &str, environment: &Environment<'_>) -> Result<(Read, Vec<String>)> {
    let mut settings = Vec::new();
    let mut warnings = Vec::new();
    for (name, value, line) in leaves(FILE, text)? {
        let at = |error: Error| error.at(FILE, line);
        if name == "api.port" {
            let port = value.as_integer().map(|port| port.as_str().to_owned());
            let listen = format!("127.0.0.1:{}", port.unwrap_or_default());
            settings.push(("server.listen".to_owned(), Value::Text(listen)));
            continue;
        }
        let ours = NAMES.iter().find(|(theirs, _)| *theirs == name);
        let Some(entry) = ours.and_then(|(_, ours)| table::find(ours)) else {
            warnings.push(format!(
                "{FILE}:{line}: \"{name}\" has no meaning here and is passed over"
            ));
            continue;
        };
        let expand = |text: &str| match text.strip_prefix("env(") {
            Some(rest) => environment.get(rest.trim_end_matches(')')),
            None => Ok(text.to_owned()),
        };
        let value = entry
            .kind
            .read_toml(&value, &expand)
            .map_err(|found| at(invalid(entry, &found, "wrong value")))?;
        settings.push((entry.name.to_owned(), value));
    }
    Ok((settings, warnings))
}
