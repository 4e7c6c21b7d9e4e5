//! [`Postgres`]: a private PostgreSQL server for tests that bring their own tables, on a socket alone.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::program::{Program, Running, must};
use crate::tools;

/// How long the server may take to be made, and to answer.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// The account that the server runs under when we are root, whom PostgreSQL refuses.
const ACCOUNT: &str = "postgres";

/// A server with an empty database. It is stopped and removed when this is dropped.
pub(crate) struct Postgres {
    folder: PathBuf,
    running: Running,
}

impl Postgres {
    /// Makes and starts a server.
    pub(crate) fn start(name: &str) -> Result<Self> {
        tools::postgresql()?;
        let programs = programs()?;
        // A socket's path must be short, and within the reach of the account.
        let folder = env::temp_dir().join(format!("underpin-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).context("make a folder for PostgreSQL")?;
        if is_root() {
            let ended = Program::new("chown")
                .arguments([ACCOUNT])
                .arguments([&folder]);
            must(&ended.quietly(READY_LIMIT)?, "chown")?;
        }
        let data = folder.join("data");
        let made = as_account(&programs.join("initdb"))
            .arguments([
                "--no-sync",
                "--username=postgres",
                "--auth=trust",
                "--pgdata",
            ])
            .arguments([&data])
            .within(&folder)
            .quietly(READY_LIMIT)?;
        must(&made, "initdb")?;
        let mut running = as_account(&programs.join("postgres"))
            .arguments(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arguments([&folder])
            .arguments(["-D"])
            .arguments([&data])
            .within(&folder)
            .start(None)?;
        let start = Instant::now();
        // PostgreSQL writes there how far it is.
        let says_ready = || {
            let state = fs::read_to_string(data.join("postmaster.pid"));
            state.is_ok_and(|state| state.lines().any(|line| line.trim() == "ready"))
        };
        while !says_ready() {
            if running.has_ended() || start.elapsed() > READY_LIMIT {
                return Err(Error::new("PostgreSQL did not start"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { folder, running })
    }

    /// Returns the address of its database.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres@/postgres?host={}",
            self.folder.display()
        )
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.running.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of the newest PostgreSQL's programs.
fn programs() -> Result<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").context("find PostgreSQL")?;
    let folders = entries.flatten().map(|entry| entry.path().join("bin"));
    let whole = folders.filter(|folder| folder.join("initdb").is_file());
    whole
        .max()
        .ok_or_else(|| Error::new("PostgreSQL is not in /usr/lib/postgresql"))
}

fn is_root() -> bool {
    env::var("USER").map_or_else(
        |_| Path::new("/root").read_dir().is_ok(),
        |user| user == "root",
    )
}

fn as_account(program: &Path) -> Program {
    if !is_root() {
        return Program::new(program);
    }
    Program::new("runuser")
        .arguments(["-u", ACCOUNT, "--"])
        .arguments([program])
}
