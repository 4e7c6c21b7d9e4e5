//! `docs/settings.md`, written from the table of settings.

use std::fmt::Write as _;

use super::table::SETTINGS;
use super::value::Kind;

/// Returns the text of `docs/settings.md`.
pub fn document() -> String {
    let mut text = String::from(HEAD);
    let mut section = "";
    for entry in SETTINGS {
        let current = entry.name.split('.').next().unwrap_or_default();
        if current != section {
            section = current;
            let _ = write!(
                text,
                "\n## `[{section}]`\n\n| setting | value | default | meaning |\n| --- | --- | --- | --- |\n"
            );
        }
        let default = match (entry.kind, entry.default) {
            (_, "") => "(empty)".to_owned(),
            (Kind::List, list) => format!("`[\"{}\"]`", list.replace(',', "\", \"")),
            (Kind::Text | Kind::Choice(_) | Kind::Secret, text) => format!("`\"{text}\"`"),
            (Kind::Boolean | Kind::Integer { .. }, text) => format!("`{text}`"),
        };
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {} |",
            entry.name,
            entry.kind.expected().replace("1099511627776", "2^40"),
            entry.documentation
        );
    }
    text
}

const HEAD: &str = "# Settings

Every setting has a default; a project needs none of them.
A setting `a.b` is `b` under `[a]` in `underpin.toml`, the environment variable `UNDERPIN_A__B` (also in the project's `.env`), and the flag `--set a.b=VALUE`.
The flag wins over the environment, the environment over `.env`, `.env` over the file, the file over the default.
In the file, a text `\"env:NAME\"` is the environment variable `NAME`; in a variable or flag, a list is separated by commas.
An unknown name is an error that says which name it was probably meant to be.
A project without `underpin.toml` may have the `config.toml` of a Supabase project: `api.schemas`, `api.extra_search_path`, `api.max_rows`, `api.port`, `auth.jwt_secret`, `auth.publishable_key` and `auth.secret_key` are read from it, and other names are reported and passed over.
";
