//! `underpin init`: makes a new project.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use underpin_base::{Code, Error, Result};

use super::{existing, migrate, output};
use crate::keys::Stored;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder; it is made when there is none.
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Serve this database as it is, without changing anything in it.
    #[arg(long, value_name = "URL")]
    from: Option<String>,
}

const SETTINGS: &str =
    "# The settings of the project. Every setting has a default; `docs/settings.md` lists them.

[api]
schemas = [\"public\"]
";

const MIGRATION: &str = "-- What everybody may read and only the server may write.
create table notes (
  id bigint generated always as identity primary key,
  body text not null check (length(body) between 1 and 1000),
  created_at timestamptz not null default now()
);

-- Without row level security, a table answers the secret key alone.
alter table notes enable row level security;

create policy \"everybody reads\" on notes for select to anon, authenticated using (true);
";

const SEED: &str = "-- Rows for development: `underpin dev` runs this on an empty database.
insert into notes (body) values ('Hello from your own back end');
";

pub(crate) const IGNORED: &str = "data/\n.env\n";

const PAGE: &str = "<!doctype html>
<html lang=\"en\">
  <meta charset=\"utf-8\">
  <title>It works</title>
  <h1>It works</h1>
  <p>This page is <code>public/index.html</code>; the data is at <a href=\"/rest/v1/notes\">/rest/v1/notes</a>.</p>
</html>
";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = &arguments.folder;
    let shown = folder.display();
    for name in ["underpin.toml", "config.toml", "migrations", ".env"] {
        if folder.join(name).exists() {
            return Err(Error::new(
                Code::USAGE,
                format!("expected a folder without a project, found {name} in {shown}"),
            )
            .hint(format!(
                "`underpin dev {shown}` serves the project that is there."
            )));
        }
    }
    if let Some(url) = &arguments.from {
        return existing::run(folder, url);
    }
    let environment = environment()?;
    let migration = migrate::file_name("notes");
    write(folder, "underpin.toml", SETTINGS, 0o644)?;
    write(folder, &format!("migrations/{migration}"), MIGRATION, 0o644)?;
    write(folder, "seed.sql", SEED, 0o644)?;
    write(folder, ".env", &environment, 0o600)?;
    if !folder.join(".gitignore").exists() {
        write(folder, ".gitignore", IGNORED, 0o644)?;
    }
    if !folder.join("public/index.html").exists() {
        write(folder, "public/index.html", PAGE, 0o644)?;
    }
    output::line(&format!(
        "Made a project in {shown}. Next: underpin dev {shown}"
    ))
}

/// Returns the text of a `.env` with fresh keys.
pub(crate) fn environment() -> Result<String> {
    let keys = Stored::generate()?;
    Ok(format!(
        "# The keys of this project. Keep them out of version control.\n\
         UNDERPIN_KEYS__PUBLISHABLE={}\nUNDERPIN_KEYS__SECRET={}\nUNDERPIN_KEYS__JWT_SECRET={}\n",
        keys.publishable, keys.secret, keys.jwt_secret
    ))
}

/// Writes a file that does not exist yet, and the folders above it.
pub(crate) fn write(folder: &Path, name: &str, text: &str, mode: u32) -> Result<()> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    let written = fs::create_dir_all(parent).and_then(|()| {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(mode);
        options.open(&path)?.write_all(text.as_bytes())
    });
    written.map_err(|error| {
        Error::new(
            Code::IO,
            format!("cannot write {}: {error}", path.display()),
        )
    })
}
