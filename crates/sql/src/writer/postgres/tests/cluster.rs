//! A PostgreSQL of the tests' own: a cluster in a temporary folder, reached by a socket.
//!
//! Where none is installed, the tests that ask it say so and pass: `cargo xtask test` installs one.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// A cluster; stopped and removed when the last test lets it go.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<u32>,
}

static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
/// Numbers folders, databases and files.
static COUNTER: AtomicUsize = AtomicUsize::new(0);

/// A database of the cluster, empty but for extensions.
pub(super) struct Database {
    cluster: Arc<Cluster>,
    name: String,
}

impl Database {
    /// Returns a new database; nothing when no PostgreSQL is installed.
    pub(super) fn new() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!(
                "PostgreSQL is not installed: what the writer writes is not compared with it"
            );
            return None;
        };
        let cluster = {
            let mut shared = SHARED.lock().unwrap();
            match shared.upgrade() {
                Some(cluster) => cluster,
                None => {
                    let cluster = Arc::new(Cluster::start(programs));
                    *shared = Arc::downgrade(&cluster);
                    cluster
                }
            }
        };
        let name = format!("test_{}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let created = cluster.psql("postgres", &format!("create database {name};"));
        assert_eq!(created, "");
        let database = Self { cluster, name };
        database.run(
            "create extension citext; create extension pgcrypto; create extension \"uuid-ossp\";",
        );
        Some(database)
    }

    /// Runs a script that must succeed, and returns what it prints.
    pub(super) fn run(&self, script: &str) -> String {
        let answer = self.try_run(script);
        assert!(!answer.contains("ERROR:"), "{answer}\n{script}");
        answer
    }

    /// Runs a script and returns what it prints: rows unaligned, `∅` for null, errors by their codes among them.
    pub(super) fn try_run(&self, script: &str) -> String {
        self.cluster.psql(&self.name, script)
    }
}

impl Cluster {
    fn start(programs: PathBuf) -> Self {
        // The one before may still be on its way out.
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("underpin-writer-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        fs::create_dir_all(&folder).unwrap();
        // PostgreSQL does not run as root.
        let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let owner = root.then(user_of_postgres);
        chown(&folder, owner, None).unwrap();
        let cluster = Self {
            programs,
            folder,
            owner,
        };
        let data = cluster.folder.join("data");
        let data = data.to_str().unwrap();
        cluster.call(
            "initdb",
            &[
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
        );
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c timezone=UTC -c client_min_messages=error",
            cluster.folder.display()
        );
        let log = cluster.folder.join("log");
        let log = log.to_str().unwrap();
        cluster.call(
            "pg_ctl",
            &["-D", data, "-w", "-l", log, "-o", &options, "start"],
        );
        cluster
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir("/").stdin(Stdio::null());
        if let Some(owner) = self.owner {
            command.uid(owner);
        }
        command
    }

    fn call(&self, program: &str, arguments: &[&str]) {
        let mut command = self.command(program);
        let status = command
            .args(arguments)
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{program} failed");
    }

    fn psql(&self, database: &str, script: &str) -> String {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let input = self.folder.join(format!("{number}.sql"));
        let output = self.folder.join(format!("{number}.out"));
        fs::write(&input, script).unwrap();
        let file = fs::File::create(&output).unwrap();
        let host = self.folder.to_str().unwrap();
        let mut command = self.command("psql");
        command
            .args([
                "-X", "-q", "-A", "-t", "-h", host, "-U", "postgres", "-d", database,
            ])
            .args(["-P", "null=∅", "-v", "VERBOSITY=sqlstate"])
            .stdin(fs::File::open(&input).unwrap())
            .stderr(file.try_clone().unwrap())
            .stdout(file);
        command.status().unwrap();
        fs::read_to_string(&output).unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        self.call(
            "pg_ctl",
            &[
                "-D",
                data.to_str().unwrap(),
                "-w",
                "-m",
                "immediate",
                "stop",
            ],
        );
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the folder of the programs of the newest PostgreSQL.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|programs| programs.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

fn user_of_postgres() -> u32 {
    let users = fs::read_to_string(Path::new("/etc/passwd")).unwrap();
    let user = users.lines().find(|line| line.starts_with("postgres:"));
    user.and_then(|user| user.split(':').nth(2)?.parse().ok())
        .unwrap()
}
