//! [`Blog`]: the schema of a small Django application, served as an existing database for a test.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::program::{Program, Running, must};
use crate::shop::{JWT_SECRET, Keys, free_port, keys, ready};
use crate::{project, tools};

/// How long Django, and `underpin init`, may take.
const MAKE_LIMIT: Duration = Duration::from_secs(120);

/// A database that Django made, served on a free port. All of it is stopped and removed when this is dropped.
pub(crate) struct Blog {
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    /// Its keys.
    pub(crate) keys: Keys,
    folder: PathBuf,
    running: Running,
}

impl Blog {
    /// Lets Django make its tables and rows in the empty database at `database`, makes a project `name` of them, and serves it with the
    /// program that `cargo build` made.
    pub(crate) fn start(name: &str, database: &str) -> Result<Self> {
        let sources = project::root().join("tests/clients/django");
        let python = tools::python("django", &sources.join("requirements.txt"))?;
        let made = Program::new(python)
            .arguments(["make.py"])
            .variable("BLOG_DATABASE", database)
            .variable("PYTHONDONTWRITEBYTECODE", "1")
            .within(&sources)
            .quietly(MAKE_LIMIT)?;
        must(&made, "make.py of tests/clients/django")?;
        let underpin = project::built("debug", "underpin");
        let folder = project::target()
            .join("blogs")
            .join(format!("{name}-{}", std::process::id()));
        let begun = Program::new(&underpin)
            .arguments(["init", "--from", database])
            .arguments([&folder])
            .quietly(MAKE_LIMIT)?;
        must(&begun, "underpin init --from")?;
        fs::copy(sources.join("rules.sql"), folder.join("policies/rules.sql"))
            .context("copy the rules")?;
        let keys = keys(&underpin, &folder)?;
        let port = free_port()?;
        let log = folder.join("server.log");
        let mut running = Program::new(&underpin)
            .arguments(["dev"])
            .arguments([&folder])
            .arguments(["--listen", &format!("127.0.0.1:{port}")])
            .variable("UNDERPIN_KEYS__JWT_SECRET", JWT_SECRET)
            .start(Some(&log))?;
        ready(&mut running, port).map_err(|error| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            Error::new(format!("{error}\n{log}"))
        })?;
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            keys,
            folder,
            running,
        })
    }
}

impl Drop for Blog {
    fn drop(&mut self) {
        self.running.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
