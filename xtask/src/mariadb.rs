//! [`Mariadb`]: a private MariaDB server for the tests of clients, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::program::{Program, Running, must};
use crate::tools;

/// How long the server may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A server that is stopped and removed when this is dropped.
pub(crate) struct Mariadb {
    folder: PathBuf,
    running: Running,
}

impl Mariadb {
    /// Starts a server without databases, on a socket alone.
    pub(crate) fn start() -> Result<Self> {
        Self::start_as(|program| Program::new(program))
    }

    /// The same with the server run as `run` has it.
    pub(crate) fn start_as(run: impl Fn(&Path) -> Program) -> Result<Self> {
        let (server, install) = tools::mariadb()?;
        let folder = std::env::temp_dir().join(format!("underpin-mariadb-{}", std::process::id()));
        fs::create_dir_all(&folder).context("make a folder for MariaDB")?;
        let user = tools::unprivileged("mysql");
        let mut common = vec!["--no-defaults".to_owned()];
        if let Some(user) = user {
            let owned = Program::new("chown")
                .arguments([user])
                .arguments([&folder])
                .quietly(START_LIMIT)?;
            must(&owned, "chown")?;
            common.push(format!("--user={user}"));
        }
        common.push(format!("--datadir={}", folder.join("data").display()));
        let made = Program::new(install)
            .arguments(&common)
            .arguments(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .quietly(START_LIMIT)?;
        must(&made, "mariadb-install-db")?;
        let running = run(&server)
            .arguments(&common)
            .arguments([
                format!("--socket={}", socket(&folder).display()),
                format!("--pid-file={}", folder.join("pid").display()),
            ])
            .arguments(["--skip-networking", "--skip-log-bin"])
            .start(None)?;
        let server = Self { folder, running };
        let begun = Instant::now();
        while server.execute("select 1").is_err() {
            if begun.elapsed() > START_LIMIT {
                return Err(Error::new("MariaDB does not start"));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Makes a database and returns its address.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        self.execute(&format!("create database `{name}`"))?;
        let socket = socket(&self.folder);
        Ok(format!(
            "mysql://root@localhost/{name}?socket={}",
            socket.display()
        ))
    }

    /// Returns the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.running.id()
    }

    /// Returns the socket, for tests that make databases of their own.
    pub(crate) fn socket(&self) -> PathBuf {
        socket(&self.folder)
    }

    fn execute(&self, sql: &str) -> Result<()> {
        let ended = Program::new("mariadb")
            .arguments(["--no-defaults", "--user=root", "--execute", sql])
            .arguments([format!("--socket={}", socket(&self.folder).display())])
            .quietly(START_LIMIT)?;
        must(&ended, "mariadb")
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        self.running.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("mariadb.sock")
}
