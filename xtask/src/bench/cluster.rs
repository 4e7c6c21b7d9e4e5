//! [`Cluster`]: a PostgreSQL of the benchmark's own, whose files are removed with the benchmark's.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::place;
use crate::error::{Context, Error, Result};
use crate::program::{Program, Running, must};
use crate::shop::free_port;
use crate::tools;

/// Where Debian and its relatives have the programs, a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The user that the server runs as where we are the system's administrator, whom it refuses to serve.
const USER: &str = "postgres";

/// How long the server may take to make its files, and to start.
const LIMIT: Duration = Duration::from_secs(60);

/// A server that runs; it is stopped when this is dropped.
pub(super) struct Cluster {
    /// Its database, as whoever owns everything.
    pub(super) url: String,
    /// Its first process, whose children the others are.
    pub(super) process: u32,
    _running: Running,
}

impl Cluster {
    /// Makes and starts a server in `folder`, beside the contenders.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let programs = programs()?;
        let data = folder.join("data");
        fs::create_dir_all(folder).context("make a folder")?;
        if is_administrator() {
            let owned = Program::new("chown").arguments([USER]).arguments([folder]);
            must(&owned.quietly(LIMIT)?, "chown")?;
        }
        let made = of_user(&programs.join("initdb"))
            .arguments(["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"])
            .arguments(["--username", USER, "--pgdata"])
            .arguments([&data])
            .quietly(LIMIT)?;
        must(&made, "initdb")?;
        let port = free_port()?;
        let log = folder.join("postgres.log");
        let mut running = of_user(&programs.join("postgres"))
            .arguments(["-D"])
            .arguments([&data])
            .arguments(["-c", "listen_addresses=127.0.0.1", "-c"])
            .arguments([format!("port={port}"), "-c".to_owned()])
            .arguments([format!("unix_socket_directories={}", folder.display())])
            // Whoever comes next finds the tables as the one before did.
            .arguments(["-c", "autovacuum=off"])
            .start(Some(&log))?;
        let process = ready(&mut running, &data.join("postmaster.pid"))?;
        Ok(Self {
            url: format!("postgres://{USER}@127.0.0.1:{port}/{USER}"),
            process,
            _running: running,
        })
    }
}

/// Returns the number of the process that has written `file`, once it takes connections.
fn ready(running: &mut Running, file: &Path) -> Result<u32> {
    let start = Instant::now();
    while start.elapsed() < LIMIT && !running.has_ended() {
        let text = fs::read_to_string(file).unwrap_or_default();
        // The last line tells how far it is.
        if let Some("ready") = text.lines().nth(7).map(str::trim) {
            let process = text.lines().next().unwrap_or_default();
            return process.trim().parse().context("read the server's process");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(Error::new("PostgreSQL did not start"))
}

/// Returns the folder of the newest version's programs.
fn programs() -> Result<PathBuf> {
    tools::find_or_install(&["pg_ctlcluster"], "postgresql")?;
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(VERSIONS)
        .context(VERSIONS)?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            let programs = path.join("bin");
            let has_server = programs.join("initdb").is_file();
            has_server.then_some((version, programs))
        })
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, programs)| programs);
    newest.ok_or_else(|| Error::new(format!("no PostgreSQL is in {VERSIONS}")))
}

/// Returns a program on the contenders' core, run by a user whom the server serves.
fn of_user(program: &Path) -> Program {
    if !is_administrator() {
        return place::pinned(program);
    }
    place::pinned(Path::new("runuser"))
        .arguments(["-u", USER, "--"])
        .arguments([program])
}

fn is_administrator() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    line.is_some_and(|ids| ids.split_whitespace().next() == Some("0"))
}
