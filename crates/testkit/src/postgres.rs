//! [`Postgres`]: a PostgreSQL server for tests, with a database for each project.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;
use underpin_store::LocalPostgres;

/// A server, stopped with the last test that holds it.
#[derive(Debug)]
pub struct Postgres {
    server: LocalPostgres,
    /// The same server, each time that it was started again: whoever drops one of them stops it.
    again: Vec<LocalPostgres>,
    databases: AtomicU32,
    folder: TempDir,
}

impl Postgres {
    /// Returns the server that the tests of this process share; nothing, with a word on stderr, where PostgreSQL is not installed:
    /// `cargo xtask test` installs it.
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// Returns a server for one test alone.
    pub fn start() -> Option<Self> {
        if !LocalPostgres::is_installed() {
            let said = "PostgreSQL is not installed: this test has tested nothing (cargo xtask test installs it)\n";
            std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes()).expect("stderr");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self {
            server: LocalPostgres::start(folder.path()).expect("PostgreSQL starts"),
            again: Vec::new(),
            databases: AtomicU32::new(0),
            folder,
        })
    }

    /// Makes a database, and returns its address.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let made = self.server.create_database(&format!("test_{number}"));
        made.expect("a database")
    }

    /// Returns the number of the server's process.
    pub fn process(&self) -> u32 {
        self.server.process().expect("it runs")
    }

    /// Returns the folder of the server's files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Starts the server again that was killed.
    pub fn start_again(&mut self) {
        let again = LocalPostgres::start(self.folder.path());
        self.again.push(again.expect("PostgreSQL starts"));
    }
}
