//! [`Mariadb`]: a MariaDB server for tests, with a database for each project.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use tempfile::TempDir;

/// How long the server has to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Where programs of the system's are that no user's path names.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// A server, stopped with the last test that holds it. `UNDERPIN_TEST_MYSQL_URL` names another one, whose user may make databases.
#[derive(Debug)]
pub struct Mariadb {
    server: Option<Server>,
    /// An address without a database.
    base: String,
    databases: AtomicU32,
}

#[derive(Debug)]
struct Server {
    process: Child,
    folder: TempDir,
}

impl Mariadb {
    /// Returns the server that the tests of this process share; nothing, with a word on stderr, where MariaDB is not installed:
    /// `cargo xtask test` installs it.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Mariadb>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = match std::env::var("UNDERPIN_TEST_MYSQL_URL") {
            Ok(base) => Self {
                server: None,
                base: base.trim_end_matches('/').to_owned(),
                databases: AtomicU32::new(0),
            },
            Err(_) => Self::start()?,
        };
        let server = Arc::new(server);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// Returns a server for one test alone.
    pub fn start() -> Option<Self> {
        if program("mariadbd").is_none() || program("mariadb-install-db").is_none() {
            let said = "MariaDB is not installed: this test has tested nothing (cargo xtask test installs it)\n";
            std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("stderr");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        own(folder.path());
        let made = command("mariadb-install-db")
            .arg(format!(
                "--datadir={}",
                folder.path().join("data").display()
            ))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.expect("mariadb-install-db").success());
        let base = "mysql://root@localhost".to_owned();
        let process = run(folder.path());
        let server = Self {
            server: Some(Server { process, folder }),
            base,
            databases: AtomicU32::new(0),
        };
        server.wait();
        Some(server)
    }

    /// Makes a database, and returns its address.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        self.execute(&format!("CREATE DATABASE {name}"));
        self.address(&name)
    }

    /// Kills the server, as a power failure would.
    pub fn kill(&mut self) {
        let server = self.server.as_mut().expect("a server of our own");
        server.process.kill().expect("it runs");
        server.process.wait().expect("it ends");
    }

    /// Starts the server again that was killed.
    pub fn start_again(&mut self) {
        let server = self.server.as_mut().expect("a server of our own");
        server.process = run(server.folder.path());
        self.wait();
    }

    fn address(&self, database: &str) -> String {
        match &self.server {
            None => format!("{}/{database}", self.base),
            Some(server) => {
                let socket = socket(server.folder.path());
                format!("{}/{database}?socket={}", self.base, socket.display())
            }
        }
    }

    /// Runs statements in the database at `url`, one after the other.
    pub fn run(&self, url: &str, statements: &[&str]) {
        let statements = statements.iter().map(|it| (*it).to_owned()).collect();
        self.converse(url.to_owned(), statements)
            .expect("statements of a test");
    }

    fn execute(&self, sql: &str) {
        self.try_execute(sql).expect("a statement of a test");
    }

    fn try_execute(&self, sql: &str) -> mysql_async::Result<()> {
        self.converse(self.address("mysql"), vec![sql.to_owned()])
    }

    fn converse(&self, address: String, statements: Vec<String>) -> mysql_async::Result<()> {
        // A test may run within a runtime already.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let mut conn = Conn::from_url(address).await?;
                for sql in statements {
                    conn.query_drop(sql).await?;
                }
                conn.disconnect().await
            })
        });
        thread.join().expect("a thread")
    }

    fn wait(&self) {
        let begun = Instant::now();
        while self.try_execute("SELECT 1").is_err() {
            assert!(begun.elapsed() < START_TIMEOUT, "MariaDB does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            server.process.kill().ok();
            server.process.wait().ok();
        }
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("mariadb.sock")
}

fn run(folder: &Path) -> Child {
    command("mariadbd")
        .arg(format!("--datadir={}", folder.join("data").display()))
        .arg(format!("--socket={}", socket(folder).display()))
        .arg(format!("--pid-file={}", folder.join("pid").display()))
        .args([
            "--skip-networking",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-log-at-trx-commit=2",
            "--skip-log-bin",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mariadbd")
}

/// Returns a program of the server, which runs as a user that is not root.
fn command(name: &str) -> Command {
    let program = program(name).expect("MariaDB");
    let mut command = Command::new(program);
    command.arg("--no-defaults");
    if is_root() {
        command.arg(format!("--user={}", user()));
    }
    command
}

/// The user that the server runs as when we are root, who may not run one.
fn user() -> &'static str {
    let users = std::fs::read_to_string("/etc/passwd").expect("users");
    let has_own = users.lines().any(|line| line.starts_with("mysql:"));
    if has_own { "mysql" } else { "nobody" }
}

fn program(name: &str) -> Option<PathBuf> {
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|program| program.is_file())
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").expect("a process")) == 0
}

/// Gives a folder to the user that the server runs as.
fn own(folder: &Path) {
    if is_root() {
        let owned = Command::new("chown").arg(user()).arg(folder).status();
        assert!(owned.expect("chown").success());
    }
}
