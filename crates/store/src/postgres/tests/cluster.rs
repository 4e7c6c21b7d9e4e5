//! A PostgreSQL server for tests: one for all tests of the process, with a database for each of them.
//!
//! Where PostgreSQL is not installed, tests that need it say so and end; `cargo xtask test` installs it.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError, Weak};

use crate::postgres::client::{Address, Connection};
use crate::postgres::local::Local;

/// A server, which is stopped with the last test that uses it.
pub(crate) struct Cluster {
    pub(crate) local: Local,
    databases: AtomicU32,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// Returns the server that tests share, or nothing, with a word on stderr, when PostgreSQL is not installed.
    pub(crate) fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            return Some(cluster);
        }
        let cluster = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&cluster);
        Some(cluster)
    }

    /// Returns a server for one test alone.
    pub(crate) fn start() -> Option<Self> {
        if !is_installed() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        Some(Self {
            local: Local::start(folder.path()).unwrap(),
            databases: AtomicU32::new(0),
            folder,
        })
    }

    /// As [`Cluster::start`], with `settings`, files besides them, and `rules` instead of those that let everybody in.
    pub(crate) fn start_with(settings: &str, rules: &str, files: &[(&str, &str)]) -> Option<Self> {
        let cluster = Self::start()?;
        let data = cluster.data();
        let owner = std::fs::metadata(&data).unwrap();
        for (name, text) in files {
            let path = data.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        let all = std::fs::read_to_string(data.join("postgresql.conf")).unwrap();
        std::fs::write(data.join("postgresql.conf"), all + settings).unwrap();
        std::fs::write(data.join("pg_hba.conf"), rules).unwrap();
        let Self {
            local,
            databases,
            folder,
        } = cluster;
        local.stop().unwrap();
        Some(Self {
            local: Local::start(folder.path()).unwrap(),
            databases,
            folder,
        })
    }

    /// Starts the server again that was killed; it is stopped when both are dropped.
    pub(crate) fn start_again(&self) -> Local {
        Local::start(self.folder.path()).unwrap()
    }

    /// Returns the folder of the database's files.
    pub(crate) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("cluster")
    }

    /// Returns the address of a new, empty database.
    pub(crate) async fn database(&self) -> Address {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = Connection::open(&self.local.address()).await.unwrap();
        connection
            .simple(&format!("create database {name}"))
            .await
            .unwrap();
        self.local.address().with_database(&name)
    }
}

/// Tells whether PostgreSQL is installed, and says on stderr that a test has tested nothing when it is not.
pub(crate) fn is_installed() -> bool {
    let is_installed = Local::is_installed();
    if !is_installed {
        eprintln!(
            "PostgreSQL is not installed: this test has tested nothing (cargo xtask test installs it)"
        );
    }
    is_installed
}
